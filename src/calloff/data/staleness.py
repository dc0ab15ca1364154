"""Which plans repeat those of the day before: of whole sources, and of parts where others moved.

Dimensions: P parts, K issue days, L leads, S sources.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calloff.data.days import Mask, Quantity, stale_days

LEAST_SHARE = 0.15  # of the parts repeat a plan which is not the same for every day ahead
RATE = 0.02  # of parts repeat such a plan by chance, at least
CHANCE = 1e-4  # of so many: what is less likely is none


def repeated_plans(quantity: Quantity, sources: Sequence[str]) -> Mask:
    """Find plans that are copies of the day before.

    A source (a customer, a plant, a series of files) is judged as a whole. Beside that, parts that
    repeat a plan to the digit on a day on which others of their source moved are copies, if they
    are more than chance explains: only plans that are not the same for every day ahead count, as
    a plan that is the same for all of them repeats by itself.

    Args:
        quantity: pieces (P, K, L); NaN where nothing was sent.
        sources: of each part (P).

    Returns:
        Which plans are copies (P, K).
    """
    repeated = np.zeros(quantity.shape[:2], dtype=bool)
    names = np.array(sources, dtype=object)
    for source in dict.fromkeys(sources):
        rows = np.flatnonzero(names == source)
        own = quantity[rows]
        stale = stale_days(own)
        repeated[rows] = stale[None, :] | _among_others(own, stale)
    return repeated & ~np.isnan(quantity).all(axis=2)


def _among_others(quantity: Quantity, stale: Mask) -> Mask:
    """Parts that repeat on days on which others moved (P, K)."""
    same, count = _repeats(quantity)
    repeating, moved = same.sum(axis=0), ~stale & (count > 0)
    share = repeating / np.maximum(count, 1)
    rate = max(RATE, float(np.median(share[moved])) if moved.any() else 0.0)
    enough = (share >= LEAST_SHARE) & (_chance(share, rate, count) < CHANCE)
    return np.asarray(same & (enough & moved)[None, :])


def _chance(share: Quantity, rate: float, count: Quantity) -> Quantity:
    """At most how likely it is that such a share of a count repeats by chance (Chernoff)."""
    inside = np.clip(share, 1e-9, 1 - 1e-9)
    apart = inside * np.log(inside / rate) + (1 - inside) * np.log((1 - inside) / (1 - rate))
    return np.where(share > rate, np.exp(-count * apart), 1.0)


def _repeats(quantity: Quantity) -> tuple[Mask, np.ndarray]:
    """Parts that repeat a plan which differs from day to day (P, K), and how many such plans there
    are (K)."""
    same = np.zeros(quantity.shape[:2], dtype=bool)
    count = np.zeros(quantity.shape[1], dtype=np.int64)
    for day in range(1, quantity.shape[1]):
        before, today = quantity[:, day - 1], quantity[:, day]
        known = ~np.isnan(today) & ~np.isnan(before)
        steps = np.where(known, today, 0.0)
        moving = known.any(axis=1) & (np.abs(np.diff(steps, axis=1)) > 0).sum(axis=1).astype(bool)
        equal = (before == today) | (np.isnan(before) & np.isnan(today))
        same[:, day] = moving & equal.all(axis=1)
        count[day] = int(moving.sum())
    return same, count


def all_repeated(quantity: Quantity, repeated: Mask) -> Mask:
    """Find the issue days on which every source repeats the day before.

    Args:
        quantity: pieces (P, K, L); NaN where nothing was sent.
        repeated: which plans are copies (P, K).

    Returns:
        Whether a day is one of them (K).
    """
    sent = ~np.isnan(quantity).all(axis=2)
    some = (np.nan_to_num(quantity) != 0).any(axis=2)
    counts = (sent & some & ~repeated).sum(axis=0)
    return np.asarray((counts == 0) & repeated.any(axis=0)) if len(quantity) else repeated.any(0)
