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
from calloff.features.stats import medians

LEADERS = 256  # at most; fewer for very many parts, so that
WEIGHTS = 1 << 20  # at most so many weights are kept for a day
DAYS = 40  # fresh days whose changes are looked at
AHEAD = 14  # leads, the nearest, at which they are
CACHED = 1 << 16  # plans that are looked at together
PRIOR_STRENGTH = 2.0  # changes of 100 % that count against similarity until there is evidence

Floats = NDArray[np.float32]
_Places = slice | NDArray[np.int64]


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

    def of(self, parts: NDArray[np.int64]) -> Peers:
        """Those of some ``parts``, by their places, among the same leaders."""
        return Peers(self.leaders, self.weight[parts])

    def total(self, values: Quantity, own: Quantity | None = None) -> Quantity:
        """Sums over a part and its peers.

        Args:
            values: of all parts, without gaps (P, N).
            own: those of the parts that are wanted, where these are not all.

        Returns:
            A row for each of them.
        """
        peers = self.weight @ values[self.leaders].astype(np.float32)
        return np.asarray((values if own is None else own) + peers)


def peers_of(past: Past) -> Peers:
    """The peers of the parts of a ``past``, by the changes that its last plans brought."""
    return past.memo.get("peers", past.key, lambda: _peers(past))


def _peers(past: Past) -> Peers:
    size = _size(past.quantity[:, -DAYS:])
    return find_peers(_changes(past, size), size, past.pooled)


def _size(plans: Quantity) -> Quantity:
    """Mean of the ``plans`` of each part (P, F, L), none counting as 0 (P); some parts at a time,
    which stay in the processor's cache."""
    count = plans[:1].size
    step, total = max(1, CACHED // max(count, 1)), np.empty(len(plans))
    for first in range(0, len(plans), step):
        some = plans[first : first + step].copy()
        some[np.isnan(some)] = 0.0
        total[first : first + step] = some.reshape(len(some), -1).sum(axis=1)
    return total / max(count, 1)


def _changes(past: Past, size: Quantity) -> Floats:
    """How the last plans differ from those before them, relative (P, N), those the same number of
    days apart beside each other; some parts at a time, which stay in the processor's cache."""
    gaps, leads = np.diff(past.days[-DAYS:]).astype(np.int64), past.leads[:AHEAD]
    pairs = [_pairs(leads, int(gap), np.flatnonzero(gaps == gap)) for gap in np.unique(gaps)]
    shape = (len(gaps) + 1) * len(leads)
    step, sizes = max(1, CACHED // max(shape, 1)), size[:, None, None].astype(np.float32)
    found = np.empty((len(sizes), sum(each.count for each in pairs)), np.float32)
    for first in range(0, len(sizes), step):
        some = slice(first, first + step)
        plans, at = past.quantity[some, -DAYS:, :AHEAD].astype(np.float32), 0
        for each in pairs:
            change = relative_change(*each.of(plans), sizes[some])
            found[some, at : at + each.count] = change.reshape(len(change), -1)
            at += each.count
    return found


@dataclass(frozen=True)
class _Pairs:
    """Plans that lie the same number of days apart, for the same target days: where they stand
    among the last plans, and at which leads."""

    before: tuple[_Places, _Places]
    after: tuple[_Places, _Places]
    count: int

    def of(self, plans: Floats) -> tuple[Floats, Floats]:
        """Those before and after, among the last ``plans`` of some parts."""
        (before, far), (after, near) = self.before, self.after
        return plans[:, before][:, :, far], plans[:, after][:, :, near]


def _pairs(leads: NDArray[np.int64], gap: int, days: NDArray[np.int64]) -> _Pairs:
    near = np.flatnonzero(np.isin(leads + gap, leads))
    far = np.searchsorted(leads, leads[near] + gap)
    before, after = (_together(days), _together(far)), (_together(days + 1), _together(near))
    return _Pairs(before, after, len(days) * len(near))


def _together(places: NDArray[np.int64]) -> _Places:
    """The same ``places`` as a slice, where they are side by side."""
    whole = len(places) and int(places[-1]) - int(places[0]) == len(places) - 1
    return slice(int(places[0]), int(places[-1]) + 1) if whole else places


def relative_change(before: Floats, after: Floats, size: Floats) -> Floats:
    """How plans were changed, relative to their size.

    A tenth of the part's size is added to the denominator, so that small plans do not count too
    much.

    Args:
        before: the plans before, in pieces.
        after: the plans after, in pieces.
        size: of the parts, in pieces, in a shape that goes with these.

    Returns:
        Changes, from -1 to 1; 0 where one of the plans is missing or nothing was planned.
    """
    middle = before + after
    middle /= 2
    middle += 0.1 * size
    np.copyto(middle, 1.0, where=~(middle > 0))
    change = after - before
    change /= middle
    np.copyto(change, 0.0, where=np.isnan(change))
    return np.clip(change, -1.0, 1.0, out=change)


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
    own = changes - medians(changes if pooled.all() else changes[pooled])
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
