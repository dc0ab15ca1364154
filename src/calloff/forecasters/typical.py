"""The plan at its expected level: a ratio for all parts that the wild ones do not move.

Learned from full days only, so that a day that was planned and then did not happen, or half of
one, says nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.levels import Levels
from calloff.spec import Spec
from calloff.triangle import Asked, Past
from calloff.views import Views, lags, origins, views_of


@dataclass(frozen=True)
class Levelled(Fitted):
    views: Views
    levels: Levels

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = asked.plan.copy()
        for origin, parts in origins(asked.origin):
            view = self.views.at(origin, asked.target)
            said = self.levels.levelled(self.views, origin, asked.target, view)
            answer[parts] = said[parts]
        return answer


@dataclass(frozen=True)
class TypicalRatio(Forecaster):
    name: str = "ratio-typical"
    rank: ClassVar[int] = 22

    def fit(self, past: Past, spec: Spec) -> Levelled:
        views = views_of(past)
        return Levelled(views, Levels.of(views.examples(lags(spec.lead, past))))


METHODS = (TypicalRatio(),)
