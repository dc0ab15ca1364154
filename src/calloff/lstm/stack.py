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
    """Options that a plan cannot express. The C++ engine has the built-in regularizers and
    constraints, the readable one all. Empty: none of them.

    Attributes:
        regularizers: penalty on each weight array.
        constraints: projection of each weight array after an update.
        activity_regularizers: penalty on the outputs of each LSTM layer.
        zero_output_for_mask: for each LSTM layer, whether masked steps give zeros.
        stateful: for each LSTM layer, whether batches carry on from one to the next.
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
    """The flat tuple of weights, sorted by what they belong to.

    Attributes:
        layers: weights of each LSTM layer.
        kernel: kernel of the head (H, O).
        bias: its bias (O,); None without one.
    """

    layers: tuple[Weights, ...]
    kernel: Array
    bias: Array | None


class Pass(NamedTuple):
    """A forward pass, with all that the backward pass needs.

    Attributes:
        p: predictions (N, O).
        z: pre-activations of the head (N, O).
        outputs: outputs of each layer (N, T, H).
        states: last state of each layer.
        tapes: what each layer kept; empty for inference.
    """

    p: Array
    z: Array
    outputs: Arrays
    states: tuple[State, ...]
    tapes: tuple[Tape, ...] = ()


def parts(plan: NetworkPlan, weights: Arrays) -> Parts:
    """The flat tuple of ``weights`` of a ``plan``, sorted by what they belong to."""
    queue = list(weights)
    layers = tuple(
        Weights(queue.pop(0), queue.pop(0), queue.pop(0) if layer.use_bias else None)
        for layer in plan.layers
    )
    return Parts(layers, queue.pop(0), queue.pop(0) if plan.head.use_bias else None)


def flat(weights: Parts) -> Arrays:
    """``weights`` as a flat tuple, the inverse of ``parts``."""
    arrays = [array for layer in weights.layers for array in layer] + [weights.kernel, weights.bias]
    return tuple(array for array in arrays if array is not None)


def rules(plan: NetworkPlan, extras: Extras = NO_EXTRAS) -> tuple[Rules, ...]:
    """What each layer of a ``plan`` with these ``extras`` does not learn."""
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
    """The number of inputs F of each layer of a ``plan``."""
    return (plan.features, *(layer.units for layer in plan.layers[:-1]))


def dropout_masks(
    plan: LayerPlan, *, seed: int, batch: int, layer: int, shape: tuple[int, int], dtype: DTypeLike
) -> Dropout:
    """Draw the dropout masks of one layer for one batch.

    Args:
        plan: the layer. One mask for each gate with implementation 1, which recurrent dropout
            needs; else one for all.
        seed: the seed.
        batch: the batch, from 0.
        layer: the layer, from 0.
        shape: samples and features, (N, F).
        dtype: of the masks.

    Returns:
        The masks of inputs and hidden state.
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
    """Draw the dropout masks of all layers for one batch.

    Args:
        plan: the network.
        seed: the seed.
        batch: the batch, from 0.
        samples: how many, N.
        dtype: of the masks.

    Returns:
        The masks of each layer.
    """
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
    """Run a network over sequences, and keep what the way back needs.

    Args:
        plan: the network.
        weights: its weights.
        x: inputs (N, T, F).
        mask: False where a step is passed over (N, T).
        dropouts: masks of each layer; by default, nothing is dropped.
        states: what each layer starts with; by default, zeros.
        extras: options that are not in the plan.

    Returns:
        Predictions (N, O), and all that ``backward`` needs.
    """
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
    """Run a network by the fast path: no tapes, no dropout, the same numbers.

    Args:
        plan: the network.
        weights: its weights.
        x: inputs (N, T, F).
        mask: False where a step is passed over (N, T).
        states: what each layer starts with; by default, zeros.
        extras: options that are not in the plan.

    Returns:
        Predictions (N, O), outputs and states.
    """
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
    """Run a network over many samples, some at a time, without tapes.

    Args:
        plan: the network.
        weights: its weights.
        x: inputs (N, T, F).
        mask: False where a step is passed over (N, T); None: nowhere.
        size: samples at a time; stateful layers carry on from one time to the next.
        extras: options that are not in the plan.

    Yields:
        The rows, and their forward pass.
    """
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
    """Go back from the derivatives by the predictions.

    Args:
        plan: the network.
        weights: its weights.
        forward_pass: what ``forward`` gave.
        d_p: derivatives by the predictions (N, O).
        extras: options that are not in the plan.

    Returns:
        The derivatives of the loss by every weight array.
    """
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
    """The states that stateful layers (in ``extras``) start the next batch with, after a
    ``forward_pass``; None without such layers."""
    if not any(extras.stateful):
        return None
    return tuple(
        s if keep else None for s, keep in zip(forward_pass.states, extras.stateful, strict=True)
    )


def activity_penalty(extras: Extras, forward_pass: Pass) -> Any:
    """Give what the outputs of the layers cost, divided by the number of samples as in Keras.

    Args:
        extras: the activity regularizers.
        forward_pass: the outputs.

    Returns:
        The sum of the penalties.
    """
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
