"""The plan at several levels of aggregation: the part, its line, all parts together.

A plan can be wrong at each level in its own way. All of it is too low by about the same share
each time; the total of a day is about the usual one, whatever the plan adds up to; a line works
its usual shifts while only one of them is planned yet; a part is taken as it was yesterday. Each
level gives a forecast, and they are averaged with weights that fall with the square of their past
errors (Bates & Granger 1969; Gross & Sohl 1990 compare ways of spreading a total over its parts).
Days beyond a weekend or a holiday have weights of their own: what a line took last week says less
of them. Before that, the plan is moved by as much as the schedule slips (``slippage``).
Where the plan was right all along, it is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, Query
from calloff.features.builder import SampleBuilder, builder_of, factor, lags, origins
from calloff.features.day_level import DayLevels
from calloff.features.samples import OF_PLAN, OF_RECENT, Sample, TrainingSet
from calloff.features.slippage import Slippage
from calloff.features.stats import by_error
from calloff.rolling.answers import fitted
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

AGGREGATIONS = 4
DECAY = 0.95  # weight of an error falls by this with each fresh day of age
POWER = 2.0


@dataclass(frozen=True)
class AggregationForecasts(Fitted):
    """A weighted mean of the forecasts at the levels of aggregation.

    Attributes:
        builder: makes the samples.
        slippage: how far the schedule slips.
        levels: of past days.
        weights: (2, AGGREGATIONS), for targets before the next idle days and beyond them: of the
            plan at its typical level, the plan brought to what is recent of all parts, the same of
            the part's line, and the part's own recent call-offs. Each row adds up to 1.
    """

    builder: SampleBuilder
    slippage: Slippage
    levels: DayLevels
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, builder: SampleBuilder, examples: TrainingSet) -> AggregationForecasts:
        """Learn slippage, levels and weights.

        Args:
            builder: that of the past.
            examples: past samples.

        Returns:
            Forecasts, weighted by the errors that they would have had on past targets.
        """
        slippage = Slippage.of(examples)
        examples = slippage.training_set(examples)
        levels = DayLevels.of(examples)
        predicted = _at_each_level(examples, levels.spread(examples)[0])
        return cls(builder, slippage, levels, weigh(predicted, examples))

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        for origin, parts in origins(query.origin):
            sample = self.builder.at(origin, query.target)
            answer[parts] = self.predict_sample(origin, query.target, sample)[parts]
        return answer

    def predict_sample(self, origin: int, target: np.datetime64, sample: Sample) -> Quantity:
        """Forecast one target day from one origin.

        Args:
            origin: index of the fresh day.
            target: the target day.
            sample: of the target day at the origin.

        Returns:
            Pieces (P).
        """
        if sample.day_load < 1:
            return self.levels.levelled(self.builder, origin, target, sample)
        level = np.array(self.levels.typical(sample.lag))
        weights = self.weights[int(sample.beyond)]
        return np.asarray(weights @ _at_each_level(self.slippage.sample(sample), level))

    def predict_set(self, examples: TrainingSet) -> Quantity:
        """The forecasts of past ``examples`` (N), in pieces."""
        examples = self.slippage.training_set(examples)
        level = self.levels.spread(examples)[0]
        weights = self.weights[examples.beyond.astype(np.int64)].T  # (AGGREGATIONS, N)
        return np.asarray((weights * _at_each_level(examples, level)).sum(axis=0))


def _at_each_level(seen: Sample | TrainingSet, level: Quantity) -> Quantity:
    """The forecast at each level of aggregation (AGGREGATIONS, P or N)."""
    line, all_parts = (
        seen.plan * factor(seen.sums[:, which, OF_RECENT], seen.sums[:, which, OF_PLAN])
        for which in (0, 1)
    )
    return np.stack([seen.plan * level, all_parts, line, seen.recent])


def weigh(predicted: Quantity, examples: TrainingSet) -> NDArray[np.float64]:
    """Weights by past errors.

    Args:
        predicted: pieces predicted at each level of aggregation (AGGREGATIONS, N).
        examples: past samples (N).

    Returns:
        Weights (2, AGGREGATIONS) for targets before idle days and beyond them; by the errors of all
        targets where there were none of a kind.

    Source:
        Bates & Granger 1969.
    """
    wrong = np.abs(predicted - examples.actual) * DECAY**examples.age
    kinds = [wrong[:, examples.beyond == beyond] for beyond in (False, True)]
    errors = [(kind if kind.size else wrong).sum(axis=1) for kind in kinds]
    return np.stack([by_error(each, POWER) for each in errors])


@dataclass(frozen=True)
class Hierarchy(Forecaster):
    """The plan at several levels of aggregation; see the module.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "hierarchy"
    rank: ClassVar[int] = 27

    def fit(self, past: Past, spec: Spec) -> AggregationForecasts:
        builder = builder_of(past)
        return AggregationForecasts.of(builder, builder.training_set(lags(spec.lead, past)))


def aggregation_of(past: Past, spec: Spec) -> AggregationForecasts:
    """The aggregation forecasts of a past, learned once for all methods that start from them.

    Args:
        past: what may be read.
        spec: the lead.

    Returns:
        The fitted ``hierarchy``.
    """
    return cast(AggregationForecasts, fitted(Hierarchy(), past, spec))


METHODS = (Hierarchy(),)
