"""A pooled regression: a weighted mean of the plan and the recent level of call-offs.

Median regression of call-offs on the plan and the mean call-off of the last working days, one
pair of weights for all parts, drawn towards the plan. It learns the mix of parts, from days brought
to their typical level; the level of the day asked for is predicted separately (``day_level``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.builder import SampleBuilder, builder_of, lags, origins
from calloff.features.day_level import DayLevels
from calloff.features.samples import Sample
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

MIN_SAMPLES = 100
DECAY = 0.9
ROUNDS = 50


@dataclass(frozen=True)
class Blended(Fitted):
    """The plan and the recent level, with fitted weights.

    Attributes:
        builder: makes the samples.
        levels: of past days.
        weights: of the plan and of the recent level (2); none where there were too few examples.
    """

    builder: SampleBuilder
    levels: DayLevels
    weights: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        if not self.weights.size:
            return answer
        for origin, parts in origins(query.origin):
            sample = self.builder.at(origin, query.target)
            answer[parts] = self._predict_sample(sample, origin, query.target)[parts]
        return answer

    def _predict_sample(
        self, sample: Sample, origin: int, target: np.datetime64
    ) -> NDArray[np.float64]:
        if sample.day_load < 1:
            return self.levels.levelled(self.builder, origin, target, sample)
        mixed = self.weights @ np.stack([sample.plan, sample.recent])
        level = self.levels.expected(self.builder, origin, target, sample)
        return np.asarray(mixed * level / self.levels.typical(sample.lag))


@dataclass(frozen=True)
class Regression(Forecaster):
    """Median regression on the plan and on recent call-offs; see the module.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "blend"
    rank: ClassVar[int] = 25

    def fit(self, past: Past, spec: Spec) -> Blended:
        builder = builder_of(past)
        examples = builder.training_set(lags(spec.lead, past))
        levels = DayLevels.of(examples)
        if len(examples) < MIN_SAMPLES or not examples.plan.any():
            return Blended(builder, levels, np.zeros(0))
        x = np.stack([examples.plan, examples.recent], axis=1)
        usual, own = levels.spread(examples)
        weight = np.power(DECAY, examples.age)
        return Blended(builder, levels, median_regression(x, examples.actual * usual / own, weight))


def median_regression(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit two weights by the least weighted absolute error, by iterated least squares.

    A small ridge draws them towards 1 and 0.

    Args:
        x: two inputs (N, 2).
        y: targets (N), in the same unit.
        weight: of each row (N).

    Returns:
        The weights (2).
    """
    least = 0.02 * float(np.mean(np.abs(y))) + 1e-12
    found = np.array([1.0, 0.0])
    for _ in range(ROUNDS):
        w = weight / np.maximum(np.abs(y - x @ found), least)
        gram = x.T @ (x * w[:, None])
        ridge = 1e-3 * np.trace(gram) * np.eye(2)
        found = np.linalg.solve(gram + ridge, x.T @ (w * y) + ridge @ np.array([1.0, 0.0]))
    return found


METHODS = (Regression(),)
