"""For parts that are mostly zero: how likely is a call-off, and how large is one?

TSB (Teunter, Syntetos & Babai 2011): both are smoothed apart, so that the forecast of a part that
is no longer called off falls to zero, which Croston's method does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.builder import SampleBuilder, builder_of, origins
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class Smoothed(Fitted):
    """Probability of a call-off times its size.

    Attributes:
        builder: makes the samples.
        expected: pieces as of each fresh day (P, F); NaN before the first call-off is known.
    """

    builder: SampleBuilder
    expected: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        for origin, parts in origins(query.origin):
            day_load = self.builder.at(origin, query.target).day_load
            answer[parts] = self.expected[parts, origin] * day_load
        return answer


@dataclass(frozen=True)
class TSB(Forecaster):
    """Smoothed probability and size of call-offs.

    Attributes:
        name: by which it is asked for.
        chance: how fast the probability follows what happens, from 0 to 1.
        size: how fast the quantity does, from 0 to 1.

    Source:
        Teunter, Syntetos & Babai 2011.
    """

    name: str = "tsb"
    chance: float = 0.1
    size: float = 0.2
    rank: ClassVar[int] = 15

    def fit(self, past: Past, spec: Spec) -> Smoothed:
        builder = builder_of(past)
        expected = np.full(past.calloffs.shape, np.nan)
        chance, size = np.full((2, len(past.parts)), np.nan)
        for day in range(len(past.days)):
            if past.is_target[day] and builder.working[day]:
                chance, size = self._step(past.calloffs[:, day], chance, size)
            expected[:, day] = chance * size
        return Smoothed(builder, expected)

    def _step(
        self, called: NDArray[np.float64], chance: NDArray[np.float64], size: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probability and size after a day's call-offs; parts without a plan stay as they are."""
        some = (called > 0).astype(float)
        first = np.isnan(chance)
        moved = np.where(first, some, chance + self.chance * (some - chance))
        grown = np.where(np.isnan(size) | (size == 0), called, size + self.size * (called - size))
        known = ~np.isnan(called)
        chance = np.where(known, moved, chance)
        size = np.where(known & ((called > 0) | first), grown, size)
        return chance, size


METHODS = (TSB(),)
