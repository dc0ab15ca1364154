"""Past call-offs repeated: the last one, or the mean of the last few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.spec import Spec
from calloff.triangle import Asked, Past


@dataclass(frozen=True)
class Repeated(Fitted):
    """Means of call-offs as of each fresh day: level (P, F), NaN before the first call-off."""

    level: NDArray[np.float64]

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        if not self.level.shape[1]:
            return np.full(len(asked.origin), np.nan)
        level = self.level[np.arange(len(asked.origin)), asked.origin]
        return np.where(asked.origin >= 0, level, np.nan)


@dataclass(frozen=True)
class LastCallOffs(Forecaster):
    """Mean of the part's last ``count`` call-offs on target days at or before its origin."""

    name: str
    count: int
    rank: ClassVar[int] = 10

    def fit(self, past: Past, spec: Spec) -> Repeated:
        level = np.full(past.calloffs.shape, np.nan)
        for part, called in enumerate(past.calloffs):
            days = np.flatnonzero(past.is_target & ~np.isnan(called))
            level[part] = _running_mean(called[days], self.count, days, len(called))
        return Repeated(level)


def _running_mean(
    called: NDArray[np.float64], count: int, days: NDArray[np.int64], length: int
) -> NDArray[np.float64]:
    """The mean of the last ``count`` call-offs as of each of ``length`` days."""
    if not len(called):
        return np.full(length, np.nan)
    total = np.concatenate([[0.0], np.cumsum(called)])
    number = np.searchsorted(days, np.arange(length), side="right")
    start = np.maximum(number - count, 0)
    some = np.maximum(number - start, 1)
    return np.where(number > 0, (total[number] - total[start]) / some, np.nan)


METHODS = (LastCallOffs("last", 1), LastCallOffs("mean3", 3), LastCallOffs("mean7", 7))
