"""Days that a sent plan does not list, in tables with one row for each quantity.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calloff.data.reading.plans import BY_PLAN, Index, Mask, Plans

LEAST = 20  # quantities without a single 0


@dataclass(frozen=True)
class Unlisted:
    """What was filled up.

    Attributes:
        cells: quantities that are 0 because a plan does not list them.
        plans: plans that are all 0 because the customer's plan of that day lists no row of them.
        found: whether this was found from the quantities, rather than declared.
    """

    cells: int = 0
    plans: int = 0
    found: bool = False


def lists_no_zeros(plans: Plans) -> bool:
    """Whether what is not listed is 0: no quantity is, although days are missing.

    Args:
        plans: of tables with a row for each quantity.

    Returns:
        Whether days without a row can be taken for 0.
    """
    known = ~np.isnan(plans.quantity)
    return bool(known.sum() >= LEAST and (plans.quantity[known] > 0).all() and not known.all())


def fill_unlisted(plans: Plans, which: Mask, found: bool) -> tuple[Plans, Unlisted]:
    """Fill up plans with 0 as far ahead as plans of the same customer and plant reach.

    Args:
        plans: all plans.
        which: those that are filled up (n).
        found: whether this was found rather than declared.

    Returns:
        The plans, with those added of which a day's plan lists no row, and what was filled up.
    """
    quantity, added = plans.quantity.copy(), []
    for rows in _sources(plans, which):
        reach = ~np.isnan(plans.quantity[rows]).all(axis=0)
        horizon = reach & (plans.leads <= plans.leads[reach].max(initial=0))
        empty = np.isnan(quantity[rows]) & horizon
        quantity[rows] = np.where(empty, 0.0, quantity[rows])
        added.append(_absent(plans, rows, horizon))
    cells = int((~np.isnan(quantity)).sum() - (~np.isnan(plans.quantity)).sum())
    more = [each for each in added if len(each)]
    filled = replace(plans, quantity=quantity)
    count = sum(map(len, more))
    return _stacked([filled, *more]), Unlisted(cells, count, found)


def _sources(plans: Plans, which: Mask) -> list[Index]:
    keys: dict[tuple[object, object], list[int]] = {}
    for row in np.flatnonzero(which).tolist():
        keys.setdefault((plans.customer[row], plans.plant[row]), []).append(row)
    return [np.array(rows) for rows in keys.values()]


def _absent(plans: Plans, rows: Index, horizon: Mask) -> Plans:
    """Plans of 0 for parts that were planned before, on days whose plan has no row of them."""
    day = plans.issued[rows].astype("datetime64[D]")
    days, place = np.unique(day, return_inverse=True)
    last = np.array([rows[place == at][np.argmax(plans.issued[rows[place == at]])]
                     for at in range(len(days))])  # fmt: skip
    names, part = np.unique(plans.part[rows].astype(str), return_inverse=True)
    sent = np.zeros((len(names), len(days)), dtype=bool)
    sent[part, place] = True
    one, at = np.nonzero(~sent & np.maximum.accumulate(sent, axis=1))
    like = plans.take(last[at])
    zero = np.where(horizon, 0.0, np.nan) * np.ones((len(at), 1))
    none = np.zeros(len(at), dtype=np.int64)
    nothing = {"slots": np.full(zero.shape, np.nan), "status": np.zeros(zero.shape, np.int8)}
    return replace(like, part=names[one].astype(object), quantity=zero, rows=none, detail=none,
                   **nothing)  # fmt: skip


def _stacked(parts: Sequence[Plans]) -> Plans:
    columns = {name: np.concatenate([getattr(each, name) for each in parts]) for name in BY_PLAN}
    return replace(parts[0], **columns)
