"""Measures of error, in pieces. Errors are forecast - actual: positive means too much.

Every function takes arrays of equal shape and gives one number: NaN where there are no pairs or
where NaN is among them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calloff.texts.arguments import arrays, level, require

Values = NDArray[np.float64]


def mae(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute error.

    Args:
        actual: call-offs, in pieces.
        forecast: forecasts of the same shape, in pieces.

    Returns:
        The mean of |forecast - actual|, in pieces.
    """
    actual, forecast = _checked(actual=actual, forecast=forecast)
    return _mean(np.abs(forecast - actual))


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean error.

    Args:
        actual: call-offs, in pieces.
        forecast: forecasts of the same shape, in pieces.

    Returns:
        The mean of forecast - actual, in pieces; above 0 where too much was forecast.
    """
    actual, forecast = _checked(actual=actual, forecast=forecast)
    return _mean(forecast - actual)


def rmse(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Root of the mean squared error.

    Args:
        actual: call-offs, in pieces.
        forecast: forecasts of the same shape, in pieces.

    Returns:
        The root of the mean of (forecast - actual)^2, in pieces.
    """
    actual, forecast = _checked(actual=actual, forecast=forecast)
    return float(np.sqrt(_mean((forecast - actual) ** 2)))


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Weighted absolute percentage error.

    Args:
        actual: call-offs, in pieces.
        forecast: forecasts of the same shape, in pieces.

    Returns:
        The sum of |forecast - actual| over that of |actual|; NaN where nothing was called off.
    """
    actual, forecast = _checked(actual=actual, forecast=forecast)
    total = float(np.sum(np.abs(actual)))
    return float(np.sum(np.abs(forecast - actual))) / total if total else float("nan")


def pinball(actual: ArrayLike, forecast: ArrayLike, quantile: float) -> float:
    """Mean pinball loss of a quantile forecast.

    Args:
        actual: call-offs, in pieces.
        forecast: forecasts of their quantile, of the same shape, in pieces.
        quantile: its level, between 0 and 1.

    Returns:
        The mean of quantile * e where the call-off lies e above the forecast, and of
        (1 - quantile) * |e| where it lies below, in pieces.

    Raises:
        CalloffError: ``quantile`` does not lie between 0 and 1.

    Source:
        Koenker & Bassett (1978), "Regression quantiles".
    """
    require(level(quantile, "quantile"))
    actual, forecast = _checked(actual=actual, forecast=forecast)
    short = actual - forecast
    return _mean(np.maximum(quantile * short, (quantile - 1) * short))


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Share of call-offs inside a range.

    Args:
        actual: call-offs, in pieces.
        low: the least value inside, of the same shape, in pieces.
        high: the largest value inside, of the same shape, in pieces.

    Returns:
        The share of pairs with low <= actual <= high, from 0 to 1.
    """
    actual, low, high = _checked(actual=actual, low=low, high=high)
    known = ~np.isnan(actual + low + high)
    return _mean(np.where(known, (low <= actual) & (actual <= high), np.nan))


def _checked(**values: Any) -> list[Values]:
    """The arrays as float64. Raises CalloffError unless they are numbers of one shape."""
    require(arrays(**values))
    return [np.asarray(value, dtype=np.float64) for value in values.values()]


def _mean(values: Values) -> float:
    return float(np.mean(values)) if np.size(values) else float("nan")
