"""How much of a plan is typically called off: a level that a few extreme parts do not move.

A day's level is the median of call-off over plan, each part with the weight of its plan: the
ratio that scales the day's plan with the least absolute error. A ratio of sums follows the few
big parts that were doubled or dropped. A past of thirty days has seen thirty levels, however many
parts there are, so their mean is drawn towards the plan.

There is a second estimate of the level: whatever the plan adds up to, the customer's lines turn out
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
TOLERANCE = 1  # days: lags so close share their days' levels
PRIOR_STRENGTH = 1.0  # days without correction that the mean starts with
PULL = 0.5  # how far a total is drawn to the usual one: 0 not at all, 1 all the way
FACTORS = (0.5, 2.0)  # by which it may be changed


@dataclass(frozen=True)
class DayLevels:
    """Levels of past days, a row for each past target day as known at one lag (R rows).

    Attributes:
        day: age of the target day (R), in fresh days.
        lag: calendar days from origin to target (R).
        level: called off over planned (R).
    """

    day: NDArray[np.int64]
    lag: NDArray[np.int64]
    level: NDArray[np.float64]

    @classmethod
    def of(cls, examples: TrainingSet) -> DayLevels:
        """The levels of all days in ``examples``, from each lag."""
        found, first = levels_of(examples, examples.plan), _past_targets(examples)[0]
        return cls(examples.age[first], examples.lag[first], found[first])

    def typical(self, lag: int) -> float:
        """The geometric mean of the levels of the days known at about this ``lag``, drawn towards 1
        (which it is without any)."""
        near = np.abs(self.lag - lag) <= TOLERANCE
        near = near if near.any() else np.ones(len(self.lag), dtype=bool)
        each = [np.log(self.level[near & (self.day == day)]).mean() for day in set(self.day[near])]
        return float(np.exp(np.sort(each).sum() / (len(each) + PRIOR_STRENGTH)))

    def expected(
        self, builder: SampleBuilder, origin: int, target: np.datetime64, sample: Sample
    ) -> float:
        """The level that is expected of a target day: the geometric mean of the typical one and of
        the one that draws the plan to the usual total.

        Args:
            builder: that of the past.
            origin: index of the fresh day at which it is forecast.
            target: the target day.
            sample: of the target day at the origin.

        Returns:
            Call-off over plan.
        """
        typical = self.typical(sample.lag)
        return float(np.sqrt(typical * pull(builder, origin, sample.plan, sample.day_load)))

    def levelled(
        self, builder: SampleBuilder, origin: int, target: np.datetime64, sample: Sample
    ) -> Quantity:
        """The plan at its expected level; on a part-day with that much less of the correction.

        Which lines work on a part-day only the plan knows, so no more than this is predicted for
        one.

        Args:
            builder: that of the past.
            origin: index of the fresh day at which it is forecast.
            target: the target day.
            sample: of the target day at the origin.

        Returns:
            Pieces (P).
        """
        level = self.expected(builder, origin, target, sample)
        return np.asarray(sample.plan * (1 + (level - 1) * sample.day_load))

    def spread(self, examples: TrainingSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Levels for each example.

        Args:
            examples: past samples (N).

        Returns:
            The typical level at its lag (N), and the level of its own day (N).
        """
        usual, own = np.ones(len(examples)), np.ones(len(examples))
        typical = {lag: self.typical(lag) for lag in np.unique(self.lag).tolist()}
        for day, lag, level in zip(self.day, self.lag, self.level, strict=True):
            rows = (examples.age == day) & (examples.lag == lag)
            usual[rows], own[rows] = typical[int(lag)], level
        return usual, own


def pull(builder: SampleBuilder, origin: int, quantity: Quantity, day_load: float) -> float:
    """The factor that draws quantities halfway, in logarithms, to the usual total of a day.

    Args:
        builder: that of the past.
        origin: index of the fresh day at which they are forecast.
        quantity: pieces (P).
        day_load: how much of a full day they are for, from 0 to 1.

    Returns:
        The factor; 1 where nothing is usual yet, or nothing is planned.
    """
    days = np.flatnonzero(builder.working[: origin + 1])[-STEPS:]
    total = float(np.nansum(quantity[builder.past.pooled]))
    if not len(days) or not total > 0 or not day_load > 0:
        return 1.0
    usual = float(builder.totals[days, 0].mean()) * day_load
    return float(np.clip((usual / total) ** PULL, *FACTORS))


def levels_of(examples: TrainingSet, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """The level of each example's day, relative to predictions from its lag.

    Args:
        examples: past samples (N).
        predicted: pieces predicted for each (N).

    Returns:
        Call-off over prediction (N), the same for all examples of a day and lag.
    """
    first, place = _past_targets(examples)
    level, some = np.ones(len(first)), predicted > 0
    ratio = examples.actual[some] / predicted[some]
    which, medians = weighted_medians(ratio, predicted[some], place[some])
    level[which] = np.clip(medians, *LIMITS)
    return level[place]


def _past_targets(examples: TrainingSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Past targets seen from one lag: the first example of each, and for each example which."""
    wide = int(examples.lag.max(initial=0)) + 1
    _, first, which = np.unique(
        examples.age * wide + examples.lag, return_index=True, return_inverse=True
    )
    return first, which


def weighted_medians(
    values: NDArray[np.float64], weight: NDArray[np.float64], group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Weighted medians of groups of values.

    Args:
        values: N values.
        weight: their weights (N).
        group: the number of the group of each (N).

    Returns:
        The numbers of the groups, rising, and of each the first of its values at which half of its
        weight is reached.
    """
    if not len(values):
        return group[:0], values[:0]
    order = np.lexsort((values, group))
    values, group = values[order], group[order]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    reached = np.cumsum(weight[order])
    before = np.r_[0.0, reached[start[1:] - 1]]
    half = (before + np.r_[before[1:], reached[-1]]) / 2
    return group[start], values[np.searchsorted(reached, half)]
