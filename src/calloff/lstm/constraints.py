"""Constraints on weights, as in Keras: a projection made after every update.

A norm is that of the weights that lead to one unit (axis 0 of a kernel).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.registry import Registry

Array = NDArray[Any]
Constraint = Callable[[Array], Array]
Spec = str | None | dict[str, Any] | Constraint

EPSILON = 1e-7  # Keras adds it to the norms that it divides by


def _norms(w: Array, axis: int) -> Array:
    return np.sqrt((w * w).sum(axis=axis, keepdims=True))


@dataclass(frozen=True)
class MaxNorm:
    """Norms at most so large.

    Attributes:
        max_value: the largest norm.
        axis: axis over which a norm is taken.
    """

    max_value: float = 2.0
    axis: int = 0

    def __call__(self, w: Array) -> Array:
        norms = _norms(w, self.axis)
        return w * (np.clip(norms, 0.0, self.max_value) / (EPSILON + norms))


@dataclass(frozen=True)
class MinMaxNorm:
    """Norms brought towards a range.

    Attributes:
        min_value: its lower end.
        max_value: its upper end.
        rate: how far towards it; 1: all the way.
        axis: axis over which a norm is taken.
    """

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
        return np.maximum(w, w.dtype.type(0))


@dataclass(frozen=True)
class UnitNorm:
    """Norms of 1, taken over ``axis``."""

    axis: int = 0

    def __call__(self, w: Array) -> Array:
        return w / (EPSILON + _norms(w, self.axis))


_REGISTRY: Registry[Constraint] = Registry(
    noun="a constraint",
    kinds={
        "MaxNorm": MaxNorm,
        "MinMaxNorm": MinMaxNorm,
        "NonNeg": NonNeg,
        "UnitNorm": UnitNorm,
    },
    names={
        "max_norm": MaxNorm,
        "min_max_norm": MinMaxNorm,
        "non_neg": NonNeg,
        "unit_norm": UnitNorm,
    },
    accepts=callable,
    wanted="None, or a function of an array",
)
get = _REGISTRY.get
config = _REGISTRY.config
