"""Several methods together, weighted by how well each did on past target days.

One member is a regression with two weights, the other a network with another start: they err apart
where days are few, and the better one gets the most weight as they become more. Weights fall with a
high power of a method's past error. Were the errors independent, it would be the square (Bates &
Granger 1969); those of two forecasts from one plan are alike, which makes the best weights far more
uneven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.stats import by_error
from calloff.forecasters.lstm import PooledLSTM
from calloff.forecasters.lstm_quantiles import spread_around
from calloff.forecasters.regression import Regression
from calloff.rolling.answers import ask
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.hindcasts import TARGETS, hindcast
from calloff.rolling.origins import past_origins
from calloff.rolling.spec import Spec

MEMBERS: tuple[Forecaster, ...] = (Regression(), PooledLSTM())
POWER = 32.0


@dataclass(frozen=True)
class Weighted(Fitted):
    """A weighted mean of methods.

    Attributes:
        past: what they may read.
        spec: the lead.
        members: the methods (M).
        weights: theirs (M), which add up to 1.
    """

    past: Past
    spec: Spec
    members: tuple[Forecaster, ...]
    weights: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        predicted = [ask(member, self.past, query, self.spec).pieces for member in self.members]
        return np.asarray(self.weights @ np.stack(predicted))

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        return spread_around(self.predict(query), self.past, query, levels)


@dataclass(frozen=True)
class Ensemble(Forecaster):
    """A weighted mean of methods; see the module.

    Attributes:
        name: by which it is asked for.
        members: the methods.
    """

    name: str = "ensemble"
    members: tuple[Forecaster, ...] = MEMBERS
    rank: ClassVar[int] = 40
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Weighted:
        origins = past_origins(past, spec, last=TARGETS, across=False)
        hindcasts = hindcast(past, spec, self.members, origins)
        weights = by_error(hindcasts.errors(), POWER)
        return Weighted(past, spec, self.members, weights)


METHODS = (Ensemble(),)
