"""The plan times a ratio: how much of what was planned at this lead was called off in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class Scaled(Fitted):
    """The plan times a ``ratio``, called off per piece planned."""

    ratio: float

    def predict(self, query: Query) -> NDArray[np.float64]:
        return query.plan * self.ratio


@dataclass(frozen=True)
class PooledRatio(Forecaster):
    """One ratio for all parts: sum of call-offs over sum of their plans, all past targets.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "ratio"
    rank: ClassVar[int] = 20

    def fit(self, past: Past, spec: Spec) -> Scaled:
        plan, actual = past.pairs(spec.lead)
        known = past.pooled[:, None] & ~np.isnan(plan) & ~np.isnan(actual)
        planned, called = (float(np.where(known, each, 0.0).sum()) for each in (plan, actual))
        return Scaled(called / planned if planned > 0 else 1.0)


METHODS = (PooledRatio(),)
