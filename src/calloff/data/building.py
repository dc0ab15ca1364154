"""Plans to the triangle: laid out by part, issue day and lead, copies of the day before found.

Dimensions: P parts, K issue days, L leads.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.cleaning import Cleaned, natural
from calloff.data.days import Days, Quantity
from calloff.data.staleness import all_repeated, repeated_plans
from calloff.data.triangle import Triangle


def build_triangle(cleaned: Cleaned) -> Triangle:
    """Lay out the plans that ``cleaned`` holds by part, issue day and lead."""
    plans = cleaned.plans
    parts = tuple(sorted(set(plans.part.tolist()), key=natural))
    place = {name: index for index, name in enumerate(parts)}
    row = np.array([place[name] for name in plans.part], dtype=np.int64)
    days, column = np.unique(plans.issued.astype("datetime64[D]"), return_inverse=True)
    quantity = np.full((len(parts), len(days), len(plans.leads)), np.nan)
    quantity[row, column] = plans.quantity
    made = triangle_of(cleaned, parts, days, plans.leads, quantity)
    conflict, mismatch = np.zeros((2, len(parts), len(days)), dtype=bool)
    conflict[row, column] = cleaned.conflicts
    mismatch[row, column] = cleaned.mismatches.any(axis=1)
    return replace(made, conflict=conflict, mismatch=mismatch)


def triangle_of(
    cleaned: Cleaned, parts: tuple[str, ...], days: Days, leads: NDArray[np.int64],
    quantity: Quantity,
) -> Triangle:  # fmt: skip
    """A triangle of quantities that are laid out already, without conflicts.

    Args:
        cleaned: what they were made of.
        parts: their names (P).
        days: issue days (K), rising.
        leads: calendar days ahead (L), rising.
        quantity: pieces (P, K, L).

    Returns:
        The triangle, its copies of the day before found.
    """
    sources = tuple(cleaned.sources.get(part, "") for part in parts)
    repeated = repeated_plans(quantity, sources)
    stale = all_repeated(quantity, repeated)
    none = np.zeros(quantity.shape[:2], dtype=bool)
    hide = cleaned.policy.conflicts == "quarantine"
    return Triangle(parts, days, leads, quantity, stale, none, none, hide,
                    repeated=repeated & ~stale, sources=sources, lost=cleaned.lost,
                    frames=cleaned.frames)  # fmt: skip
