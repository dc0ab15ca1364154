"""What was called off, where plans do not hold the day itself: from the calls of the day, from what
was received, from the supplier's shipments, or from the plan of the eve.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from calloff.data.reading.plans import BY_PLAN, Plans

PLAN, CALLS, RECEIPTS, SHIPMENTS, EVE = "plan", "calls", "receipts", "shipments", "eve"
STEPS_BACK = 10  # issue days that the plan of the eve may be old

Key = tuple[str, str, str, np.datetime64]  # part, plant, customer, day
Pieces = Mapping[Key, float]


@dataclass(frozen=True)
class Called:
    """What is known of call-offs beside the plans.

    Attributes:
        calls: calls of the day (862, DELJIT): pieces by part, plant, customer and day.
        receipts: pieces that the customer received, by differences of its running totals.
        shipments: pieces that the supplier shipped.
    """

    calls: Pieces = field(default_factory=dict)
    receipts: Pieces = field(default_factory=dict)
    shipments: Pieces = field(default_factory=dict)


def fill_today(plans: Plans, called: Called) -> tuple[Plans, str]:
    """Fill in what was called off on each issue day.

    Args:
        plans: as sent; where one holds the day itself, that stays unless there are calls of it.
        called: what is known beside them.

    Returns:
        The plans, with days added that only calls know, and where call-offs are from, which is one
        of "plan", "calls", "receipts", "shipments" and "eve" (the last plan sent before the day).
    """
    if not len(plans):
        return plans, PLAN
    plans = _with_lead_0(plans)
    if called.calls:
        return _filled(plans, _named_alike(plans, called.calls)), CALLS
    if not np.isnan(plans.quantity[:, 0]).all():
        return plans, PLAN
    for source, pieces in ((RECEIPTS, called.receipts), (SHIPMENTS, called.shipments)):
        if pieces:
            return _filled(plans, _named_alike(plans, pieces)), source
    return _from_eve(plans), EVE


def _with_lead_0(plans: Plans) -> Plans:
    if plans.leads[0] == 0:
        return plans
    none = np.full((len(plans), 1), np.nan)
    both = [np.hstack([none, each]) for each in (plans.quantity, plans.slots)]
    leads, status = np.append(0, plans.leads), np.pad(plans.status, ((0, 0), (1, 0)))
    return replace(plans, leads=leads, quantity=both[0], slots=both[1], status=status)


def _named_alike(plans: Plans, pieces: Pieces) -> dict[Key, float]:
    """Pieces under the plant and customer of the plans, where they name none themselves and their
    part has just one."""
    whose: dict[str, set[tuple[str, str]]] = {}
    for part, plant, customer in zip(plans.part, plans.plant, plans.customer, strict=True):
        whose.setdefault(part, set()).add((plant, customer))
    found: dict[Key, float] = {}
    for (part, plant, customer, day), value in pieces.items():
        known = whose.get(part, {(plant, customer)})
        fits = [each for each in known if (plant or each[0], customer or each[1]) == each]
        plant, customer = fits[0] if len(fits) == 1 else (plant, customer)
        key = (part, plant, customer, day)
        found[key] = found.get(key, 0.0) + value
    return found


def _filled(plans: Plans, pieces: Pieces) -> Plans:
    """Today's quantities from ``pieces``; 0 for parts that they do not name on a day on which they
    name others of the same customer and plant."""
    quantity = plans.quantity.copy()
    day = plans.issued.astype("datetime64[D]")
    told = {key[1:] for key in pieces}
    used: set[Key] = set()
    for row in range(len(plans)):
        key = (plans.part[row], plans.plant[row], plans.customer[row], day[row])
        if key in pieces:
            used.add(key)
        if key[1:] in told:
            quantity[row, 0] = pieces.get(key, 0.0)
    rest = [key for key in pieces if key not in used]
    filled = replace(plans, quantity=quantity)
    return _added(filled, rest, pieces) if rest else filled


def _added(plans: Plans, keys: list[Key], pieces: Pieces) -> Plans:
    """Plans of the day alone, for days on which nothing else was sent."""
    n, width = len(keys), len(plans.leads)
    quantity = np.full((n, width), np.nan)
    quantity[:, 0] = [pieces[key] for key in keys]
    none = np.zeros(n, dtype=np.int64)
    names = [np.array([key[at] for key in keys], dtype=object) for at in range(3)]
    more = {
        "part": names[0], "plant": names[1], "customer": names[2], "quantity": quantity,
        "issued": np.array([key[3] for key in keys]).astype("datetime64[s]"),
        "slots": np.full((n, width), np.nan), "detail": none, "source": none, "row": none,
        "rows": none, "status": np.zeros((n, width), np.int8),
    }  # fmt: skip
    columns = {name: np.concatenate([getattr(plans, name), more[name]]) for name in BY_PLAN}
    return replace(plans, **columns)


def _from_eve(plans: Plans) -> Plans:
    """Today's quantities from the last plan of the same part that was sent before the day."""
    order = np.lexsort((plans.issued, plans.part, plans.plant, plans.customer))
    same = {name: getattr(plans, name)[order] for name in ("part", "plant", "customer")}
    day = plans.issued[order].astype("datetime64[D]")
    cells = plans.quantity[order]
    today = np.full(len(order), np.nan)
    for back in range(1, STEPS_BACK + 1):
        if back >= len(order):
            break
        here, there = slice(back, None), slice(None, -back)
        lag = (day[here] - day[there]).astype(np.int64)
        place = np.searchsorted(plans.leads, lag).clip(0, len(plans.leads) - 1)
        fits = (plans.leads[place] == lag) & (lag > 0) & np.isnan(today[here])
        for names in same.values():
            fits &= names[here] == names[there]
        found = cells[there][np.arange(len(lag)), place]
        today[here] = np.where(fits, found, today[here])
    quantity = plans.quantity.copy()
    quantity[order, 0] = today
    return replace(plans, quantity=quantity)
