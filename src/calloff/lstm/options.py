"""What all layers' options have in common: checks on construction, and configs written and read."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from calloff.lstm import activations, constraints, initializers, regularizers
from calloff.lstm.contract import HeadPlan, LayerPlan

# What Keras writes to every config, and what means nothing here.
_FOREIGN = {"name", "trainable", "dtype", "seed", "use_cudnn", "build_config", "module"}


def positive_integer(name: str, value: Any) -> int:
    """The value as an int, or an error that names both."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name} must be a positive integer, not {value!r}")
    return number


def probability(name: str, value: Any) -> float:
    """Clipped to 0..1, as in Keras."""
    number = float(value)
    if np.isnan(number):
        raise ValueError(f"{name} must be a number from 0 to 1, not {value!r}")
    return min(1.0, max(0.0, number))


@dataclass(frozen=True)
class Options(ABC):
    """Frozen options of a layer."""

    @abstractmethod
    def plan(self) -> LayerPlan | HeadPlan:
        """What an engine needs to know of the layer."""

    def adjust(self, **changes: Any) -> None:
        """For ``__post_init__`` alone: normalises values before the object is used."""
        for name, value in changes.items():
            object.__setattr__(self, name, value)
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name.endswith("activation"):
                object.__setattr__(self, field.name, "linear")
            _check(field.name, value)

    def get_config(self) -> dict[str, Any]:
        """The options, in values that JSON can hold; functions of your own cannot be among them."""
        return {
            field.name: _to_config(field.name, getattr(self, field.name)) for field in fields(self)
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The inverse; also reads Keras's configs. Implementation 0, of old, becomes 1."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(config) - known - _FOREIGN):
            raise ValueError(
                f"{cls.__name__} has no option {', '.join(unknown)};"
                f" it has {', '.join(sorted(known))}"
            )
        options = {name: value for name, value in config.items() if name in known}
        if options.get("implementation") == 0:
            options["implementation"] = 1
        return cls(**options)


_MODULES = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
    "activation": activations,
}


def _check(name: str, value: Any) -> None:
    """An error now for what could not be understood later."""
    module = _MODULES.get(name.rsplit("_", 1)[-1])
    if module is not None:
        try:
            module.get(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def _to_config(name: str, value: Any) -> Any:
    kind = name.rsplit("_", 1)[-1]
    if kind != "activation":
        return _MODULES[kind].config(value) if kind in _MODULES else value
    built_in = activations.get(value).name
    if built_in not in activations.BUILT_IN:
        raise ValueError(
            f"{name} is a function of your own, {built_in}: it cannot be written to a config"
        )
    return built_in
