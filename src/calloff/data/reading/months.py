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
    day = plans.issued.astype("datetime64[D]")
    found = set[object]()
    for column, lead in enumerate(plans.leads):
        targets = np.unique(
            day[~np.isnan(plans.quantity[:, column])] + np.timedelta64(int(lead), "D")
        )
        if (month_of(targets)[0] != targets).any():  # nearly always told by the first column
            return False
        found.update(targets.tolist())
    return len(found) >= LEAST
