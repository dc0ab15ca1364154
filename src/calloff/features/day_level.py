"""How much of a plan is typically called off: a level that a few wild parts do not move.

A day's level is the median of call-off over plan, each part with the weight of its plan: the
ratio that scales the day's plan with the least absolute error. A ratio of sums follows the few
big parts that were doubled or dropped. A past of thirty days has seen thirty levels, however many
parts there are, so their mean is drawn towards the plan.

There is a second way to see the level: whatever the plan adds up to, the customer's lines turn out
about the same in a day. Which of the two is nearer, a past of a few weeks does not tell; they err
in different ways, so their mean is used (Bates & Granger 1969).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Quantity
from calloff.features.builder import STEPS, SampleBuilder
from calloff.features.samples import Sample, TrainingSet

LIMITS = (1 / 3, 3.0)  # of a day's level
NEAR = 1  # days: lags so close share their days' levels
DOUBT = 1.0  # days without correction that the mean starts with
PULL = 0.5  # how far a total is drawn to the usual one: 0 not at all, 1 all the way
FACTORS = (0.5, 2.0)  # by which it may be changed


@dataclass(frozen=True)
class DayLevels:
    """One row for each past target seen from one lag: day, lag, level."""

    day: NDArray[np.int64]
    lag: NDArray[np.int64]
    level: NDArray[np.float64]

    @classmethod
    def of(cls, examples: TrainingSet) -> DayLevels:
        """The levels of all days in the examples, from each lag."""
        found, first = levels_of(examples, examples.plan), _evenings(examples)[0]
        return cls(examples.age[first], examples.lag[first], found[first])

    def typical(self, lag: int) -> float:
        """The mean level (of logarithms) of the days seen from about this lag; 1 without any."""
        near = np.abs(self.lag - lag) <= NEAR
        near = near if near.any() else np.ones(len(self.lag), dtype=bool)
        each = [np.log(self.level[near & (self.day == day)]).mean() for day in set(self.day[near])]
        return float(np.exp(np.sort(each).sum() / (len(each) + DOUBT)))

    def expected(
        self, builder: SampleBuilder, origin: int, target: np.datetime64, sample: Sample
    ) -> float:
        """The level of a target seen from a fresh day: the (geometric) mean of the typical one
        and of the one that draws the plan to the usual total."""
        typical = self.typical(sample.lag)
        return float(np.sqrt(typical * pull(builder, origin, sample.plan, sample.day_load)))

    def levelled(
        self, builder: SampleBuilder, origin: int, target: np.datetime64, sample: Sample
    ) -> Quantity:
        """The plan at its expected level (P); on a part-day that much less of the correction.

        Which lines work on a part-day only the plan knows, so this is all that is predicted of one.
        """
        level = self.expected(builder, origin, target, sample)
        return np.asarray(sample.plan * (1 + (level - 1) * sample.day_load))

    def spread(self, examples: TrainingSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each example: the typical level at its lag, and that of its own day."""
        usual, own = np.ones(len(examples)), np.ones(len(examples))
        typical = {lag: self.typical(lag) for lag in np.unique(self.lag).tolist()}
        for day, lag, level in zip(self.day, self.lag, self.level, strict=True):
            rows = (examples.age == day) & (examples.lag == lag)
            usual[rows], own[rows] = typical[int(lag)], level
        return usual, own


def pull(builder: SampleBuilder, origin: int, quantity: Quantity, day_load: float) -> float:
    """The factor that draws quantities (P) halfway, of logarithms, to the usual total of a day.

    day_load: how much of a full day they are for. 1 where nothing is usual yet, or nothing planned.
    """
    days = np.flatnonzero(builder.working[: origin + 1])[-STEPS:]
    total = float(np.nansum(quantity[builder.past.pooled]))
    if not len(days) or not total > 0 or not day_load > 0:
        return 1.0
    usual = float(builder.totals[days, 0].mean()) * day_load
    return float(np.clip((usual / total) ** PULL, *FACTORS))


def levels_of(examples: TrainingSet, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each example, the level of its day relative to predictions (N) from its lag."""
    first, evening = _evenings(examples)
    level, some = np.ones(len(first)), predicted > 0
    ratio = examples.actual[some] / predicted[some]
    which, medians = weighted_medians(ratio, predicted[some], evening[some])
    level[which] = np.clip(medians, *LIMITS)
    return level[evening]


def _evenings(examples: TrainingSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Past targets seen from one lag: the first example of each, and for each example which."""
    wide = int(examples.lag.max(initial=0)) + 1
    _, first, which = np.unique(
        examples.age * wide + examples.lag, return_index=True, return_inverse=True
    )
    return first, which


def weighted_medians(
    values: NDArray[np.float64], weight: NDArray[np.float64], group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Groups, and of each the first of its values at which half of its weight is reached."""
    if not len(values):
        return group[:0], values[:0]
    order = np.lexsort((values, group))
    values, group = values[order], group[order]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    reached = np.cumsum(weight[order])
    before = np.r_[0.0, reached[start[1:] - 1]]
    half = (before + np.r_[before[1:], reached[-1]]) / 2
    return group[start], values[np.searchsorted(reached, half)]
