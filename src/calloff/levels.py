"""How much of a plan is typically called off: a level that a few wild parts do not move.

A day's level is the median of call-off over plan, each part with the weight of its plan: the
ratio that scales the day's plan with the least absolute error. A ratio of sums follows the few
big parts that were doubled or dropped. A past of thirty days has seen thirty levels, however many
parts there are, so their mean is drawn towards the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.views import Examples

LIMITS = (1 / 3, 3.0)  # of a day's level
NEAR = 1  # days: lags so close share their days' levels
DOUBT = 1.0  # days without correction that the mean starts with


@dataclass(frozen=True)
class Levels:
    """One row for each past target seen from one lag: day, lag, level."""

    day: NDArray[np.int64]
    lag: NDArray[np.int64]
    level: NDArray[np.float64]

    @classmethod
    def of(cls, examples: Examples) -> Levels:
        """The levels of all days in the examples, from each lag."""
        pairs = np.unique(np.stack([examples.age, examples.lag], axis=1), axis=0)
        level = [
            _level(examples, (examples.age == age) & (examples.lag == lag)) for age, lag in pairs
        ]
        return cls(pairs[:, 0], pairs[:, 1], np.array(level, dtype=np.float64))

    def typical(self, lag: int) -> float:
        """The mean level (of logarithms) of the days seen from about this lag; 1 without any."""
        near = np.abs(self.lag - lag) <= NEAR
        near = near if near.any() else np.ones(len(self.lag), dtype=bool)
        each = [np.log(self.level[near & (self.day == day)]).mean() for day in set(self.day[near])]
        return float(np.exp(np.sort(each).sum() / (len(each) + DOUBT)))

    def spread(self, examples: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each example: the typical level at its lag, and that of its own day."""
        usual, own = np.ones(len(examples)), np.ones(len(examples))
        for day, lag, level in zip(self.day, self.lag, self.level, strict=True):
            rows = (examples.age == day) & (examples.lag == lag)
            usual[rows], own[rows] = self.typical(int(lag)), level
        return usual, own


def _level(examples: Examples, rows: NDArray[np.bool_]) -> float:
    rows = rows & (examples.plan > 0)
    if not rows.any():
        return 1.0
    plan, actual = examples.plan[rows], examples.actual[rows]
    return float(np.clip(weighted_median(actual / plan, plan), *LIMITS))


def weighted_median(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """The first value at which half of the weight is reached."""
    order = np.lexsort((weight, values))
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
