"""Constraints on weights, as in Keras: a projection made after every update.

A norm is that of the weights that lead to one unit (axis 0 of a kernel).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Constraint = Callable[[Array], Array]

EPSILON = 1e-7  # Keras adds it to the norms that it divides by


def _norms(w: Array, axis: int) -> Array:
    return np.sqrt((w * w).sum(axis=axis, keepdims=True))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class MaxNorm:
    """Norms at most ``max_value``."""

    max_value: float = 2.0
    axis: int = 0

    def __call__(self, w: Array) -> Array:
        norms = _norms(w, self.axis)
        return w * (np.clip(norms, 0.0, self.max_value) / (EPSILON + norms))


@dataclass(frozen=True)
class MinMaxNorm:
    """Norms brought towards min_value .. max_value: all the way with ``rate`` 1."""

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: int = 0

    def __call__(self, w: Array) -> Array:
        norms = _norms(w, self.axis)
        inside = np.clip(norms, self.min_value, self.max_value)
        wanted = self.rate * inside + (1.0 - self.rate) * norms
        return w * (wanted / (EPSILON + norms))


@dataclass(frozen=True)
class NonNeg:
    """No weight below zero."""

    def __call__(self, w: Array) -> Array:
        return np.maximum(w, w.dtype.type(0))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class UnitNorm:
    """Norms of 1."""

    axis: int = 0

    def __call__(self, w: Array) -> Array:
        return w / (EPSILON + _norms(w, self.axis))


_KINDS: dict[str, type] = {kind.__name__: kind for kind in (MaxNorm, MinMaxNorm, NonNeg, UnitNorm)}
_BY_NAME: dict[str, Constraint] = {
    "max_norm": MaxNorm(),
    "min_max_norm": MinMaxNorm(),
    "non_neg": NonNeg(),
    "unit_norm": UnitNorm(),
}

Spec = str | None | Constraint | Mapping[str, Any]


def get(spec: Spec) -> Constraint | None:
    """The constraint of a name, of a config, or as it is."""
    if spec is None:
        return None
    if isinstance(spec, str) and (spec in _BY_NAME or spec in _KINDS):
        return _BY_NAME[spec] if spec in _BY_NAME else _KINDS[spec]()
    if isinstance(spec, Mapping) and spec.get("class_name") in _KINDS:
        return _KINDS[spec["class_name"]](**spec.get("config", {}))  # type: ignore[no-any-return]
    if callable(spec):
        return spec
    raise ValueError(
        f"a constraint must be one of {', '.join(_BY_NAME)}, None, or a function of an array,"
        f" not {spec!r}"
    )


def config(constraint: Constraint | None) -> dict[str, Any] | None:
    """As Keras writes it; ``get`` reads it back."""
    if constraint is None:
        return None
    if type(constraint).__name__ not in _KINDS:
        raise ValueError(f"{constraint!r} is not one of {', '.join(_KINDS)}: it has no config")
    return {"class_name": type(constraint).__name__, "config": asdict(constraint)}  # type: ignore[call-overload]
