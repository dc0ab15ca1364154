"""Plans of weeks: a triangle whose days are Mondays and whose leads are whole weeks.

Dimensions: P parts, K weeks of issue, L leads in days (7 for each week).
"""

from __future__ import annotations

import numpy as np

from calloff.data.building import triangle_of
from calloff.data.cleaning import Cleaned, natural
from calloff.data.days import WEEK, Days
from calloff.data.reading import Reading
from calloff.data.reading.plans import Index
from calloff.data.triangle import Triangle

LONGEST = 53  # weeks ahead


def monday(days: Days) -> Days:
    """The Mondays of the weeks (ISO 8601) that ``days`` lie in."""
    found: Days = days - ((days.astype(np.int64) + 3) % WEEK)  # 1970-01-01 was a Thursday
    return found


def build_weeks(reading: Reading, cleaned: Cleaned) -> Triangle | None:
    """Lay out the quantities of weeks.

    Of several plans issued in one week the last one counts for the weeks to come, and the first one
    for the week itself: later ones hold only what is left of it. Where plans of days are known too,
    the week's call-off is their sum.

    Args:
        reading: what was read.
        cleaned: the plans of days among it.

    Returns:
        The triangle; None without quantities of weeks.
    """
    buckets = reading.buckets.take(reading.buckets.days == WEEK)
    if not len(buckets):
        return None
    issued = monday(buckets.issued.astype("datetime64[D]"))
    lead = (monday(buckets.start) - issued).astype(np.int64)
    kept = (lead >= 0) & (lead <= WEEK * LONGEST)
    buckets, issued, lead = buckets.take(kept), issued[kept], lead[kept]
    parts = tuple(sorted(set(buckets.part.tolist()), key=natural))
    weeks, leads = np.unique(issued), np.unique(np.append(lead, 0))
    place = {name: at for at, name in enumerate(parts)}
    row = np.array([place[name] for name in buckets.part.tolist()], dtype=np.int64)
    quantity = np.full((len(parts), len(weeks), len(leads)), np.nan)
    order = _by_time(buckets.issued, lead)
    at = (row[order], np.searchsorted(weeks, issued[order]), np.searchsorted(leads, lead[order]))
    quantity[at] = buckets.quantity[order]  # of equal places the last one stays
    _called_off(cleaned, parts, weeks, quantity)
    return triangle_of(cleaned, parts, weeks, leads, quantity)


def _by_time(issued: Days, lead: Index) -> Index:
    """An order in which the plan that counts comes last: the newest, and for the week itself the
    oldest."""
    seconds = issued.astype("datetime64[s]").astype(np.int64)
    return np.argsort(np.where(lead == 0, -seconds, seconds), kind="stable")


def _called_off(
    cleaned: Cleaned, parts: tuple[str, ...], weeks: Days, quantity: np.ndarray
) -> None:
    """Sums of a week's call-offs where all of its issue days are known."""
    plans = cleaned.plans
    if not len(plans) or plans.leads[0] != 0:
        return
    day = plans.issued.astype("datetime64[D]")
    week, place = monday(day), {name: at for at, name in enumerate(parts)}
    for part, at in place.items():
        own = np.flatnonzero(plans.part == part)
        for number, start in enumerate(weeks):
            rows = own[week[own] == start]
            if len(set(day[rows].tolist())) == WEEK:
                quantity[at, number, 0] = plans.quantity[rows, 0].sum()
