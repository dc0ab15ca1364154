"""What all layers' options have in common: checks when they are made, and the way to a config and
back."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, Self

import numpy as np

from calloff.lstm import activations, constraints, initializers, regularizers
from calloff.lstm.contract import HeadPlan, LayerPlan

# What Keras writes to every config, and what means nothing here.
_FOREIGN = {"name", "trainable", "dtype", "seed", "use_cudnn", "build_config", "module"}


def positive_integer(name: str, value: Any) -> int:
    """Check an option that is a positive integer.

    Args:
        name: name of the option.
        value: what was given.

    Returns:
        The value as an int.

    Raises:
        ValueError: it is none.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name} must be a positive integer, not {value!r}")
    return number


def is_number(value: Any) -> bool:
    """Whether ``value`` is a real number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def probability(name: str, value: Any) -> float:
    """Check an option that is a share.

    Args:
        name: name of the option.
        value: what was given.

    Returns:
        The number, clipped to 0..1 as in Keras.

    Raises:
        ValueError: it is no number.
    """
    number = float(value) if is_number(value) else np.nan
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
        """Set values as they are meant and check all; for ``__post_init__`` alone.

        Args:
            changes: option -> value.
        """
        for name, value in changes.items():
            object.__setattr__(self, name, value)
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name.endswith("activation"):
                object.__setattr__(self, field.name, "linear")
            _check(field.name, value)

    def get_config(self) -> dict[str, Any]:
        """The options, in values that JSON can hold; functions of one's own cannot be among
        them."""
        return {
            field.name: _to_config(field.name, getattr(self, field.name)) for field in fields(self)
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make options of a config, Keras's among them. Its implementation 0, of old, becomes 1.

        Args:
            config: option -> value.

        Returns:
            The options.

        Raises:
            ValueError: an option is unknown, or a value cannot be understood.
        """
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
