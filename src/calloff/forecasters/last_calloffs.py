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
    """Means of the last call-offs.

    Attributes:
        count: of how many.
        total: pieces called off up to each fresh day (P, F).
        number: how many call-offs these are (P, F).
    """

    count: int
    total: NDArray[np.float64]
    number: NDArray[np.int64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        if not self.total.shape[1]:
            return np.full(len(query.origin), np.nan)
        part, origin = np.arange(len(query.origin)), query.origin
        number = self.number[part, origin]
        before = np.maximum(number - self.count, 0)  # call-offs that are no longer among the last
        until = (self.number >= before[:, None]).argmax(axis=1)
        earlier = np.where(before > 0, self.total[part, until], 0.0)
        mean = (self.total[part, origin] - earlier) / np.maximum(number - before, 1)
        return np.where((origin >= 0) & (number > 0), mean, np.nan)


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
        total = np.cumsum(np.where(known, past.calloffs, 0.0), axis=1)
        return Repeated(self.count, total, np.cumsum(known, axis=1, dtype=np.int64))


METHODS = (LastCallOffs("last", 1), LastCallOffs("mean3", 3), LastCallOffs("mean7", 7))
