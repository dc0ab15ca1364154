"""Several methods together, weighted by how well each did on past target days.

One member learns nothing but a few weights, the other is a network: they err apart where days are
few, and the better one gets the say as they become more. Weights fall with a high power of a
method's past error. Were the errors independent, it would be the square (Bates & Granger 1969);
those of two forecasts from one plan are alike, which makes the best weights far more uneven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.forecasters.hierarchy import Hierarchy
from calloff.forecasters.lstm import PooledLSTM
from calloff.forecasters.record import Record, pieces, track
from calloff.forecasters.spread import spread_around
from calloff.spec import Spec
from calloff.triangle import Asked, Past

MEMBERS: tuple[Forecaster, ...] = (Hierarchy(), PooledLSTM())
POWER = 8.0


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
