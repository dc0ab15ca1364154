"""The customer's own plan, as sent: the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class AsSent(Fitted):
    """The plan as it was sent."""

    def predict(self, query: Query) -> NDArray[np.float64]:
        return query.plan


@dataclass(frozen=True)
class Plan(Forecaster):
    """The customer's plan of the origin day.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "plan"
    rank: ClassVar[int] = 0

    def fit(self, past: Past, spec: Spec) -> AsSent:
        return AsSent()


METHODS = (Plan(),)
