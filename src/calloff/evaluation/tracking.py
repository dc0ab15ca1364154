"""Tracking signals: whether the errors of target days that follow each other lean to one side.

Dimensions: T target days, oldest first, on the last axis; any axes may stand before it. Errors are
plan - call-off (or forecast - call-off): above 0 too much. An error that is not known is NaN: its
day has no signal, and the days after it go on as if it were not there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calloff.texts.arguments import arrays, number, require

Values = NDArray[np.float64]
ALARM = 4.0  # mean absolute errors
SMOOTHING = 0.2


def tracking_signal(errors: ArrayLike) -> Values:
    """Tracking signal: cumulative error over mean absolute error.

    Args:
        errors: plan - call-off (..., T), in pieces.

    Returns:
        The signal after each day (..., T), above 0 where plans are too high, 0 while there are no
        errors. Beyond ``ALARM`` on either side it is taken for more than chance.

    Raises:
        CalloffError: the errors are no numbers.
    """
    require(arrays(errors=errors))
    error = np.asarray(errors, np.float64)
    known = ~np.isnan(error)
    total = np.cumsum(np.where(known, error, 0.0), axis=-1)
    size = np.cumsum(np.where(known, np.abs(error), 0.0), axis=-1)
    days = np.cumsum(known, axis=-1)
    signal = np.where(size > 0, total * days / np.where(size > 0, size, 1.0), 0.0)
    return np.where(known, signal, np.nan)


def trigg_signal(errors: ArrayLike, smoothing: float = SMOOTHING) -> Values:
    """Trigg's tracking signal: smoothed error over smoothed absolute error.

    Both start with the first error, so that the first signal is 1, -1 or (without an error) 0.

    Args:
        errors: plan - call-off (..., T), in pieces.
        smoothing: weight of the newest error, above 0 up to 1.

    Returns:
        The signal after each day (..., T), from -1 (all too low) to 1 (all too high).

    Raises:
        CalloffError: the errors are no numbers, or ``smoothing`` does not lie there.

    Source:
        Trigg (1964), "Monitoring a forecasting system".
    """
    require(arrays(errors=errors), number(smoothing, "smoothing", 1e-3, 1))
    error = np.asarray(errors, np.float64)
    signal = np.full(error.shape, np.nan)
    level, size = (np.full(error.shape[:-1], np.nan) for _ in range(2))
    for day in range(error.shape[-1]):
        now = error[..., day]
        level = _smoothed(level, now, smoothing)
        size = _smoothed(size, np.abs(now), smoothing)
        found = np.where(size > 0, level / np.where(size > 0, size, 1.0), 0.0)
        signal[..., day] = np.where(np.isnan(now), np.nan, found)
    return signal


def _smoothed(level: Values, now: Values, smoothing: float) -> Values:
    first = np.where(np.isnan(level), now, level)
    return np.where(np.isnan(now), level, smoothing * now + (1 - smoothing) * first)


def latest(signal: ArrayLike) -> Values:
    """The last known value of each ``signal`` (..., T) on the last axis (...); NaN where there is
    none."""
    values = np.asarray(signal, np.float64)
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    place = values.shape[-1] - 1 - (~np.isnan(values))[..., ::-1].argmax(axis=-1)
    return np.take_along_axis(values, place[..., None], axis=-1)[..., 0]
