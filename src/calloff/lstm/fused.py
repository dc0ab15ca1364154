"""The fast path in NumPy: the numbers of ``reference`` in one product instead of four.

The inputs of all steps and gates are multiplied at once, before the loop over time. It keeps
no tape, so it predicts and does not learn; a dropout mask for each gate does not fit in it.

Dimensions: N samples, T steps, F features, H units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm import reference
from calloff.lstm.reference import Rules, State, Weights

Array = NDArray[Any]


def forward(
    *,
    weights: Weights,
    rules: Rules,
    x: Array,
    state: State | None = None,
    mask: Array | None = None,
) -> tuple[Array, State]:
    """Run a layer over whole sequences, as ``reference.forward``.

    Args:
        weights: kernel, recurrent kernel and bias.
        rules: what is not learnt.
        x: inputs (N, T, F).
        state: h and c to start with, (N, H) each; None: zeros.
        mask: False where a step is passed over (N, T); None: nowhere.

    Returns:
        The outputs (N, T, H), and h and c after the last step.
    """
    samples, steps, features = x.shape
    units = weights.recurrent_kernel.shape[0]
    if state is None:
        state = reference.zero_state(samples=samples, units=units, dtype=x.dtype)
    if mask is not None:
        x = np.where(mask[:, :, None], x, x.dtype.type(0))
    z_x = x.reshape(-1, features) @ weights.kernel
    z_x = z_x if weights.bias is None else z_x + weights.bias
    z_x = z_x.reshape(samples, steps, 4 * units)  # (N, T, 4H)

    outputs = np.empty((samples, steps, units), z_x.dtype)
    output = np.zeros_like(state.h)
    for t, now in enumerate(range(steps)[:: -1 if rules.go_backwards else 1]):
        after = _step(z_x[:, now] + state.h @ weights.recurrent_kernel, state.c, rules)
        if mask is None:
            state, output = after, after.h
        else:
            m = mask[:, now, None]  # (N, 1), as in (14) and (15)
            state = State(np.where(m, after.h, state.h), np.where(m, after.c, state.c))
            output = np.where(m, after.h, 0 if rules.zero_output_for_mask else output)
        outputs[:, t] = output
    return outputs, state


def _step(z: Array, c: Array, rules: Rules) -> State:
    """Equations (1) to (6) from the arguments of all gates, z (N, 4H)."""
    phi, sigma = rules.activation.function, rules.recurrent_activation.function
    units = c.shape[1]
    i_f = sigma(z[:, : 2 * units])  # i and f lie side by side: one call for both
    g = phi(z[:, 2 * units : 3 * units])
    c = i_f[:, units:] * c + i_f[:, :units] * g
    return State(sigma(z[:, 3 * units :]) * phi(c), c)
