"""Past call-offs repeated: the last one, or the mean of the last few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class Repeated(Fitted):
    """Means of call-offs as of each fresh day: ``level`` (P, F) in pieces, NaN before the first
    call-off."""

    level: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        if not self.level.shape[1]:
            return np.full(len(query.origin), np.nan)
        level = self.level[np.arange(len(query.origin)), query.origin]
        return np.where(query.origin >= 0, level, np.nan)


@dataclass(frozen=True)
class LastCallOffs(Forecaster):
    """Mean of the part's last call-offs on target days at or before its origin.

    Attributes:
        name: by which it is asked for.
        count: number of call-offs.
    """

    name: str
    count: int
    rank: ClassVar[int] = 10

    def fit(self, past: Past, spec: Spec) -> Repeated:
        known = past.is_target & ~np.isnan(past.calloffs)
        return Repeated(_running_mean(past.calloffs, known, self.count))


def _running_mean(
    called: NDArray[np.float64], known: NDArray[np.bool_], count: int
) -> NDArray[np.float64]:
    """As of each day, the mean of the last ``count`` call-offs (P, F) that are known."""
    first = np.argsort(~known, axis=1, kind="stable")  # those known, in their order
    total = np.cumsum(np.take_along_axis(np.where(known, called, 0.0), first, axis=1), axis=1)
    total = np.concatenate([np.zeros((len(called), 1)), total], axis=1)
    number = np.cumsum(known, axis=1, dtype=np.int64)
    start = np.maximum(number - count, 0)
    last = np.take_along_axis(total, number, axis=1) - np.take_along_axis(total, start, axis=1)
    return np.where(number > 0, last / np.maximum(number - start, 1), np.nan)


METHODS = (LastCallOffs("last", 1), LastCallOffs("mean3", 3), LastCallOffs("mean7", 7))
