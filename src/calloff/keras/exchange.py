"""Networks out to plain Keras models and back, with the same predictions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import activations

from calloff.keras.layer import LSTM
from calloff.lstm.jobs import Array, HeadPlan, LayerPlan, NetworkPlan

# Our names; Keras knows all of them, and swish under the name silu, too.
ACTIVATIONS = (
    *("linear", "tanh", "sigmoid", "hard_sigmoid", "relu", "leaky_relu", "elu", "selu"),
    *("softplus", "softsign", "swish", "gelu"),
)
_FUNCTIONS = {name: activations.get(name) for name in ACTIVATIONS}
_LSTMS = (keras.layers.LSTM, LSTM)
_WANTED = (
    "What can: an input, LSTM layers (all but the last with return_sequences=True), one Dense "
    "layer, each reading just the one before it; float32 or float64."
)
# Options that change numbers, or training, and that a plan has no room for.
_LSTM_FLAGS = ("return_state", "stateful", "zero_output_for_mask", "time_major")
_PENALTIES = ("kernel", "recurrent", "bias")


def keras_model(plan: NetworkPlan, weights: tuple[Array, ...]) -> Any:
    """A plain ``keras.Sequential`` of LSTM and Dense layers, uncompiled, for any number of steps."""
    last = len(plan.layers) - 1
    head = plan.head
    model = keras.Sequential(
        [
            keras.Input((None, plan.features)),
            *(_lstm(layer, index < last) for index, layer in enumerate(plan.layers)),
            keras.layers.Dense(head.outputs, head.activation, use_bias=head.use_bias),
        ]
    )
    model.set_weights([np.asarray(weight) for weight in weights])
    return model


def _lstm(layer: LayerPlan, return_sequences: bool) -> Any:
    return keras.layers.LSTM(
        layer.units,
        activation=layer.activation,
        recurrent_activation=layer.recurrent_activation,
        use_bias=layer.use_bias,
        dropout=layer.dropout,
        recurrent_dropout=layer.recurrent_dropout,
        implementation=layer.implementation,
        go_backwards=layer.go_backwards,
        return_sequences=return_sequences,
    )


def plan_and_weights(model: Any) -> tuple[NetworkPlan, tuple[Array, ...]]:
    """What a Keras model is in our terms: LSTM layers, Keras's or ours, and a Dense layer.

    Where a model says more than a plan can hold, one error lists everything of the kind.
    """
    layers = _chain(model)
    problems = [text for index in range(len(layers)) for text in _problems(layers, index)]
    if len(layers) < 2:
        problems.append(f"the model has {len(layers)} layer(s), not LSTM layers and a Dense layer")
    if problems:
        raise ValueError(_message(model, problems))
    *recurrent, head = layers
    plan = NetworkPlan(
        features=int(recurrent[0].cell.kernel.shape[0]),
        layers=tuple(_layer_plan(layer) for layer in recurrent),
        head=HeadPlan(int(head.units), _name(head.activation), bool(head.use_bias)),
    )
    return plan, tuple(np.asarray(w) for layer in layers for w in layer.get_weights())


def _layer_plan(layer: Any) -> LayerPlan:
    return LayerPlan(
        units=int(layer.units),
        activation=_name(layer.activation),
        recurrent_activation=_name(layer.recurrent_activation),
        use_bias=bool(layer.use_bias),
        dropout=float(layer.dropout),
        recurrent_dropout=float(layer.recurrent_dropout),
        implementation=int(layer.cell.implementation),
        go_backwards=bool(layer.go_backwards),
    )


def _message(model: Any, problems: list[str]) -> str:
    lines = "\n- ".join(problems)
    return f"Keras model {model.name!r} cannot become a calloff network:\n- {lines}\n{_WANTED}"


def _chain(model: Any) -> list[Any]:
    """The layers in the order of the data, without the input."""
    if not isinstance(model, keras.Model) or not model.built:
        raise ValueError(f"a built Keras model is needed, got {model!r}; give it a keras.Input")
    layers = list(model.layers)
    if not isinstance(model, keras.Sequential) and not _is_chain(model, layers):
        raise ValueError(_message(model, ["its layers are not one chain from one input on"]))
    return [layer for layer in layers if not isinstance(layer, keras.layers.InputLayer)]


def _is_chain(model: Any, layers: list[Any]) -> bool:
    """Whether each layer of a functional model reads just the one before it, and only once."""
    try:
        ends = [*model.inputs, *model.outputs]
        links = [(before.output, after.input) for before, after in pairwise(layers)]
        return len(ends) == 2 and all(
            given is read
            for given, read in [(ends[0], layers[0].output), (layers[-1].output, ends[1]), *links]
        )
    except (AttributeError, ValueError, TypeError):  # a subclassed model, a layer called twice
        return False


def _problems(layers: list[Any], index: int) -> Iterator[str]:
    """Everything about one layer that a plan cannot say."""
    layer, last = layers[index], len(layers) - 1
    wanted = (keras.layers.Dense,) if index == last else _LSTMS
    where = f"layer {index} {layer.name!r} ({type(layer).__name__})"
    if type(layer) not in wanted:
        yield f"{where} is not {'a Dense' if index == last else 'an LSTM'} layer"
        return
    found = {**_common(layer), **({} if index == last else _recurrent(layer, index == last - 1))}
    for option, value in found.items():
        yield f"{where} has {option}={value!r}"


def _common(layer: Any) -> dict[str, Any]:
    """Foreign values of what LSTM and Dense layers both have."""
    found = {f"{kind}": getattr(layer, kind) for kind in ("activity_regularizer",)}
    for weight in _PENALTIES:
        for kind in ("regularizer", "constraint"):
            found[f"{weight}_{kind}"] = getattr(layer, f"{weight}_{kind}", None)
    found = {option: _serialised(value) for option, value in found.items() if value is not None}
    for option in ("activation", "recurrent_activation"):
        function = getattr(layer, option, None)
        if function is not None and not _name(function):
            found[option] = getattr(function, "__name__", type(function).__name__)
    if layer.dtype_policy.name not in ("float32", "float64"):
        found["dtype"] = layer.dtype_policy.name
    if not layer.trainable:
        found["trainable"] = False
    return found


def _recurrent(layer: Any, is_last: bool) -> dict[str, Any]:
    """Foreign values of what only LSTM layers have."""
    found = {option: True for option in _LSTM_FLAGS if getattr(layer, option, False)}
    if layer.return_sequences == is_last:
        found["return_sequences"] = layer.return_sequences
    return found


def _serialised(value: Any) -> str:
    return f"{type(value).__name__}({value.get_config()})" if value is not None else "None"


def _name(function: Any) -> str:
    """Our name of a Keras activation; empty if it is none of ours."""
    return next((name for name, known in _FUNCTIONS.items() if known is function), "")


def to_keras(fitted: Any) -> Any:
    raise NotImplementedError


def from_keras(model: Any) -> Any:
    raise NotImplementedError
