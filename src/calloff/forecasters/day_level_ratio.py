"""The plan at its expected level: a ratio for all parts that is not moved by single extreme parts.

Learned from full days only, so that a day that was planned and then did not happen, or half of
one, says nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.builder import SampleBuilder, builder_of, lags, origins
from calloff.features.day_level import DayLevels
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class Levelled(Fitted):
    """The plan at its expected level.

    Attributes:
        builder: makes the samples.
        levels: of past days.
    """

    builder: SampleBuilder
    levels: DayLevels

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = query.plan.copy()
        for origin, parts in origins(query.origin):
            sample = self.builder.at(origin, query.target)
            predicted = self.levels.levelled(self.builder, origin, query.target, sample)
            answer[parts] = predicted[parts]
        return answer


@dataclass(frozen=True)
class DayLevelRatio(Forecaster):
    """The plan times the expected level of its day; see the module.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "ratio-typical"
    rank: ClassVar[int] = 22

    def fit(self, past: Past, spec: Spec) -> Levelled:
        builder = builder_of(past)
        return Levelled(builder, DayLevels.of(builder.training_set(lags(spec.lead, past))))


METHODS = (DayLevelRatio(),)
