"""Means and totals of what is known, and medians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Mask, Quantity

SORTED = 2000  # values of which the median is found sooner by sorting them
CACHED = 1 << 16  # values that are sorted together


def known_mean(values: Quantity) -> Quantity:
    """Mean over the second axis of the ``values`` (P, N) that are known (P); NaN where none is."""
    known = ~np.isnan(values)
    return mean_of(np.where(known, values, 0.0), known.sum(axis=1))


def mean_of(values: NDArray[Any], count: NDArray[np.int64]) -> Quantity:
    """Mean over the second axis of ``values`` (P, N), of which ``count`` are known (P) and the
    others 0; NaN where none is."""
    return np.where(count > 0, values.sum(axis=1) / np.maximum(count, 1), np.nan)


def total(values: Quantity, counted: Mask | None = None) -> Quantity:
    """Sum over the first axis of the ``values`` (P, ...) that are known, or of those that are
    ``counted`` as well."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known if counted is None else known & counted, values, 0.0).sum(0))


def median(values: Sequence[float]) -> float:
    """The median of a few ``values``, at least one."""
    ranked, middle = sorted(values), len(values) // 2
    return ranked[middle] if len(values) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def medians(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The median of each column (N) of ``values`` without gaps (P, N; P at least one)."""
    count, middle = len(values), len(values) // 2
    if count > SORTED:
        return np.asarray(np.median(values, axis=0))
    found, step = np.empty(values.shape[1], values.dtype), CACHED // count
    for first in range(0, values.shape[1], step):
        some = slice(first, first + step)
        ranked = np.sort(values[:, some].T.copy(), axis=1)
        low = ranked[:, middle if count % 2 else middle - 1]
        found[some] = (low + ranked[:, middle]) / 2
    return found
