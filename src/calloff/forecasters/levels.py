"""What is usual over what is planned: for all parts together, and for each line.

Dimensions: P parts.
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


def line_factor(
    usual: Quantity, planned: Quantity, past: Past, parts: Index | None = None
) -> Quantity:
    """What is usual over what is planned, for each part together with its peers.

    Args:
        usual: pieces (P).
        planned: pieces (P); a part without one of both counts for nothing.
        past: whose peers they are.
        parts: the places of those that are wanted; by default all.

    Returns:
        Factors (P), within LIMITS; 1 where nothing is planned.
    """
    both = ~np.isnan(usual) & ~np.isnan(planned)
    values = np.where(both, np.stack([usual, planned]), 0.0).T
    together = values[past.pooled].sum(axis=0)
    line = peers_of(past).total(values, parts) + COMMON / max(int(past.pooled.sum()), 1) * together
    ratio = line[:, 0] / np.where(line[:, 1] > 0, line[:, 1], 1.0)
    return np.where(line[:, 1] > 0, np.clip(ratio, *LIMITS), 1.0)
