"""Running totals instead of quantities: found, and turned into their differences where declared.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.data.reading.cells import Values
from calloff.data.reading.plans import Mask, Plans, numbered

LEAST_ROWS = 5
LEAST_STEPS = 20  # from one day ahead to the next, in all plans
NEARLY_ALL = 0.98  # of the plans never fall
RISING = 0.5  # of them rise
GROWING = 0.3  # of what a day ahead adds is added from one issue day to the next, at least
NEARER = 0.7  # of them are nearer to what sums from the day on would be
RESTARTS = 0.05  # of the days may be such on which totals begin anew
GOING_ON = 0.8  # of today's totals are no smaller than those of the issue day before: some restart


def looks_cumulative(plans: Plans) -> bool:
    """Whether quantities are running totals.

    Args:
        plans: of one way of writing.

    Returns:
        Whether in nearly all plans they never fall with the days ahead, and from one issue day to
        the next they go on where they were.
    """
    plans = _without_restarts(plans)
    return _never_fall(plans) and _goes_on(plans)


def looks_summed(plans: Plans) -> bool:
    """Whether quantities are sums from each issue day on.

    Args:
        plans: of one way of writing.

    Returns:
        Whether in nearly all plans they never fall with the days ahead, and from one issue day to
        the next most of them fall by what that day's plan begins with.
    """
    plans = _without_restarts(plans)
    if not _never_fall(plans):
        return False
    order = np.lexsort((plans.issued, *map(numbered, (plans.plant, plans.customer, plans.part))))
    part = numbered(plans.part)[order]
    cells = plans.quantity[order]
    gap = np.diff(plans.issued[order].astype("datetime64[D]")).astype(np.int64)
    copied = ((cells[1:] == cells[:-1]) | np.isnan(cells[1:])).all(axis=1)
    follows = (part[1:] == part[:-1]) & (gap == 1) & ~copied
    at = np.flatnonzero(np.diff(plans.leads) == 1)
    before, first = cells[:-1][follows][:, at + 1], cells[:-1][follows][:, :1]
    after = cells[1:][follows][:, at]
    moved = ~np.isnan(before + after + first) & (before > 0) & (first > 0)
    if moved.sum() < LEAST_STEPS:
        return False
    anew, as_they_are = np.abs(after - (before - first)), np.abs(after - before)
    return bool((anew < as_they_are)[moved].mean() >= NEARER)


def _without_restarts(plans: Plans) -> Plans:
    """Plans without those in which totals fall to begin anew, as at the turn of a year or month:
    on few target days, the same for all."""
    falls = plans.quantity[:, 1:] < plans.quantity[:, :-1]
    day = plans.issued.astype("datetime64[D]").astype(np.int64)
    most = max(1, RESTARTS * len(np.unique(day)))
    found = set[int]()
    for column, lead in enumerate(plans.leads[1:].tolist()):
        found.update(np.unique(day[falls[:, column]] + lead).tolist())
        if len(found) > most:  # nearly always told by the first columns
            return plans
    return plans.take(~falls.any(axis=1)) if found else plans


def _never_fall(plans: Plans) -> bool:
    """Whether in nearly all plans quantities never fall with the days ahead, and in many rise."""
    known = ~np.isnan(plans.quantity)
    count = known.sum(axis=1)
    full = count >= 2
    if full.sum() < LEAST_ROWS or (count[full] - 1).sum() < LEAST_STEPS:
        return False
    cells = plans.quantity[full]
    falls = (cells[:, 1:] < cells[:, :-1]).any(axis=1)  # quick, and tells of nearly all tables
    if falls.mean() > 1 - NEARLY_ALL:
        return False
    highest = np.fmax.accumulate(cells, axis=1)
    falls = np.nansum(cells < highest, axis=1) > 0
    rises = np.nanmax(cells, axis=1) > np.nanmin(cells, axis=1)
    return bool(falls.mean() <= 1 - NEARLY_ALL and rises.mean() >= RISING)


def _goes_on(plans: Plans) -> bool:
    """Whether today's total hardly ever falls from one issue day to the next, and is about what was
    planned for today before: it differs by less than what a day adds."""
    order = np.lexsort((plans.issued, *map(numbered, (plans.plant, plans.customer, plans.part))))
    part = numbered(plans.part)[order]
    cells = plans.quantity[order]
    same = part[1:] == part[:-1]
    if not same.any():
        return True
    gap = np.diff(plans.issued[order].astype("datetime64[D]")).astype(np.int64)
    first = int((~np.isnan(cells)).any(axis=0).argmax())
    step = (cells[1:, first] - cells[:-1, first])[same]
    column = np.searchsorted(plans.leads, gap + plans.leads[first]).clip(0, len(plans.leads) - 1)
    before = cells[:-1][np.arange(len(gap)), column]
    met = same & (plans.leads[column] == gap + plans.leads[first])
    apart = np.abs(cells[1:, first] - before)[met]
    added = np.diff(cells, axis=1)
    return _rise(step, added) and _are_near(apart, added)


def _rise(step: Values, added: Values) -> bool:
    """Whether today's total hardly ever falls, and grows by as much as the days ahead add."""
    known, ahead = step[~np.isnan(step)], added[~np.isnan(added)]
    if not len(known):
        return True
    grows = np.median(known) >= GROWING * np.median(ahead) and (known > 0).any()
    return bool((known >= 0).mean() >= GOING_ON and grows)


def _are_near(apart: Values, added: Values) -> bool:
    known = apart[~np.isnan(apart)]
    usual = np.median(added[added > 0]) if (added > 0).any() else 0.0
    return not len(known) or bool(np.median(known) <= usual)


def differences(plans: Plans, anew: Mask) -> tuple[Plans, int]:
    """Turn running totals into quantities.

    Args:
        plans: with running totals.
        anew: which of them begin at 0 on their issue day (n).

    Returns:
        Plans of what each day adds to the day before it, and how many totals fell. Those are
        corrections, whose days are unknown. Today's quantity is the difference to the total of
        the issue day before, where that was yesterday; in those that begin anew, the first total.
    """
    totals = plans.quantity
    made = np.full(totals.shape, np.nan)
    near = np.diff(plans.leads) == 1
    made[:, 1:] = np.where(near, totals[:, 1:] - totals[:, :-1], np.nan)
    if plans.leads[0] == 0:
        made[:, 0] = totals[:, 0] - np.where(anew, 0.0, _yesterday(plans))
    elif plans.leads[0] == 1:
        made[anew, 0] = totals[anew, 0]
    fell: Mask = made < 0
    made[fell] = np.nan
    # After a single total that is too low the next one goes on from the one before it.
    alone = fell[:, 1:-1] & (totals[:, 2:] >= totals[:, :-2])
    made[:, 2:][alone] = np.nan
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
