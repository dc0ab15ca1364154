"""Gradient boosting on what the LSTM reads: a contender to compare with, from scikit-learn.

Listed only where scikit-learn is installed; nothing else depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.builder import SampleBuilder, builder_of, lags, origins
from calloff.features.samples import TrainingSet
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail

MIN_SAMPLES = 200  # examples, as for the LSTM
DECAY = 0.95


@dataclass(frozen=True)
class Boosted(Fitted):
    """The plan corrected by an ensemble of trees.

    Attributes:
        builder: makes the samples.
        trees: scikit-learn's regressor; None where there were too few examples.
    """

    builder: SampleBuilder
    trees: Any

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        if self.trees is None:
            return answer
        for origin, parts in origins(query.origin):
            sample = self.builder.at(origin, query.target)
            correction = self.trees.predict(_flat(sample.steps)) * sample.scale * sample.day_load
            answer[parts] = np.maximum(sample.plan + correction, 0.0)[parts]
        return answer


@dataclass(frozen=True)
class Boosting(Forecaster):
    """Gradient-boosted trees and their training; see the module.

    Attributes:
        name: by which it is asked for.
        trees: their number.
        leaves: of each tree, at most.
        learning_rate: by which each tree counts.
    """

    name: str = "boosting"
    trees: int = 100
    leaves: int = 8
    learning_rate: float = 0.05
    rank: ClassVar[int] = 35
    quick: ClassVar[bool] = False
    extra: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Boosted:
        builder = builder_of(past)
        examples = builder.training_set(lags(spec.lead, past))
        return Boosted(builder, self._trees(examples) if len(examples) >= MIN_SAMPLES else None)

    def _trees(self, examples: TrainingSet) -> Any:
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
        weight = examples.scale * DECAY**examples.age
        # a few thousand rows: threads that wait for each other cost more than they help
        with threadpool_limits(1):
            return trees.fit(_flat(examples.steps), correction, sample_weight=weight)


def installed() -> bool:
    """Whether scikit-learn is at hand."""
    return find_spec("sklearn") is not None


def _flat(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    return steps.reshape(len(steps), -1)  # (N, S * C)


METHODS = (Boosting(),) if installed() else ()
