"""How the plans of the horizons are correlated over all parts: the median of the parts.

Dimensions: P parts, F fresh days, k leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from calloff.analysis.correlation import MAX_LEAD
from calloff.data.triangle import Past, Quantity

FEWEST = 5  # pairs behind a part's coefficient


@dataclass(frozen=True)
class Horizons:
    """Correlations between the horizons.

    Attributes:
        leads: calendar days ahead (k).
        r: median over the parts of Pearson's r between the plans with two leads for the same target
            day (k, k), NaN where there is none.
        parts: number of parts behind it.
    """

    leads: tuple[int, ...]
    r: Quantity
    parts: int


def pooled(past: Past, max_lead: int = MAX_LEAD) -> Horizons | None:
    """Correlate the horizons on fresh days, for parts with at least FEWEST pairs.

    Args:
        past: what is known.
        max_lead: the longest lead, in calendar days.

    Returns:
        The correlations; None where there is nothing to compare.
    """
    leads = [lead for lead in past.leads.tolist() if lead <= max_lead]
    if len(past.days) < FEWEST or len(leads) < 2:
        return None
    views = [_view(past, lead) for lead in leads]
    r = np.full((len(leads), len(leads)), np.nan)
    behind = 0
    for a, one in enumerate(views):
        for b in range(a + 1):
            known = _pearson(one, views[b])
            known = known[~np.isnan(known)]
            if len(known):
                r[a, b] = r[b, a] = np.median(known)
                behind = max(behind, len(known))
    r.flags.writeable = False
    return Horizons(tuple(leads), r, behind)


def _view(past: Past, lead: int) -> Quantity:
    """What was planned for each fresh day ``lead`` days before it (P, F); NaN where unknown."""
    issued = past.days - np.timedelta64(lead, "D")
    place = np.searchsorted(past.days, issued).clip(0, len(past.days) - 1)
    plan = past.quantity[:, place, int(np.searchsorted(past.leads, lead))]
    return np.where(past.days[place] == issued, plan, np.nan)


def _pearson(x: Quantity, y: Quantity) -> Quantity:
    """Each part's r (P), over the days on which both are known."""
    both = ~np.isnan(x) & ~np.isnan(y)
    count = both.sum(axis=1)
    dx, dy = _centred(x, both, count), _centred(y, both, count)
    scale = np.sqrt((dx * dx).sum(axis=1) * (dy * dy).sum(axis=1))
    sound = (count >= FEWEST) & (scale > 0)
    r = (dx * dy).sum(axis=1) / np.where(sound, scale, 1.0)
    return np.where(sound, r, np.nan)


def _centred(values: Quantity, both: Any, count: Any) -> Quantity:
    kept = np.where(both, values, 0.0)
    mean = kept.sum(axis=1) / np.maximum(count, 1)
    return np.where(both, kept - mean[:, None], 0.0)
