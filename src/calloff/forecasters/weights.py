"""Weights of methods that are combined, by their errors so far.

Online aggregation of experts (Cesa-Bianchi & Lugosi 2006): after each target day the errors of all
are counted, older ones fading. A part's own errors are drawn towards those of all parts, and the
weights fall with a high power of them: the best lead, and what is about as good as the best has a
say. Few target days say little, so the power rises with their number.

Two methods a few percent apart are told apart by pairs: the errors of one day go together, so the
differences between two methods on the same days scatter far less than either's errors. How sure
such a difference is, its sum over the root of the sum of its squares, multiplies the weights, as
in aggregation with second-order bounds (Gaillard, Stoltz & van Erven 2014; Wintenberger 2017).

Dimensions: M methods, P parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.places import placed
from calloff.data.triangle import Quantity

Floats = NDArray[np.float64]

FADE = 0.95  # weight of an error falls by this with each later target day
POOL = 15.0  # target days that the errors of all parts are worth beside a part's own
POWER = 8.0  # of the errors; half and twice as much change no customer of the bank by 2 %
EARLY = 2.0  # target days after which the power is half of that: few days say little
LEAST = 1e-3  # of a part's scale: no error is less
FIRST = 0.3  # of a part's scale: the usual error of what has no record
SURE = 1.0  # power of e by which a difference that is as large as its scatter raises a weight


@dataclass(frozen=True)
class Losses:
    """Absolute errors of methods, faded and added up (M methods, P parts).

    Attributes:
        total: pieces (M, P).
        count: number of target days, faded likewise (P).
    """

    total: Floats
    count: Floats

    @classmethod
    def none(cls, methods: int, parts: int) -> Losses:
        """Begin before the first target day.

        Args:
            methods: their number (M).
            parts: their number (P).

        Returns:
            Losses of nothing.
        """
        return cls(np.zeros((methods, parts)), np.zeros(parts))

    @property
    def power(self) -> float:
        """Power of the errors, by how many target days they are known of: 0 before the first."""
        days = float(self.count.max(initial=0.0))
        return POWER * days / (days + EARLY)

    def on(self, at: NDArray[np.int64]) -> Losses:
        """The same for other parts, at some places (P'); -1 for new ones."""
        return Losses(placed(self.total, at), placed(self.count, at))

    def after(self, miss: Floats) -> Losses:
        """After a target day with absolute errors ``miss`` (M, P), in pieces; a part counts where
        all are known."""
        known = ~np.isnan(miss).any(axis=0)
        return Losses(FADE * self.total + np.where(known, miss, 0.0), FADE * self.count + known)

    def usual(self, scale: Quantity, pooled: NDArray[np.bool_]) -> Floats:
        """Usual error of each method (M, P), in pieces.

        Args:
            scale: of each part (P), in pieces.
            pooled: parts (P) that count for the others.

        Returns:
            Mean errors; those of all parts, in units of their scale, where a part has none.
        """
        size = float((self.count * scale)[pooled].sum())
        if not size > 0:
            return np.tile(FIRST * scale, (len(self.total), 1))
        rate = self.total[:, pooled].sum(axis=1)[:, None] / size
        usual = (self.total + POOL * rate * scale) / (self.count + POOL)
        return np.maximum(usual, LEAST * scale)


@dataclass(frozen=True)
class Differences:
    """By how much less wrong than the first each method was on whole target days (M methods).

    Attributes:
        total: differences, in units of the parts' scales, faded and added up (M).
        squared: their squares, likewise (M).
    """

    total: Floats
    squared: Floats

    @classmethod
    def none(cls, methods: int) -> Differences:
        """Begin before the first target day.

        Args:
            methods: their number (M).

        Returns:
            Differences of nothing.
        """
        return cls(np.zeros(methods), np.zeros(methods))

    def after(self, miss: Floats, scale: Quantity, pooled: NDArray[np.bool_]) -> Differences:
        """Count a target day.

        Args:
            miss: absolute errors (M, P), in pieces.
            scale: of each part (P), in pieces.
            pooled: parts (P) that count for the others; of these, where all errors are known.

        Returns:
            The differences after it.
        """
        known = pooled & ~np.isnan(miss).any(axis=0)
        size = float(scale[known].sum())
        day = miss[:, known].sum(axis=1) / size if size > 0 else np.zeros(len(miss))
        less = day[0] - day
        return Differences(FADE * self.total + less, FADE * self.squared + less**2)

    @property
    def factors(self) -> Floats:
        """By what the weight of each method is multiplied (M): above 1 for one that was better than
        the first, the more the surer that is; at most e to the root of the number of days."""
        scatter = np.sqrt(self.squared)
        sure = self.total / np.where(scatter > 0, scatter, 1.0)
        return np.asarray(np.exp(SURE * sure))


def weigh(usual: Floats, first: Sequence[float] | Floats, power: float) -> Floats:
    """Weigh methods by their usual errors.

    Args:
        usual: of each method and part (M, P), in pieces, above 0.
        first: weights of methods that are equally good (M).
        power: of the errors.

    Returns:
        Weights (M, P) that add up to 1.
    """
    weights = np.array(first)[:, None] * (usual / usual.min(axis=0)) ** -power
    return np.asarray(weights / weights.sum(axis=0))
