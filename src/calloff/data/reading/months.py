"""Months: the days that they have, and plans whose days are the first of each.

Dimensions: n quantities or plans, L leads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.plans import Index, Plans

LEAST = 3  # months


def month_of(day: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], Index]:
    """The months of some days.

    Args:
        day: the days, of any shape; NaT where none is known.

    Returns:
        The first day of each, and how many days it has; 1 where none is known.
    """
    month = day.astype("datetime64[M]")
    start = month.astype("datetime64[D]")
    after = (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    days = np.where(np.isnat(start), 1, (after - start).astype(np.int64))
    return start, days


def looks_monthly(plans: Plans) -> bool:
    """Whether all quantities are for first days of months, of several ones: then they are those of
    the months.

    Args:
        plans: of one sheet.

    Returns:
        Whether they may be months.
    """
    row, column = np.nonzero(~np.isnan(plans.quantity))
    lead = plans.leads[column].astype("timedelta64[D]")
    targets = np.unique(plans.issued[row].astype("datetime64[D]") + lead)
    firsts = targets == targets.astype("datetime64[M]").astype("datetime64[D]")
    return len(targets) >= LEAST and bool(firsts.all())
