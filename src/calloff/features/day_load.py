"""How much of a full day target days were planned to be: 1 for a full one, 0 for an idle one.

A day that is planned to be half a full one has half the usual error, an idle one none.
Dimensions: T origins of hindcasts, N target days asked for, or sets of such days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calloff.data.triangle import Past, Quantity, Query, as_days
from calloff.features.day_totals import day_totals
from calloff.rolling.evidence import Evidence
from calloff.rolling.hindcasts import Hindcasts


@dataclass(frozen=True)
class DayLoads:
    """How much of a full day target days were planned to be, from 0 to 1.

    Attributes:
        past: of the target days of hindcasts (T).
        ahead: of those asked for (N).
    """

    past: Quantity
    ahead: Quantity


def day_loads(evidence: Evidence) -> DayLoads:
    """The day loads of the target days of ``evidence``; the mean where several are asked for
    together."""
    hindcasts = evidence.hindcasts
    together = len(evidence.queries[0]) > 1
    past = _of_periods(hindcasts) if together else _of_days(hindcasts)
    return DayLoads(past, np.array([_load(hindcasts.now, each) for each in evidence.queries]))


def _of_days(hindcasts: Hindcasts) -> Quantity:
    """Of single past target days (T), as planned on the newest fresh day at their origin."""
    now = hindcasts.now
    totals = day_totals(now)
    cutoffs = hindcasts.days - as_days(hindcasts.spec.lead)
    origins = np.searchsorted(now.days, cutoffs, "right") - 1
    pairs = zip(origins.tolist(), hindcasts.plan, strict=True)
    return np.array([totals.load(origin, plan) for origin, plan in pairs])


def _of_periods(hindcasts: Hindcasts) -> Quantity:
    return np.array([_load(each.past, each.queries) for each in hindcasts.origins])


def _load(past: Past, queries: Sequence[Query]) -> float:
    if not len(past.days):
        return 1.0
    totals, day = day_totals(past), len(past.days) - 1
    return float(np.mean([totals.load(day, query.plan) for query in queries]))
