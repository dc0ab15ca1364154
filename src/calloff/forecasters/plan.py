"""The customer's own plan, as sent: the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.spec import Spec
from calloff.triangle import Asked, Past


@dataclass(frozen=True)
class AsSent(Fitted):
    """Repeats the plan."""

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        return asked.plan


@dataclass(frozen=True)
class Plan(Forecaster):
    """What the customer's plan of the origin day says."""

    name: str = "plan"
    rank: ClassVar[int] = 0

    def fit(self, past: Past, spec: Spec) -> AsSent:
        return AsSent()


METHODS = (Plan(),)
