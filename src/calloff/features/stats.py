"""Means of what is known, and weights that fall with past errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Quantity

DECAY = 0.5  # weight of a recent call-off falls by this with each working day of age
LEAST = 1e-6  # of the greatest error: below it none is told from another


def known_mean(values: Quantity) -> Quantity:
    """Mean over the second axis of the ``values`` (P, N) that are known (P); NaN where none is."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def faded_mean(values: Quantity) -> Quantity:
    """Mean over the second axis of the ``values`` (P, N) that are known (P), the newest (last) with
    the most weight; NaN where none is."""
    weight = np.broadcast_to(DECAY ** np.arange(values.shape[1])[::-1], values.shape)
    weight = np.where(np.isnan(values), np.nan, weight)
    total = known_mean(weight)
    return known_mean(values * weight) / np.where(total > 0, total, 1.0)


def by_error(errors: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Weights that fall with a power of errors.

    Args:
        errors: mean absolute errors (M), in one unit.
        power: 2 is best for independent errors.

    Returns:
        Weights (M) that add up to 1; equal ones where no error is known, or all are 0.

    Source:
        Bates & Granger 1969.
    """
    top = float(errors.max())
    if not top > 0:  # nor where it is NaN
        return np.full(len(errors), 1 / len(errors))
    share = np.maximum(errors / top, LEAST)
    weights = (share / share.min()) ** -power
    return np.asarray(weights / weights.sum())
