"""The specification: how an LSTM layer works, and how it learns. Read this file first.

An LSTM reads a sequence step by step and carries two vectors: the hidden state h, which is also its
output, and the cell state c, its memory. At every step three gates, numbers between 0 and 1, decide
how much of the cell state is kept (f), how much of a new candidate g is added to it (i), and how
much of it goes to the output (o):

    i  = sigma(x W_i + h U_i + b_i)    (1)  input gate
    f  = sigma(x W_f + h U_f + b_f)    (2)  forget gate
    g  =   phi(x W_g + h U_g + b_g)    (3)  candidate
    o  = sigma(x W_o + h U_o + b_o)    (4)  output gate
    c' = f * c + i * g                 (5)  cell state
    h' = o * phi(c')                   (6)  hidden state

(1) and (3) to (6) with f = 1: Hochreiter & Schmidhuber (1997), "Long short-term memory", section 4:
the cell state is a sum, so an error can flow back through it unchanged ("constant error carousel").
(2), and f in (5): Gers, Schmidhuber & Cummins (2000), "Learning to forget", section 3: without it
the cell state of an endless stream grows without bound. Peepholes came later and are not here.

Learning is backpropagation through time: ``forward`` keeps on a tape what the derivatives of each
step need, ``backward`` goes from the last step to the first and applies the chain rule to (1)-(6).
With d_v for the derivative of the loss by v, and z_k the argument of gate k:

    d_o   = d_h' * phi(c')                                              (7)   from (6)
    d_c'  = d_c' + d_h' * o * phi'(c')                                  (8)   from (6)
    d_i   = d_c' * g,   d_f = d_c' * c,   d_g = d_c' * i                (9)   from (5)
    d_c   = d_c' * f                                                    (10)  from (5)
    d_z_k = d_k * sigma'(z_k),   and phi' for the candidate             (11)  from (1)-(4)
    d_x   = sum_k d_z_k W_k^T,   d_h  = sum_k d_z_k U_k^T               (12)
    d_W_k = x^T d_z_k,   d_U_k = h^T d_z_k,   d_b_k = sum_n d_z_k       (13)

The mask m is 1 where a step counts and 0 where it is masked. A masked step leaves the state as it
was, and the output y, which is h' elsewhere, as it was one step before (or at zero, with
``zero_output_for_mask``). With h*, c*, y* for those after the step:

    h*    = m h' + (1 - m) h,   c* = m c' + (1 - m) c                   (14)
    y*    = m h' + (1 - m) y                                            (15)

So a masked step learns nothing, its d_z being 0, and passes the derivatives on unchanged:

    d_h'  = m (d_h* + d_y*),    d_c' = m d_c*                           (16)  into (7) and (8)
    d_h   = d_h + (1 - m) d_h*, d_c  = d_c + (1 - m) d_c*               (17)  onto (12) and (10)
    d_y   = (1 - m) d_y*                                                (18)  0 if y* is zero there

Dropout multiplies x and h, where they enter the products, by masks that stay the same at every
step of a sequence: Gal & Ghahramani (2016), "A theoretically grounded application of dropout in
recurrent neural networks", section 4.1. There is one mask for all gates or one for each.

Any dtype works, complex ones too: f(x + ih) = f(x) + ih f'(x) then proves the derivatives.

Dimensions: N samples, T steps, F features, H units; G = 1 or 4 dropout masks.
Layout as in Keras: kernel W (F, 4H), recurrent kernel U (H, 4H), bias b (4H), each with the gates
side by side in the order i, f, g, o (Keras calls g c).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calloff.lstm import activations
from calloff.lstm.activations import Activation

Array = NDArray[Any]


class Weights(NamedTuple):
    """What a layer learns; gradients have the same shape.

    Attributes:
        kernel: weights of the inputs, W (F, 4H).
        recurrent_kernel: weights of the hidden state, U (H, 4H).
        bias: b (4H,); None without one.
    """

    kernel: Array
    recurrent_kernel: Array
    bias: Array | None


class State(NamedTuple):
    """What a layer carries from step to step.

    Attributes:
        h: hidden state (N, H).
        c: cell state (N, H).
    """

    h: Array
    c: Array


class Rules(NamedTuple):
    """What a layer does not learn.

    Attributes:
        activation: phi, of candidate and output.
        recurrent_activation: sigma, of the three gates.
        go_backwards: whether it reads the last step first; its outputs stay in that order.
        zero_output_for_mask: whether the output of a masked step is zero, not the one before it.
    """

    activation: Activation = activations.get("tanh")
    recurrent_activation: Activation = activations.get("sigmoid")
    go_backwards: bool = False
    zero_output_for_mask: bool = False


class Dropout(NamedTuple):
    """Masks that multiply inputs and hidden state in the products.

    Attributes:
        inputs: mask of the inputs (G, N, F); None drops nothing.
        recurrent: mask of the hidden state (G, N, H); None drops nothing.
    """

    inputs: Array | None = None
    recurrent: Array | None = None


class StepCache(NamedTuple):
    """What the derivative of one step needs.

    Attributes:
        x: inputs as they entered each gate, 4 x (N, F).
        h: hidden state as it entered each gate, 4 x (N, H).
        c: cell state before the step (N, H).
        z: arguments of i, f, g, o, 4 x (N, H).
        gates: i, f, g, o, 4 x (N, H).
        c_next: cell state after the step (N, H).
    """

    x: tuple[Array, ...]
    h: tuple[Array, ...]
    c: Array
    z: tuple[Array, ...]
    gates: tuple[Array, ...]
    c_next: Array


class Tape(NamedTuple):
    """A whole forward pass, in the order of processing.

    Attributes:
        steps: what each step needs to go back.
        mask: m of (14) to (18), (T, N, 1) bool; None: no step is masked.
        dropout: the masks of inputs and hidden state.
    """

    steps: list[StepCache]
    mask: Array | None
    dropout: Dropout


class Gradients(NamedTuple):
    """The derivatives of the loss by everything that went in.

    Attributes:
        weights: by the weights.
        x: by the inputs (N, T, F).
        state: by the first state.
    """

    weights: Weights
    x: Array
    state: State


def zero_state(*, samples: int, units: int, dtype: Any) -> State:
    """Make the state before the first step.

    Args:
        samples: how many, N.
        units: how many, H.
        dtype: of the state.

    Returns:
        Zeros for h and c, (N, H) each.
    """
    return State(np.zeros((samples, units), dtype), np.zeros((samples, units), dtype))


def split_gates(array: Array | None) -> tuple[Any, ...]:
    """The parts of an ``array`` (..., 4H) for gates i, f, g, o: four times (..., H), and 0 for
    None."""
    if array is None:
        return 0.0, 0.0, 0.0, 0.0
    return tuple(np.split(array, 4, axis=-1))


def drop(array: Array, dropout_mask: Array | None) -> tuple[Array, ...]:
    """Apply dropout to what enters the gates.

    Args:
        array: inputs or hidden state (N, ...).
        dropout_mask: one mask for all gates, or one for each (1 or 4, N, ...); None drops nothing.

    Returns:
        The array as it enters each of the four gates.
    """
    if dropout_mask is None:
        return (array,) * 4
    if len(dropout_mask) == 1:
        return (array * dropout_mask[0],) * 4
    return tuple(array * gate for gate in dropout_mask)


def step(
    *, weights: Weights, rules: Rules, x: Array, state: State, dropout: Dropout
) -> tuple[State, StepCache]:
    """Take one step of time for N sequences at once, equations (1) to (6).

    Args:
        weights: W, U and b.
        rules: the activations.
        x: inputs of the step (N, F).
        state: h and c before it.
        dropout: masks of inputs and hidden state.

    Returns:
        h and c after it, and what its derivative needs.
    """
    phi, sigma = rules.activation.function, rules.recurrent_activation.function
    x_i, x_f, x_g, x_o = xs = drop(x, dropout.inputs)
    h_i, h_f, h_g, h_o = hs = drop(state.h, dropout.recurrent)
    w_i, w_f, w_g, w_o = split_gates(weights.kernel)
    u_i, u_f, u_g, u_o = split_gates(weights.recurrent_kernel)
    b_i, b_f, b_g, b_o = split_gates(weights.bias)

    i = sigma(z_i := x_i @ w_i + h_i @ u_i + b_i)  # (1)
    f = sigma(z_f := x_f @ w_f + h_f @ u_f + b_f)  # (2)
    g = phi(z_g := x_g @ w_g + h_g @ u_g + b_g)  # (3)
    o = sigma(z_o := x_o @ w_o + h_o @ u_o + b_o)  # (4)
    c = f * state.c + i * g  # (5)
    h = o * phi(c)  # (6)

    return State(h, c), StepCache(xs, hs, state.c, (z_i, z_f, z_g, z_o), (i, f, g, o), c)


def step_backward(
    *, weights: Weights, rules: Rules, cache: StepCache, d_state: State, dropout: Dropout
) -> tuple[Weights, Array, State]:
    """Apply the chain rule to one step, equations (7) to (13).

    Args:
        weights: W, U and b.
        rules: the activations.
        cache: what ``step`` kept.
        d_state: derivatives by h and c after the step.
        dropout: masks of inputs and hidden state.

    Returns:
        Derivatives by the weights, by x (N, F), and by h and c before the step.
    """
    phi, d_phi = rules.activation.function, rules.activation.derivative
    d_sigma = rules.recurrent_activation.derivative
    i, f, g, o = cache.gates
    z_i, z_f, z_g, z_o = cache.z
    d_h = d_state.h

    d_o = d_h * phi(cache.c_next)  # (7)
    d_c = d_state.c + d_h * o * d_phi(cache.c_next)  # (8)
    d_i, d_f, d_g = d_c * g, d_c * cache.c, d_c * i  # (9)
    d_c_before = d_c * f  # (10)
    d_z = (
        d_i * d_sigma(z_i),  # (11)
        d_f * d_sigma(z_f),
        d_g * d_phi(z_g),
        d_o * d_sigma(z_o),
    )
    d_x = _through_gates(d_z, weights.kernel, dropout.inputs)  # (12)
    d_h_before = _through_gates(d_z, weights.recurrent_kernel, dropout.recurrent)
    d_weights = Weights(  # (13)
        np.hstack([x.T @ d for x, d in zip(cache.x, d_z, strict=True)]),  # (F, 4H)
        np.hstack([h.T @ d for h, d in zip(cache.h, d_z, strict=True)]),  # (H, 4H)
        None if weights.bias is None else np.hstack([d.sum(axis=0) for d in d_z]),  # (4H,)
    )
    return d_weights, d_x, State(d_h_before, d_c_before)


def _through_gates(d_z: tuple[Array, ...], kernel: Array, dropout_mask: Array | None) -> Any:
    """Equation (12): back through the four products, and the dropout masks before them."""
    parts = [d @ gate.T for d, gate in zip(d_z, split_gates(kernel), strict=True)]
    if dropout_mask is not None:
        parts = [d * dropout_mask[k % len(dropout_mask)] for k, d in enumerate(parts)]
    return parts[0] + parts[1] + parts[2] + parts[3]


def _where(m: Any, yes: State, no: State) -> State:
    """m yes + (1 - m) no, where what is not taken may be NaN."""
    return State(np.where(m, yes.h, no.h), np.where(m, yes.c, no.c))


def _zeros_like(weights: Weights) -> Weights:
    bias = None if weights.bias is None else np.zeros_like(weights.bias)
    return Weights(np.zeros_like(weights.kernel), np.zeros_like(weights.recurrent_kernel), bias)


def _sum(a: Weights, b: Weights) -> Weights:
    bias = None if a.bias is None or b.bias is None else a.bias + b.bias
    return Weights(a.kernel + b.kernel, a.recurrent_kernel + b.recurrent_kernel, bias)


def forward(
    *,
    weights: Weights,
    rules: Rules,
    x: Array,
    state: State | None = None,
    mask: Array | None = None,
    dropout: Dropout = Dropout(),  # noqa: B008 - an immutable tuple
) -> tuple[Array, State, Tape]:
    """Run a layer over whole sequences.

    A step with mask False is passed over, (14) and (15). What x holds there, even NaN, is never
    looked at: 0 * NaN would spoil the gradients.

    Args:
        weights: W, U and b.
        rules: what is not learnt.
        x: inputs (N, T, F).
        state: h and c to start with; None: zeros.
        mask: False where a step is passed over (N, T); None: nowhere.
        dropout: masks of inputs and hidden state.

    Returns:
        The outputs (N, T, H), h and c after the last step, and the tape.
    """
    samples, steps, _ = x.shape
    units = weights.recurrent_kernel.shape[0]
    state = state or zero_state(samples=samples, units=units, dtype=x.dtype)
    order = range(steps)[:: -1 if rules.go_backwards else 1]
    step_mask = None if mask is None else mask.T[list(order), :, None]  # (T, N, 1)
    x = x if mask is None else np.where(mask[:, :, None], x, 0)
    y: Any = np.zeros_like(state.h)
    ys, caches = [], []
    for t, now in enumerate(order):
        m = True if step_mask is None else step_mask[t]
        after, cache = step(weights=weights, rules=rules, x=x[:, now], state=state, dropout=dropout)
        state = _where(m, after, state)  # (14)
        y = np.where(m, after.h, 0 if rules.zero_output_for_mask else y)  # (15)
        ys.append(y)
        caches.append(cache)
    return np.stack(ys, axis=1), state, Tape(caches, step_mask, dropout)  # (N, T, H)


def backward(
    *,
    weights: Weights,
    rules: Rules,
    tape: Tape,
    d_outputs: Array,
    d_state: State | None = None,
) -> Gradients:
    """Go back through time, from the derivatives by the outputs to those by all that went in.

    Args:
        weights: W, U and b.
        rules: what is not learnt.
        tape: what ``forward`` kept.
        d_outputs: derivatives by the outputs (N, T, H).
        d_state: derivatives by the last h and c, where the loss looks at them.

    Returns:
        Derivatives by the weights, by x (N, T, F), and by the first h and c.
    """
    samples, steps, units = d_outputs.shape
    zero = zero_state(samples=samples, units=units, dtype=d_outputs.dtype)
    d_state, d_y, d_weights = d_state or zero, zero.h, _zeros_like(weights)
    d_xs: list[Array] = []
    for t in reversed(range(steps)):
        m = True if tape.mask is None else tape.mask[t]
        d_y = d_y + d_outputs[:, t]
        d_after = State(d_state.h + d_y, d_state.c)
        d_step, d_x, d_before = step_backward(
            weights=weights,
            rules=rules,
            cache=tape.steps[t],
            d_state=_where(m, d_after, zero),  # (16)
            dropout=tape.dropout,
        )
        d_passed = _where(m, zero, d_state)
        d_state = State(d_before.h + d_passed.h, d_before.c + d_passed.c)  # (17)
        d_y = np.where(m, 0, 0 if rules.zero_output_for_mask else d_y)  # (18)
        d_weights = _sum(d_weights, d_step)
        d_xs.append(d_x)
    if not rules.go_backwards:
        d_xs.reverse()
    return Gradients(d_weights, np.stack(d_xs, axis=1), d_state)  # x: (N, T, F)
