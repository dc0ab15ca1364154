"""Calendar days, and the one look-up of what was planned for a day so many days before.

Dimensions: K issue days, L leads, N look-ups.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from calloff.texts import arguments
from calloff.texts.arguments import require

Days = NDArray[np.datetime64]  # datetime64[D]
Quantity = NDArray[np.float64]
Mask = NDArray[np.bool_]

Day = np.datetime64 | date | str


def as_day(day: Day) -> np.datetime64:
    """Read a calendar day.

    Args:
        day: an ISO text, a date, or a time stamp.

    Returns:
        The day, without a time.

    Raises:
        CalloffError: it is no day.
    """
    require(arguments.day(day, "day"))
    return np.datetime64(day).astype("datetime64[D]")


def as_days(count: int) -> np.timedelta64:
    """A span of ``count`` calendar days, to be added to a day."""
    return np.timedelta64(int(count), "D")


def plans_as_sent(
    quantity: Quantity, days: Days, leads: NDArray[np.int64], issued: Days, target: Days
) -> Quantity:
    """Look up the plans of some issue days for some target days.

    Args:
        quantity: pieces (..., K, L), by issue day and lead.
        days: issue days (K), rising.
        leads: calendar days ahead (L), rising.
        issued: the issue day of the plan that is looked up (N).
        target: the day that it is looked up for (N).

    Returns:
        Pieces (..., N); NaN where no plan was issued on that day, or it does not reach the target.
    """
    if not len(days):
        return np.full((*quantity.shape[:-2], len(target)), np.nan)
    lag = (target - issued).astype("timedelta64[D]").astype(np.int64)
    row = np.searchsorted(days, issued).clip(0, len(days) - 1)
    column = np.searchsorted(leads, lag).clip(0, len(leads) - 1)
    known = (days[row] == issued) & (leads[column] == lag)
    return np.where(known, quantity[..., row, column], np.nan)
