"""What is usual over what is planned: for all parts together, and for each line.

Dimensions: P parts, N days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity
from calloff.features.peers import peers_of

Index = NDArray[np.int64]

COMMON = 2.0  # parts of average size that belong to each line: one part alone says little
LIMITS = (1 / 3, 3.0)  # of a factor


def to_usual(smoothed: Quantity, plan: Quantity, pooled: NDArray[np.bool_]) -> float:
    """Find the factor that brings a plan to the usual total of a day.

    Args:
        smoothed: usual call-offs (P), in pieces.
        plan: pieces planned (P).
        pooled: parts that count (P).

    Returns:
        A factor within LIMITS; 1 where nothing is planned.
    """
    both = pooled & ~np.isnan(smoothed) & ~np.isnan(plan)
    total = float(plan[both].sum())
    return float(np.clip(smoothed[both].sum() / total, *LIMITS)) if total > 0 else 1.0


def line_factors(
    usual: Quantity, planned: Quantity, past: Past, parts: Index | None = None
) -> Quantity:
    """What is usual over what is planned, for each part together with its peers.

    Args:
        usual: pieces (N, P).
        planned: pieces (N, P); a part without one of both counts for nothing.
        past: whose peers they are.
        parts: the places of those that are wanted; by default all.

    Returns:
        Factors (N, P), within LIMITS; 1 where nothing is planned.
    """
    both, pooled = ~np.isnan(usual) & ~np.isnan(planned), past.pooled
    # (P, 2 N): what is usual on all days, then what is planned
    values = np.where(both, [usual, planned], 0.0).reshape(2 * len(usual), len(pooled)).T
    peers = peers_of(past) if parts is None else peers_of(past).of(parts)
    common = COMMON / max(int(pooled.sum()), 1) * values[pooled].sum(axis=0)
    line = peers.total(values, None if parts is None else values[parts]) + common
    above, below = line.T.reshape(2, len(usual), len(peers.weight))
    ratio = above / np.where(below > 0, below, 1.0)
    return np.where(below > 0, np.clip(ratio, *LIMITS), 1.0)


def line_factor(usual: Quantity, planned: Quantity, past: Past) -> Quantity:
    """The same for one day.

    Args:
        usual: pieces (P).
        planned: pieces (P).
        past: whose peers they are.

    Returns:
        Factors (P).
    """
    return np.asarray(line_factors(usual[None], planned[None], past)[0])
