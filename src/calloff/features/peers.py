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

from calloff.data.memo import Shared
from calloff.data.triangle import Past, Quantity

LEADERS = 256  # at most; fewer for very many parts, so that
WEIGHTS = 1 << 20  # at most so many weights are kept for a day
DAYS = 40  # fresh days whose changes are looked at
PRIOR_STRENGTH = 2.0  # changes of 100 % that count against similarity until there is evidence

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Peers(Shared):
    """For each part (P) those that move alike, among M leaders.

    Attributes:
        leaders: indices of the leaders (M).
        weight: of each leader for each part (P, M), from 0 to 1; 0 for parts that do not move
            alike, and for a leader with itself.
    """

    leaders: NDArray[np.int64]
    weight: Floats

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.leaders.nbytes + self.weight.nbytes

    def total(self, values: Quantity, parts: NDArray[np.int64] | None = None) -> Quantity:
        """Sums over a part and its peers, of all parts or some.

        Args:
            values: without gaps (P, N).
            parts: the places of those that are wanted.

        Returns:
            A row for each of them.
        """
        weight, own = (
            (self.weight, values) if parts is None else (self.weight[parts], values[parts])
        )
        return np.asarray(own + weight @ values[self.leaders].astype(np.float32))


def peers_of(past: Past) -> Peers:
    """The peers of the parts of a ``past``, by the changes that its last plans brought."""
    return past.memo.get("peers", past.key, lambda: _peers(past))


def _peers(past: Past) -> Peers:
    plans, days = past.quantity[:, -DAYS:], past.days[-DAYS:]
    size = np.nansum(plans, axis=(1, 2)) / max(plans[:1].size, 1)
    gaps = np.diff(days).astype(np.int64)
    each = [_changes(past, int(gap), np.flatnonzero(gaps == gap), size) for gap in np.unique(gaps)]
    changes = np.concatenate([np.zeros((len(size), 0), np.float32), *each], axis=1)
    return find_peers(changes, size, past.pooled)


def _changes(past: Past, gap: int, places: NDArray[np.int64], size: Quantity) -> Floats:
    """How plans differ from those ``gap`` days before them, relative (P, N); places: of the plans
    before, among the last ones."""
    common = np.flatnonzero(np.isin(past.leads + gap, past.leads))
    earlier = np.searchsorted(past.leads, past.leads[common] + gap)
    plans = past.quantity[:, -DAYS:]
    before = plans[:, places[:, None], earlier].reshape(len(size), -1).astype(np.float32)
    after = plans[:, places[:, None] + 1, common].reshape(len(size), -1).astype(np.float32)
    return relative_change(before, after, size[:, None].astype(np.float32))


def relative_change(before: Floats, after: Floats, size: Floats) -> Floats:
    """How plans were changed, relative to their size.

    A tenth of the part's size is added to the denominator, so that small plans do not count too
    much.

    Args:
        before: the plans before (P, N), in pieces.
        after: the plans after (P, N), in pieces.
        size: of the parts (P, 1), in pieces.

    Returns:
        Changes (P, N), from -1 to 1; 0 where one of the plans is missing or nothing was planned.
    """
    middle = (before + after) / 2 + 0.1 * size
    return np.nan_to_num(np.clip((after - before) / np.where(middle > 0, middle, 1.0), -1.0, 1.0))


def find_peers(changes: Floats, size: Quantity, pooled: NDArray[np.bool_]) -> Peers:
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
        return Peers(leaders, np.zeros((len(size), len(leaders)), np.float32))
    own = changes - np.median(changes[pooled], axis=0)
    length = np.sqrt((own**2).sum(axis=1) + np.float32(PRIOR_STRENGTH))
    cosine = own @ own[leaders].T / length[:, None] / length[leaders]  # (P, M)
    weight: Floats = np.square(np.maximum(cosine, np.float32(0)))
    weight[leaders, np.arange(len(leaders))] = 0.0
    return Peers(leaders, weight)


def _leaders(size: Quantity, pooled: NDArray[np.bool_]) -> NDArray[np.int64]:
    ranked = np.sort(size[pooled])[::-1]
    most = min(LEADERS, max(WEIGHTS // max(len(size), 1), 1))
    if len(ranked) <= most:
        return np.flatnonzero(pooled)
    least = ranked[most - 1]
    equal = pooled & (size >= least)
    return np.flatnonzero(equal if equal.sum() <= 2 * most else pooled & (size > least))
