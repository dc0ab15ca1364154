"""The levels at which quantiles are learned, and straight lines between them.

Dimensions: K levels of ``LEVELS``, Q levels asked for, P parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calloff.data.triangle import Quantity

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def at_levels(values: Quantity, levels: Sequence[float] | Quantity) -> Quantity:
    """Interpolate on straight lines between LEVELS.

    Args:
        values: at LEVELS (K, P), in any unit.
        levels: Q levels between 0 and 1.

    Returns:
        Values at these levels (Q, P), beyond the ends of LEVELS as there.
    """
    place = np.interp(levels, LEVELS, np.arange(len(LEVELS), dtype=float))
    low = np.minimum(place.astype(np.int64), len(LEVELS) - 2)
    share = (place - low)[:, None]
    return np.asarray((1 - share) * values[low] + share * values[low + 1])
