"""A stack of LSTM layers with a dense head: forward, and the gradient of every weight.

Every layer but the last gives its whole sequence to the next; the head reads the last step's
output of the last layer. Every layer gets the mask as it was given, as in Keras.

Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import activations, fused, reference, rng
from calloff.lstm.constraints import Constraint
from calloff.lstm.contract import LayerPlan, NetworkPlan
from calloff.lstm.reference import Dropout, Rules, State, Tape, Weights
from calloff.lstm.regularizers import Regularizer

Array = NDArray[Any]
Arrays = tuple[Array, ...]
States = tuple[State | None, ...]  # of each layer, to start with; None: zero


@dataclass(frozen=True)
class Extras:
    """What a plan cannot say; only the readable engine can do it. Empty: none of it.

    One regularizer and constraint for each weight array; the rest for each LSTM layer.
    """

    regularizers: tuple[Regularizer | None, ...] = ()
    constraints: tuple[Constraint | None, ...] = ()
    activity_regularizers: tuple[Regularizer | None, ...] = ()
    zero_output_for_mask: tuple[bool, ...] = ()
    stateful: tuple[bool, ...] = ()

    def used(self) -> list[str]:
        """The names of those that do something."""
        return [name for name, values in vars(self).items() if any(v for v in values)]


NO_EXTRAS = Extras()


class Parts(NamedTuple):
    """The flat tuple of weights, sorted by what they belong to."""

    layers: tuple[Weights, ...]
    kernel: Array  # (H, O), of the head
    bias: Array | None  # (O,)


class Pass(NamedTuple):
    """A forward pass, with all that the backward pass needs."""

    p: Array  # (N, O)
    z: Array  # (N, O), the head's pre-activation
    outputs: Arrays  # of each layer (N, T, H)
    states: tuple[State, ...]
    tapes: tuple[Tape, ...] = ()


def parts(plan: NetworkPlan, weights: Arrays) -> Parts:
    queue = list(weights)
    layers = tuple(
        Weights(queue.pop(0), queue.pop(0), queue.pop(0) if layer.use_bias else None)
        for layer in plan.layers
    )
    return Parts(layers, queue.pop(0), queue.pop(0) if plan.head.use_bias else None)


def flat(weights: Parts) -> Arrays:
    """The inverse of ``parts``."""
    arrays = [array for layer in weights.layers for array in layer] + [weights.kernel, weights.bias]
    return tuple(array for array in arrays if array is not None)


def rules(plan: NetworkPlan, extras: Extras = NO_EXTRAS) -> tuple[Rules, ...]:
    zeros = extras.zero_output_for_mask or (False,) * len(plan.layers)
    return tuple(
        Rules(
            activations.get(layer.activation),
            activations.get(layer.recurrent_activation),
            layer.go_backwards,
            zero,
        )
        for layer, zero in zip(plan.layers, zeros, strict=True)
    )


def input_sizes(plan: NetworkPlan) -> tuple[int, ...]:
    """F of each layer."""
    return (plan.features, *(layer.units for layer in plan.layers[:-1]))


def dropout_masks(
    plan: LayerPlan, *, seed: int, batch: int, layer: int, shape: tuple[int, int], dtype: DTypeLike
) -> Dropout:
    """The masks of one layer for one batch; ``shape`` is (N, F).

    One mask for each gate with implementation 1, which recurrent dropout forces; else one for all.
    """
    samples, features = shape
    gates = 4 if plan.implementation == 1 or plan.recurrent_dropout > 0 else 1

    def draw(stream: int, rate: float, width: int) -> Array | None:
        if rate <= 0:
            return None
        size = (gates, samples, width)
        return rng.dropout_mask(
            seed, stream=stream, batch=batch, layer=layer, shape=size, rate=rate, dtype=dtype
        )

    return Dropout(
        draw(rng.INPUT_DROPOUT, plan.dropout, features),
        draw(rng.RECURRENT_DROPOUT, plan.recurrent_dropout, plan.units),
    )


def all_dropout_masks(
    plan: NetworkPlan, *, seed: int, batch: int, samples: int, dtype: DTypeLike
) -> tuple[Dropout, ...]:
    return tuple(
        dropout_masks(
            layer, seed=seed, batch=batch, layer=k, shape=(samples, features), dtype=dtype
        )
        for k, (layer, features) in enumerate(zip(plan.layers, input_sizes(plan), strict=True))
    )


def forward(
    plan: NetworkPlan,
    weights: Arrays,
    *,
    x: Array,
    mask: Array | None = None,
    dropouts: tuple[Dropout, ...] | None = None,
    states: States | None = None,
    extras: Extras = NO_EXTRAS,
) -> Pass:
    """x (N, T, F) -> predictions (N, O), and the tapes. No dropout unless masks are given."""
    own, count = parts(plan, weights), len(plan.layers)
    found = []
    for layer, rule, dropout, state in zip(
        own.layers,
        rules(plan, extras),
        dropouts or (Dropout(),) * count,
        states or (None,) * count,
        strict=True,
    ):
        x, end, tape = reference.forward(
            weights=layer, rules=rule, x=x, state=state, mask=mask, dropout=dropout
        )
        found.append((x, end, tape))
    outputs, ends, tapes = zip(*found, strict=True)
    return _with_head(plan, own, outputs, ends)._replace(tapes=tapes)


def forward_inference(
    plan: NetworkPlan,
    weights: Arrays,
    *,
    x: Array,
    mask: Array | None = None,
    states: States | None = None,
    extras: Extras = NO_EXTRAS,
) -> Pass:
    """``forward`` by the fast path: no tapes, no dropout, the same numbers."""
    own = parts(plan, weights)
    given = zip(own.layers, rules(plan, extras), states or (None,) * len(own.layers), strict=True)
    found = []
    for layer, rule, state in given:
        x, end = fused.forward(weights=layer, rules=rule, x=x, state=state, mask=mask)
        found.append((x, end))
    outputs, ends = zip(*found, strict=True)
    return _with_head(plan, own, outputs, ends)


def _with_head(plan: NetworkPlan, own: Parts, outputs: Arrays, states: tuple[State, ...]) -> Pass:
    """The head, applied to the last step."""
    z = outputs[-1][:, -1] @ own.kernel + (0.0 if own.bias is None else own.bias)  # (N, O)
    p = activations.get(plan.head.activation).function(z)
    return Pass(p, z, outputs, states)


def passes(
    plan: NetworkPlan,
    weights: Arrays,
    *,
    x: Array,
    mask: Array | None,
    size: int,
    extras: Extras = NO_EXTRAS,
) -> Iterator[tuple[slice, Pass]]:
    """Many samples, ``size`` at a time, without tapes; stateful layers keep their states."""
    states = None
    for first in range(0, len(x), size):
        rows = slice(first, first + size)
        part = None if mask is None else mask[rows]
        forward_pass = forward_inference(
            plan, weights, x=x[rows], mask=part, states=states, extras=extras
        )
        states = carried_states(extras, forward_pass)
        yield rows, forward_pass


def backward(
    plan: NetworkPlan,
    weights: Arrays,
    *,
    forward_pass: Pass,
    d_p: Array,
    extras: Extras = NO_EXTRAS,
) -> Arrays:
    """The derivatives of the loss by every weight array, from those by the predictions (N, O)."""
    own = parts(plan, weights)
    h = forward_pass.outputs[-1][:, -1]  # (N, H)
    d_z = d_p * activations.get(plan.head.activation).derivative(forward_pass.z)  # (N, O)
    d_outputs = np.zeros_like(forward_pass.outputs[-1])  # (N, T, H)
    d_outputs[:, -1] = d_z @ own.kernel.T
    d_layers: list[Weights] = []
    for k in reversed(range(len(plan.layers))):
        d_outputs = d_outputs + _activity_gradient(
            extras, k, forward_pass.outputs[k], last=k == len(plan.layers) - 1
        )
        gradients = reference.backward(
            weights=own.layers[k],
            rules=rules(plan, extras)[k],
            tape=forward_pass.tapes[k],
            d_outputs=d_outputs,
        )
        d_outputs = gradients.x
        d_layers.insert(0, gradients.weights)
    d_bias = None if own.bias is None else d_z.sum(axis=0)
    return flat(Parts(tuple(d_layers), h.T @ d_z, d_bias))


def carried_states(extras: Extras, forward_pass: Pass) -> States | None:
    """The states that stateful layers start the next batch with."""
    if not any(extras.stateful):
        return None
    return tuple(
        s if keep else None for s, keep in zip(forward_pass.states, extras.stateful, strict=True)
    )


def activity_penalty(extras: Extras, forward_pass: Pass) -> Any:
    """What the layers' outputs cost, divided by the number of samples (as in Keras)."""
    total: Any = 0.0
    for k, regularizer in enumerate(extras.activity_regularizers):
        if regularizer is not None:
            output = _output(forward_pass.outputs[k], last=k == len(forward_pass.outputs) - 1)
            total = total + regularizer.value(output) / len(output)
    return total


def _output(outputs: Array, *, last: bool) -> Array:
    return outputs[:, -1] if last else outputs


def _activity_gradient(extras: Extras, k: int, outputs: Array, *, last: bool) -> Any:
    regularizer = extras.activity_regularizers[k] if extras.activity_regularizers else None
    if regularizer is None:
        return 0.0
    gradient = np.zeros_like(outputs)
    output = _output(outputs, last=last)
    _output(gradient, last=last)[...] = regularizer.gradient(output) / len(outputs)
    return gradient
