"""Values by part, carried from one set of parts to another.

Dimensions: P parts that values are of, P' parts that they are wanted for.
"""

from __future__ import annotations

from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


def places(old: tuple[str, ...], new: tuple[str, ...]) -> Index:
    """Find parts among others.

    Args:
        old: names (P).
        new: names (P').

    Returns:
        For each of the new parts its place among the old ones (P'), -1 where it is not there.
    """
    if old == new:
        return np.arange(len(new))
    place = dict(zip(old, range(len(old)), strict=True))
    return np.fromiter(map(place.get, new, repeat(-1)), np.int64, len(new))


def placed(values: Floats, at: Index, missing: float = 0.0) -> Floats:
    """Take values at some places.

    Args:
        values: (..., P).
        at: places (P'); -1 for none.
        missing: what stands where there is none.

    Returns:
        Values (..., P').
    """
    if not values.shape[-1]:
        return np.full((*values.shape[:-1], len(at)), missing)
    return np.where(at >= 0, values[..., at], missing)
