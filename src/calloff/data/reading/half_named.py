"""Parts of which some plans name a plant or a customer and others none.

Dimensions: n plans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calloff.data.reading.plans import Plans
from calloff.texts.errors import Problem, Where


def half_named(plans: Plans, sheets: Sequence[tuple[str, str]]) -> tuple[Problem, ...]:
    """Find parts whose plans would be kept apart only since some name no plant or customer.

    Args:
        plans: of all files (n).
        sheets: file and sheet of each source.

    Returns:
        A warning each for plants and customers, where there are such parts.
    """
    found = []
    for what in ("plant", "customer"):
        blank = getattr(plans, what) == ""
        if not blank.any() or blank.all():
            continue
        both = set(plans.part[blank].tolist()) & set(plans.part[~blank].tolist())
        if both:
            row = int(np.flatnonzero(blank & np.isin(plans.part, sorted(both)))[0])
            file, sheet = sheets[plans.source[row]]
            facts = {"count": len(both), "part": plans.part[row]}
            where = Where(file, sheet, int(plans.row[row]))
            found.append(Problem(f"file.{what}_missing", where, facts))
    return tuple(found)
