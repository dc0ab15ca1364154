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

WEEK = 7  # days
PLANS = 5  # the last plans say what the customer's period is
STALE_SHARE = 0.9  # of the comparable parts repeat every quantity


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


def cadence(days: Days, leads: NDArray[np.int64], quantity: Quantity) -> int:
    """Find the period in which a customer plans.

    Args:
        days: issue days (K), rising.
        leads: calendar days ahead (L), rising.
        quantity: pieces (P, K, L), by part, issue day and lead.

    Returns:
        7 where all target days of the last plans lie whole weeks apart, so that a quantity is that
        of its week; else 1.
    """
    sent = ~np.isnan(quantity[:, -PLANS:]).all(axis=0)
    issue, lead = np.nonzero(sent)
    targets = np.unique(days[-PLANS:][issue] + leads[lead].astype("timedelta64[D]"))
    apart = np.diff(targets).astype(np.int64)
    return WEEK if len(apart) and not (apart % WEEK).any() else 1


def stale_days(quantity: Quantity) -> Mask:
    """Whether issue days (K) repeat the one before, from ``quantity`` in pieces (P, K, L): over the
    parts that have a plan on both days and are not all zero on both, at least STALE_SHARE repeat
    every quantity to the digit."""
    stale = np.zeros(quantity.shape[1], dtype=bool)
    for day in range(1, quantity.shape[1]):
        before, today = quantity[:, day - 1], quantity[:, day]
        both = ~np.isnan(before).all(axis=1) & ~np.isnan(today).all(axis=1)
        some = (np.nan_to_num(before) != 0).any(axis=1) | (np.nan_to_num(today) != 0).any(axis=1)
        same = ((before == today) | (np.isnan(before) & np.isnan(today))).all(axis=1)
        count = int((both & some).sum())
        stale[day] = count > 0 and int((both & some & same).sum()) >= STALE_SHARE * count
    return stale


def first_days(sent: Mask) -> NDArray[np.int64]:
    """The first day of each row that is ``sent`` (N, K), by its index (N); K where none is."""
    if not sent.shape[1]:
        return np.zeros(len(sent), np.int64)
    return np.where(np.logical_or.reduce(sent, axis=1), sent.argmax(axis=1), sent.shape[1])
