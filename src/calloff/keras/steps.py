"""The LSTM's arithmetic in keras.ops, the same on every backend: no layer, no state of its own.

Dimensions: B samples, T steps, F features, H units; gates in the order i, f, c, o. Sequences are
time-major in here, (T, B, ...), because a scan walks over the first axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

Tensor = Any  # a backend's tensor, or the symbol of one
Masks = tuple[Tensor | None, ...]  # one for all gates, or one for each of the four; None: no mask
State = tuple[Tensor, Tensor]  # h, c: (B, H) each


def product(values: Tensor, matrix: Tensor, masks: Masks) -> Tensor:
    """Multiply values by a matrix, in one product under one mask or gate by gate under masks.

    Args:
        values: inputs or state (..., F or H).
        matrix: weights of the four gates (F or H, 4H).
        masks: one dropout mask for all gates, or one for each; None drops nothing.

    Returns:
        The products (..., 4H).
    """
    blocks = ops.split(matrix, len(masks), axis=-1)
    parts = [
        ops.matmul(values if mask is None else values * mask, block)
        for mask, block in zip(masks, blocks, strict=True)
    ]
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)


def step(
    z_x: Tensor,
    state: State,
    recurrent_kernel: Tensor,
    masks: Masks,
    activation: Callable[[Tensor], Tensor],
    recurrent_activation: Callable[[Tensor], Tensor],
) -> State:
    """Take one step.

    Args:
        z_x: what the input contributes, x W + b (B, 4H).
        state: h and c before the step, (B, H) each.
        recurrent_kernel: weights of the state (H, 4H).
        masks: dropout masks of the state.
        activation: of candidate and output.
        recurrent_activation: of the three gates.

    Returns:
        h and c after the step, (B, H) each.
    """
    h, c = state
    z_i, z_f, z_c, z_o = ops.split(z_x + product(h, recurrent_kernel, masks), 4, axis=-1)
    i = recurrent_activation(z_i)
    f = recurrent_activation(z_f)
    c = f * c + i * activation(z_c)
    o = recurrent_activation(z_o)
    return o * activation(c), c


def run(
    advance: Callable[[Tensor, State], State],
    z_x: Tensor,
    keep: Tensor | None,
    state: State,
    unroll: bool,
) -> tuple[Tensor, State]:
    """Go through all steps.

    Args:
        advance: one step, from its z_x and the state before to the state after.
        z_x: what the inputs contribute (T, B, 4H).
        keep: False where a step repeats the state before it (T, B, 1); None: nowhere.
        state: h and c to start with, (B, H) each.
        unroll: whether to write out all steps instead of a scan.

    Returns:
        h after every step (T, B, H), and the last state.
    """

    def body(before: State, inputs: Any) -> tuple[State, State]:
        z, kept = inputs if keep is not None else (inputs, None)
        after = advance(z, before)
        if kept is not None:
            after = (ops.where(kept, after[0], before[0]), ops.where(kept, after[1], before[1]))
        return after, after  # TensorFlow's scan wants outputs of the carry's own structure

    inputs = z_x if keep is None else (z_x, keep)
    if not unroll:
        state, (h, _) = ops.scan(body, state, inputs)
        return h, state
    steps = []
    for t in range(z_x.shape[0]):
        state, _ = body(state, z_x[t] if keep is None else (z_x[t], keep[t]))
        steps.append(state[0])
    return ops.stack(steps), state


def masked_outputs(h: Tensor, keep: Tensor, zero_output: bool, zero_before_first: bool) -> Tensor:
    """Give what masked steps put out.

    Before the first step that is kept, Keras's backends disagree: zeros, or the first h.

    Args:
        h: h after every step (T, B, H), which masked steps repeat.
        keep: False where a step is masked (T, B, 1).
        zero_output: whether masked steps put out zeros instead.
        zero_before_first: whether those before the first kept one do in any case.

    Returns:
        The outputs (T, B, H).
    """
    if zero_output:
        return ops.where(keep, h, ops.zeros_like(h))
    if zero_before_first:
        started = ops.cumsum(ops.cast(keep, "int32"), axis=0) > 0
        return ops.where(started, h, ops.zeros_like(h))
    return h
