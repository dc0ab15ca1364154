"""Penalties on weights or outputs, as in Keras: a value to add to the loss, and its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.activations import absolute
from calloff.lstm.registry import Registry

Array = NDArray[Any]


@runtime_checkable
class Regularizer(Protocol):
    """Anything with a value and its derivative."""

    def value(self, w: Array) -> Any:
        """The penalty on weights ``w``."""

    def gradient(self, w: Array) -> Array:
        """Its derivative by the weights ``w``."""


Spec = str | None | dict[str, Any] | Regularizer


@dataclass(frozen=True)
class L1L2:
    """The penalty ``l1`` * sum |w| + ``l2`` * sum w^2; the derivative of |w| at 0 is 0."""

    l1: float = 0.0
    l2: float = 0.0

    def value(self, w: Array) -> Any:
        """The penalty on weights ``w``."""
        return self.l1 * absolute(w).sum() + self.l2 * (w * w).sum()

    def gradient(self, w: Array) -> Array:
        """Its derivative by the weights ``w``."""
        return self.l1 * np.sign(w) + 2.0 * self.l2 * w


@dataclass(frozen=True)
class L1:
    """The penalty ``l1`` * sum |w|."""

    l1: float = 0.01

    def value(self, w: Array) -> Any:
        """The penalty on weights ``w``."""
        return L1L2(l1=self.l1).value(w)

    def gradient(self, w: Array) -> Array:
        """Its derivative by the weights ``w``."""
        return L1L2(l1=self.l1).gradient(w)


@dataclass(frozen=True)
class L2:
    """The penalty ``l2`` * sum w^2."""

    l2: float = 0.01

    def value(self, w: Array) -> Any:
        """The penalty on weights ``w``."""
        return L1L2(l2=self.l2).value(w)

    def gradient(self, w: Array) -> Array:
        """Its derivative by the weights ``w``."""
        return L1L2(l2=self.l2).gradient(w)


_SMALLEST = 1e-14  # of a squared norm, where Keras stops dividing by it


@dataclass(frozen=True)
class OrthogonalRegularizer:
    """A penalty on vectors that are not at right angles.

    Attributes:
        factor: what the mean |cosine| of two of them is multiplied by.
        mode: "rows" or "columns" of a matrix.

    Raises:
        ValueError: ``mode`` is neither.
    """

    factor: float = 0.01
    mode: str = "rows"

    def __post_init__(self) -> None:
        if self.mode not in ("rows", "columns"):
            raise ValueError(f"mode must be rows or columns, not {self.mode!r}")

    def value(self, w: Array) -> Any:
        """The penalty on a matrix of weights ``w``."""
        unit, _ = self._unit_rows(w)
        cosines = absolute(unit @ unit.T)
        return self.factor * 0.5 * (cosines.sum() - np.trace(cosines)) / self._pairs(unit)

    def gradient(self, w: Array) -> Any:
        """Its derivative by the weights ``w``."""
        unit, norm = self._unit_rows(w)
        signs = np.sign(unit @ unit.T)
        np.fill_diagonal(signs, 0.0)
        d_unit = self.factor * (signs @ unit) / self._pairs(unit)
        radial = (d_unit * unit).sum(axis=1, keepdims=True) * (norm > _SMALLEST**0.5)
        d_rows = (d_unit - unit * radial) / norm
        return d_rows if self.mode == "rows" else d_rows.T

    def _unit_rows(self, w: Array) -> tuple[Array, Array]:
        if w.ndim != 2:
            raise ValueError(
                f"an orthogonal regularizer needs a matrix, not an array of shape {w.shape}"
            )
        rows = w if self.mode == "rows" else w.T
        square = (rows * rows).sum(axis=1, keepdims=True)
        norm = np.sqrt(np.where(square.real > _SMALLEST, square, _SMALLEST))
        return rows / norm, norm

    def _pairs(self, rows: Array) -> float:
        return max(len(rows) * (len(rows) - 1) / 2.0, 1.0)


_REGISTRY: Registry[Regularizer] = Registry(
    noun="a regularizer",
    kinds={
        "L1": L1,
        "L2": L2,
        "L1L2": L1L2,
        "OrthogonalRegularizer": OrthogonalRegularizer,
    },
    names={
        "l1": L1,
        "l2": L2,
        "l1_l2": lambda: L1L2(0.01, 0.01),  # as Keras documents it
        "orthogonal_regularizer": OrthogonalRegularizer,
    },
    accepts=lambda given: isinstance(given, Regularizer),
    wanted="None, or an object with value(w) and gradient(w)",
)
get = _REGISTRY.get
config = _REGISTRY.config
