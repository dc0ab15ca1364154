"""Which parts move together: the peers of a part are those whose plans were changed alike.

Parts of one line (or the left and right of a pair) share its shifts, stops and overtime, and no
column says so; but the customer revises their plans on the same days, by like amounts.

Dimensions: P parts, N changes, M leaders (the biggest parts; peers are sought among them only, so
that the cost grows with P and not with its square).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

LEADERS = 256
PRIOR_STRENGTH = (
    2.0  # changes of 100 % that count against similarity until there is evidence for it
)


@dataclass(frozen=True)
class Peers:
    """For each part (P) those that move alike, among M leaders.

    Attributes:
        leaders: indices of the leaders (M).
        weight: of each leader for each part (P, M), from 0 to 1; 0 for parts that do not move
            alike, and for a leader with itself.
    """

    leaders: NDArray[np.int64]
    weight: Values

    def total(self, values: Values) -> Values:
        """Sums over a part and its peers, from ``values`` (P, ...) without gaps."""
        return np.asarray(values + np.tensordot(self.weight, values[self.leaders], axes=1))


def relative_change(before: Values, after: Values, scale: Values) -> Values:
    """How plans were changed, relative to their size.

    A tenth of the part's scale is added to the denominator, so that small plans do not count too
    much.

    Args:
        before: the plans before (P), in pieces.
        after: the plans after (P), in pieces.
        scale: of the parts (P), in pieces.

    Returns:
        Changes (P), from -1 to 1; 0 where one of the plans is missing.
    """
    size = (before + after) / 2 + 0.1 * scale
    return np.nan_to_num(np.clip((after - before) / size, -1.0, 1.0))


def find_peers(changes: Values, size: Values, pooled: NDArray[np.bool_]) -> Peers:
    """Find peers by the squared cosine of their changes, where it is positive.

    What is common to all parts (the median over the pooled ones) is taken off first.

    Args:
        changes: relative changes of plans (P, N).
        size: mean quantity (P), by which the leaders are picked; of equally big parts all or none.
        pooled: parts that count in statistics over all parts (P).

    Returns:
        The peers.
    """
    leaders = _leaders(size, pooled)
    if not changes.shape[1] or not pooled.any():
        return Peers(leaders, np.zeros((len(size), len(leaders))))
    own = changes - np.median(changes[pooled], axis=0)
    length = np.sqrt((own**2).sum(axis=1) + PRIOR_STRENGTH)
    alike = own @ own[leaders].T / length[:, None] / length[leaders]  # (P, M)
    weight = np.maximum(alike, 0.0) ** 2
    weight[leaders, np.arange(len(leaders))] = 0.0
    return Peers(leaders, weight)


def _leaders(size: Values, pooled: NDArray[np.bool_]) -> NDArray[np.int64]:
    ranked = np.sort(size[pooled])[::-1]
    if len(ranked) <= LEADERS:
        return np.flatnonzero(pooled)
    least = ranked[LEADERS - 1]
    equal = pooled & (size >= least)
    return np.flatnonzero(equal if equal.sum() <= 2 * LEADERS else pooled & (size > least))
