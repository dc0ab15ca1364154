"""A past from one of its days on, as if the customer's history had begun there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.data.triangle import Past, Triangle


def since(past: Past, day: np.datetime64) -> Past:
    """Leave out of a past what was issued before a day.

    Args:
        past: what is known.
        day: one of its fresh days.

    Returns:
        The past of the same parts without these plans, which shares the memo. What they had that
        hides a part, or leaves it out of scores, goes on to do so.
    """
    fresh = slice(int(np.searchsorted(past.days, day)), None)
    known = _begun(past.known, int(np.searchsorted(past.known.days, day)))
    found = Past(past.cutoff, known)
    return past.memo.get("past", found.key, lambda: past.part(found, fresh))


def _begun(known: Triangle, first: int) -> Triangle:
    """The plans from the issue day with the index ``first`` on, as views. That day has the faults
    of those before, and whatever was known by then is there from it on."""
    conflict, mismatch = known.conflict[:, first:].copy(), known.mismatch[:, first:].copy()
    conflict[:, 0] |= known.conflict[:, :first].any(axis=1)
    mismatch[:, 0] |= known.mismatch[:, :first].any(axis=1)
    found = replace(
        known,
        days=known.days[first:],
        quantity=known.quantity[:, first:],
        stale=known.stale[first:],
        conflict=conflict,
        mismatch=mismatch,
        repeated=known.repeated[:, first:],
    )
    by_part, by_lead = known.first_sent
    found.__dict__["first_sent"] = np.maximum(by_part - first, 0), np.maximum(by_lead - first, 0)
    return found
