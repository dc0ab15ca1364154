"""A pooled regression: the plan blended with the recent level of call-offs.

Median regression of call-offs on the plan and the mean call-off of the last working days, one
pair of weights for all parts, drawn towards the plan. It learns the mix of parts, from days brought
to their typical level; the level of the day asked for is expected apart (``levels``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.levels import Levels
from calloff.seen import View
from calloff.spec import Spec
from calloff.triangle import Asked, Past
from calloff.views import Views, lags, origins, views_of

ENOUGH = 100
FADE = 0.9
ROUNDS = 50


@dataclass(frozen=True)
class Blended(Fitted):
    """weights: of the plan and of the recent level."""

    views: Views
    levels: Levels
    weights: NDArray[np.float64]

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = np.full(len(asked.plan), np.nan)
        if not self.weights.size:
            return answer
        for origin, parts in origins(asked.origin):
            view = self.views.at(origin, asked.target)
            answer[parts] = self._said(view, origin, asked.target)[parts]
        return answer

    def _said(self, view: View, origin: int, target: np.datetime64) -> NDArray[np.float64]:
        if view.gate < 1:
            return self.levels.levelled(self.views, origin, target, view)
        mixed = self.weights @ np.stack([view.plan, view.recent])
        level = self.levels.expected(self.views, origin, target, view)
        return np.asarray(mixed * level / self.levels.typical(view.lag))


@dataclass(frozen=True)
class Blend(Forecaster):
    name: str = "blend"
    rank: ClassVar[int] = 25

    def fit(self, past: Past, spec: Spec) -> Blended:
        views = views_of(past)
        examples = views.examples(lags(spec.lead, past))
        levels = Levels.of(examples)
        if len(examples) < ENOUGH or not examples.plan.any():
            return Blended(views, levels, np.zeros(0))
        x = np.stack([examples.plan, examples.recent], axis=1)
        usual, own = levels.spread(examples)
        weight = np.power(FADE, examples.age)
        return Blended(views, levels, median_regression(x, examples.actual * usual / own, weight))


def median_regression(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights that minimise the weighted absolute error, by iterated least squares."""
    least = 0.02 * float(np.mean(np.abs(y))) + 1e-12
    found = np.array([1.0, 0.0])
    for _ in range(ROUNDS):
        w = weight / np.maximum(np.abs(y - x @ found), least)
        gram = x.T @ (x * w[:, None])
        ridge = 1e-3 * np.trace(gram) * np.eye(2)
        found = np.linalg.solve(gram + ridge, x.T @ (w * y) + ridge @ np.array([1.0, 0.0]))
    return found


METHODS = (Blend(),)
