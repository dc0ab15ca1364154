"""Measures of error, in pieces. Errors are forecast - actual: positive means too much.

Every function takes arrays of equal shape without NaN and gives one number (NaN for no pairs).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def mae(actual: Values, forecast: Values) -> float:
    """Mean absolute error."""
    return _mean(np.abs(forecast - actual))


def bias(actual: Values, forecast: Values) -> float:
    """Mean error: above 0 where too much was forecast."""
    return _mean(forecast - actual)


def rmse(actual: Values, forecast: Values) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(_mean((forecast - actual) ** 2)))


def wape(actual: Values, forecast: Values) -> float:
    """Sum of absolute errors over the sum of call-offs; NaN where nothing was called off."""
    total = float(np.sum(np.abs(actual)))
    return float(np.sum(np.abs(forecast - actual))) / total if total else float("nan")


def pinball(actual: Values, forecast: Values, quantile: float) -> float:
    """Mean pinball loss of a quantile forecast (Koenker & Bassett 1978)."""
    short = actual - forecast
    return _mean(np.maximum(quantile * short, (quantile - 1) * short))


def coverage(actual: Values, low: Values, high: Values) -> float:
    """Share of call-offs inside [low, high]."""
    return _mean(((low <= actual) & (actual <= high)).astype(float))


def _mean(values: Values) -> float:
    return float(np.mean(values)) if np.size(values) else float("nan")
