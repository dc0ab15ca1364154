"""Weights of forecasts that are averaged: they fall with a power of the past error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-6  # of the greatest error: below it none is told from another


def by_error(errors: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Weights (M) that add up to 1; equal ones where no error is known, or all are 0.

    The square is best for independent errors (Bates & Granger 1969).
    """
    top = float(errors.max())
    if not top > 0:  # nor where it is NaN
        return np.full(len(errors), 1 / len(errors))
    share = np.maximum(errors / top, LEAST)
    weights = (share / share.min()) ** -power
    return np.asarray(weights / weights.sum())
