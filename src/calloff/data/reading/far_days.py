"""Issue days far from all others, as where a year is mistyped.

Dimensions: n plans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calloff.data.reading.plans import Plans
from calloff.texts.errors import Problem, Where

YEAR = 366  # days
LEAST_DAYS = 5  # of all others
MOST_DAYS = 2  # that lie far from them


def far_days(plans: Plans, sheets: Sequence[tuple[str, str]]) -> tuple[Problem, ...]:
    """Find issue days more than a year before or after all others.

    Args:
        plans: of all files (n).
        sheets: file and sheet of each source.

    Returns:
        A warning for each side on which there are one or two such days.
    """
    day = plans.issued.astype("datetime64[D]")
    days = np.unique(day)
    cuts = (np.flatnonzero(np.diff(days).astype(np.int64) > YEAR) + 1).tolist()
    before = [(days[:cut], days[cut:]) for cut in cuts[::-1] if cut <= MOST_DAYS]
    after = [(days[cut:], days[:cut]) for cut in cuts if len(days) - cut <= MOST_DAYS]
    found = []
    for far, rest in (*before[:1], *after[:1]):
        if len(rest) < LEAST_DAYS:
            continue
        rows = np.flatnonzero(np.isin(day, far))
        facts = {
            "count": len(rows),
            "day": ", ".join(map(str, far)),
            "span": f"{rest[0]} - {rest[-1]}",
        }
        file, sheet = sheets[plans.source[rows[0]]]
        where = Where(file, sheet, int(plans.row[rows[0]]))
        found.append(Problem("file.far_days", where, facts))
    return tuple(found)
