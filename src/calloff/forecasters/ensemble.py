"""Several methods together, weighted by how well each did on past target days.

The members see the level of a day in different ways (all past ratios, the usual total, both) and
the mix of parts too, so they err apart. Weights fall with the square of a method's past error
(Bates & Granger 1969, without the covariances, which a few days do not tell).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.forecasters.blend import Blend
from calloff.forecasters.lstm import PooledLSTM
from calloff.forecasters.ratio import PooledRatio
from calloff.forecasters.record import Record, pieces, track
from calloff.forecasters.spread import spread_around
from calloff.forecasters.topdown import TopDown
from calloff.spec import Spec
from calloff.triangle import Asked, Past

MEMBERS: tuple[Forecaster, ...] = (PooledRatio(), Blend(), TopDown(), PooledLSTM())
POWER = 2.0


@dataclass(frozen=True)
class Weighted(Fitted):
    """Members with their weights, which add up to 1."""

    past: Past
    spec: Spec
    members: tuple[Forecaster, ...]
    weights: NDArray[np.float64]

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        said = [pieces(member, self.past, asked, self.spec) for member in self.members]
        return np.asarray(self.weights @ np.stack(said))

    def quantiles(self, asked: Asked, levels: Sequence[float]) -> NDArray[np.float64] | None:
        return spread_around(self.predict(asked), self.past, asked, levels)


@dataclass(frozen=True)
class Ensemble(Forecaster):
    name: str = "ensemble"
    members: tuple[Forecaster, ...] = MEMBERS
    rank: ClassVar[int] = 40
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Weighted:
        weights = weigh(track(past, spec, self.members))
        return Weighted(past, spec, self.members, weights)


def weigh(record: Record) -> NDArray[np.float64]:
    """Weights (M) from a record; equal ones where there is none."""
    errors = record.errors()
    if not (np.isfinite(errors).all() and (errors > 0).all()):
        return np.full(len(errors), 1 / len(errors))
    weights = errors**-POWER
    return np.asarray(weights / weights.sum())


METHODS = (Ensemble(),)
