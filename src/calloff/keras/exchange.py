"""Networks out to plain Keras models and back, with the same predictions.

Both sides write a layer as a config under the same names, so a layer goes over as its config.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import keras
import numpy as np

from calloff.keras.layer import LSTM
from calloff.lstm import dense as ours_dense
from calloff.lstm import layer as ours_lstm
from calloff.lstm import regularizers
from calloff.lstm.contract import Loss
from calloff.lstm.engines import Choice
from calloff.lstm.network import Fitted, Network

_OURS: dict[str, Any] = {"LSTM": ours_lstm.LSTM, "Dense": ours_dense.Dense}
_KERAS = {"LSTM": keras.layers.LSTM, "Dense": keras.layers.Dense}
_KNOWN = (keras.layers.LSTM, LSTM, keras.layers.Dense)
_WANTED = (
    "What can: an input, LSTM layers (all but the last with return_sequences=True) and one Dense "
    "layer, each reading just the one before it, with built-in activations, in float32 or float64."
)


def to_keras(fitted: Fitted, *, batch_size: int | None = None) -> Any:
    """Turn a fitted network into a plain, uncompiled ``keras.Sequential``, for any number of steps.

    Args:
        fitted: the network.
        batch_size: samples in a batch, which Keras needs for stateful layers.

    Returns:
        The model, of LSTM and Dense layers with the network's weights.

    Raises:
        ValueError: with each layer that cannot be written as Keras's.
    """
    layers, problems = [], []
    for index, layer in enumerate([*fitted.network.layers, fitted.network.head]):
        kind = type(layer).__name__
        try:
            layers.append(_KERAS[kind](**_for_keras(layer.get_config())))
        except ValueError as error:  # a function of one's own
            problems.append(f"layer {index} ({kind}): {error}")
        if getattr(layer, "stateful", False) and batch_size is None:
            problems.append(f"layer {index} ({kind}) is stateful: to_keras needs batch_size=...")
    if problems:
        raise ValueError(_listed("the network cannot become a Keras model", problems))
    start = keras.Input(batch_shape=(batch_size, None, fitted.features))
    model = keras.Sequential([start, *layers])
    model.set_weights([np.asarray(weight) for weight in fitted.weights])
    return model


def from_keras(model: Any, *, loss: Loss | None = None) -> Fitted:
    """Turn a Keras model into a network of ours.

    Args:
        model: a built model of LSTM layers, Keras's or ours, and a Dense layer.
        loss: what ``evaluate`` reports, as a Keras model's own is not read; by default the mean
            absolute error.

    Returns:
        The network with the model's weights.

    Raises:
        ValueError: with each layer and option that a network of ours cannot express.
    """
    if not isinstance(model, keras.Model) or not model.built:
        raise ValueError(f"a built Keras model is needed, got {model!r}; start it with keras.Input")
    problems = [] if _is_chain(model) else ["its layers are not one chain from input to output"]
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    problems += [text for index in range(len(layers)) for text in _problems(layers, index)]
    if len(layers) < 2:
        problems.append(f"the model has {len(layers)} layer(s); it needs an LSTM and a Dense one")
    if problems:
        raise _refusal(model, problems)
    parts = [_OURS[type(layer).__name__].from_config(_config(layer)) for layer in layers]
    return Fitted(
        network=Network(parts),
        features=int(layers[0].cell.kernel.shape[0]),
        weights=tuple(np.array(w) for layer in layers for w in layer.get_weights()),
        loss=loss or Loss(),
        history={},
        best_epoch=-1,
        stopped_epoch=None,
        failed_epoch=None,
        engine=Choice("keras", "the weights come from a Keras model"),
        name=model.name,
    )


def _for_keras(config: dict[str, Any]) -> dict[str, Any]:
    """Our options as Keras takes them: it has no time_major, and not our short names of penalties
    ("l1_l2"), but their classes."""
    return {
        option: regularizers.config(regularizers.get(value))
        if option.endswith("_regularizer")
        else value
        for option, value in config.items()
        if option != "time_major"
    }


def _listed(head: str, problems: list[str]) -> str:
    return "\n- ".join([f"{head}:", *problems])


def _refusal(model: Any, problems: list[str]) -> ValueError:
    head = f"Keras model {model.name!r} cannot become a network of calloff.lstm"
    return ValueError(f"{_listed(head, problems)}\n{_WANTED}")


def _is_chain(model: Any) -> bool:
    """Whether each layer reads just the one before it, and only once."""
    if isinstance(model, keras.Sequential):
        return True
    layers = model.layers
    try:
        links = [(before.output, after.input) for before, after in pairwise(layers)]
        (start,), (end,) = model.inputs, model.outputs
    except (AttributeError, ValueError, TypeError):  # subclassed, or not one input and output
        return False
    links += [(start, layers[0].output), (layers[-1].output, end)]
    return all(given is read for given, read in links)


def _problems(layers: list[Any], index: int) -> Iterator[str]:
    """Everything about one layer that a network of ours cannot say."""
    layer, last = layers[index], len(layers) - 1
    where = f"layer {index} {layer.name!r} ({type(layer).__name__})"
    if type(layer) not in _KNOWN or isinstance(layer, keras.layers.Dense) != (index == last):
        yield f"{where} must be {'a Dense' if index == last else 'an LSTM'} layer"
        return
    if index < last and layer.return_sequences == (index == last - 1):
        yield f"{where} must have return_sequences={not layer.return_sequences}"
    for option in ("return_state", "time_major"):
        if getattr(layer, option, False):
            yield f"{where} must have {option}=False"
    if not layer.trainable:
        yield f"{where} must have trainable=True"
    if layer.dtype_policy.name not in ("float32", "float64"):
        yield f"{where} must have dtype float32 or float64, not {layer.dtype_policy.name!r}"
    yield from (f"{where}: {text}" for text in _foreign_options(layer))


def _foreign_options(layer: Any) -> Iterator[str]:
    """What our layer says of each option, taken one at a time so that none hides another."""
    kind = _OURS[type(layer).__name__]
    for option, value in _config(layer).items():
        try:
            kind.from_config({"units": 1, option: value})
        except (ValueError, TypeError) as error:
            yield f"{option}: {str(error).removeprefix(f'{option}: ')}"


def _config(layer: Any) -> dict[str, Any]:
    """The layer's config, less what Keras leaves at None, and with what Keras leaves out."""
    config = _filled(layer.get_config())
    if not isinstance(layer, keras.layers.Dense):
        config["implementation"] = layer.cell.implementation
    return config


def _filled(config: dict[str, Any]) -> dict[str, Any]:
    """Without the entries that are None, in the objects that it describes as well."""
    return {
        option: _filled(value) if isinstance(value, dict) else value
        for option, value in config.items()
        if value is not None
    }
