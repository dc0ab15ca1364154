"""Running totals instead of quantities: found, and turned into their differences where declared.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.data.reading.plans import Mask, Plans

LEAST_ROWS = 10
LEAST_LEADS = 3
NEARLY_ALL = 0.98  # of the plans never fall
RISING = 0.5  # of them rise


def looks_cumulative(plans: Plans) -> bool:
    """Whether quantities are running totals: in nearly all plans they never fall with the days
    ahead, and from one issue day to the next they go on where they were."""
    known = ~np.isnan(plans.quantity)
    full = known.sum(axis=1) >= LEAST_LEADS
    if full.sum() < LEAST_ROWS:
        return False
    cells = plans.quantity[full]
    highest = np.fmax.accumulate(cells, axis=1)
    falls = np.nansum(cells < highest, axis=1) > 0
    rises = np.nanmax(cells, axis=1) > np.nanmin(cells, axis=1)
    if falls.mean() > 1 - NEARLY_ALL or rises.mean() < RISING:
        return False
    return _goes_on(plans)


def _goes_on(plans: Plans) -> bool:
    """Whether today's total never falls from one issue day to the next, and is about what was
    planned for today before: it differs by less than what a day adds."""
    order = np.lexsort((plans.issued, plans.plant, plans.customer, plans.part))
    part, cells = plans.part[order], plans.quantity[order]
    same = part[1:] == part[:-1]
    if not same.any():
        return True
    day = plans.issued[order].astype("datetime64[D]")
    gap = np.diff(day).astype(np.int64)
    column = np.searchsorted(plans.leads, gap).clip(0, len(plans.leads) - 1)
    first = int((~np.isnan(cells)).any(axis=0).argmax())
    today, before = cells[1:, first], cells[:-1][np.arange(len(gap)), column]
    step = (today - cells[:-1, first])[same]
    apart = np.abs(today - before)[same & (plans.leads[column] == gap + plans.leads[first])]
    added = np.diff(cells, axis=1)
    usual = np.nanmedian(added[added > 0]) if (added > 0).any() else 0.0
    rising = (step[~np.isnan(step)] >= 0).mean() >= NEARLY_ALL if len(step) else True
    known = apart[~np.isnan(apart)]
    return bool(rising and (not len(known) or np.median(known) <= usual))


def differences(plans: Plans) -> tuple[Plans, int]:
    """Turn running totals into quantities.

    Args:
        plans: with running totals.

    Returns:
        Plans of what each day adds to the day before it, and how many totals fell. Those are
        corrections, whose days are unknown. Today's quantity is the difference to the total of
        the issue day before, where that was yesterday.
    """
    totals = plans.quantity
    made = np.full(totals.shape, np.nan)
    near = np.diff(plans.leads) == 1
    made[:, 1:] = np.where(near, totals[:, 1:] - totals[:, :-1], np.nan)
    if plans.leads[0] == 0:
        made[:, 0] = totals[:, 0] - _yesterday(plans)
    fell: Mask = made < 0
    made[fell] = np.nan
    return replace(plans, quantity=made), int(fell.sum())


def _yesterday(plans: Plans) -> np.ndarray:
    """The total of the same part one issue day before (n); NaN where there is none."""
    found = np.full(len(plans), np.nan)
    day = plans.issued.astype("datetime64[D]")
    last: dict[tuple[object, ...], float] = {}
    for at in np.argsort(plans.issued, kind="stable").tolist():
        key = (plans.part[at], plans.plant[at], plans.customer[at])
        found[at] = last.get((*key, day[at] - np.timedelta64(1, "D")), np.nan)
        last[*key, day[at]] = plans.quantity[at, 0]
    return found
