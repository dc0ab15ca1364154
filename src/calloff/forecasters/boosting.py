"""Gradient boosting on what the LSTM reads: a contender to compare with, from scikit-learn.

Listed only where scikit-learn is installed; nothing else depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.problems import fail
from calloff.seen import Examples
from calloff.spec import Spec
from calloff.triangle import Asked, Past
from calloff.views import Views, lags, origins, views_of

ENOUGH = 200  # examples, as for the LSTM
FADE = 0.95


@dataclass(frozen=True)
class Boosted(Fitted):
    """The plan corrected by an ensemble of trees."""

    views: Views
    trees: Any

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = np.full(len(asked.plan), np.nan)
        if self.trees is None:
            return answer
        for origin, parts in origins(asked.origin):
            view = self.views.at(origin, asked.target)
            correction = self.trees.predict(_flat(view.steps)) * view.scale * view.gate
            answer[parts] = np.maximum(view.plan + correction, 0.0)[parts]
        return answer


@dataclass(frozen=True)
class Boosting(Forecaster):
    """The trees and their training; see the module."""

    name: str = "boosting"
    trees: int = 100
    leaves: int = 8
    learning_rate: float = 0.05
    rank: ClassVar[int] = 35
    quick: ClassVar[bool] = False
    extra: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Boosted:
        views = views_of(past)
        examples = views.examples(lags(spec.lead, past))
        return Boosted(views, self._trees(examples) if len(examples) >= ENOUGH else None)

    def _trees(self, examples: Examples) -> Any:
        if not installed():
            raise fail("method.not_installed", name=self.name, package="scikit-learn")
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits  # scikit-learn brings it

        trees = HistGradientBoostingRegressor(
            loss="absolute_error",
            max_iter=self.trees,
            max_leaf_nodes=self.leaves,
            learning_rate=self.learning_rate,
            min_samples_leaf=40,
            early_stopping=False,
            random_state=0,
        )
        correction = (examples.actual - examples.plan) / examples.scale
        weight = examples.scale * FADE**examples.age
        # a few thousand rows: threads that wait for each other cost more than they help
        with threadpool_limits(1):
            return trees.fit(_flat(examples.steps), correction, sample_weight=weight)


def installed() -> bool:
    """Whether scikit-learn is at hand."""
    return find_spec("sklearn") is not None


def _flat(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    return steps.reshape(len(steps), -1)  # (N, S * C)


METHODS = (Boosting(),) if installed() else ()
