"""How far a customer's schedule slips: part of what is planned for a day is called off on the next.

A line that falls behind its plan works off today what was meant for yesterday, whatever the total
of its day turns out to be; the farther ahead a day was planned, the more of it has slipped by then.
So the mix of a day is that of its own plan and of the plan for the full day before it, as sent on
the same day. The share of the latter is learned from the past, for each distance in full days
(nothing slips over a weekend): the one that would have left the least error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calloff.features.day_level import levels_of
from calloff.features.samples import OF_BEFORE, OF_PLAN, Sample, TrainingSet

Seen = TypeVar("Seen", Sample, TrainingSet)

SHARES = np.arange(11) / 10
TOLERANCE = 1  # days: targets so close to equally far ahead share their days
PRIOR_STRENGTH = 1.0  # days on which nothing slipped, that the past starts with
DECAY = 0.95  # weight of an error falls by this with each fresh day of age


@dataclass(frozen=True)
class Slippage:
    """How much of a plan slips, by distance (K distances).

    Attributes:
        ahead: full days until the target (K).
        share: share of the plan for the day before (K), from 0 to 1.
    """

    ahead: NDArray[np.int64]
    share: NDArray[np.float64]

    @classmethod
    def of(cls, examples: TrainingSet) -> Slippage:
        """The shares that would have left the least error on past ``examples``, drawn towards 0."""
        aheads = np.unique(examples.ahead)
        wrong = np.stack([_wrong(moved(examples, share)) for share in SHARES])  # (SHARES, N)
        weight = DECAY**examples.age
        shares = np.zeros(len(aheads))
        for place, ahead in enumerate(aheads):
            near = np.abs(examples.ahead - ahead) <= TOLERANCE
            days = len(np.unique(examples.age[near]))
            best = np.argmin(wrong[:, near] @ weight[near])
            shares[place] = SHARES[best] * days / (days + PRIOR_STRENGTH)
        return cls(aheads, shares)

    def at(self, ahead: int) -> float:
        """The share for a target that is ``ahead`` full days away: that of the nearest one known; 0
        without any."""
        if not len(self.ahead):
            return 0.0
        return float(self.share[np.argmin(np.abs(self.ahead - ahead))])

    def sample(self, sample: Sample) -> Sample:
        """A ``sample`` with the plan as it will have slipped."""
        return moved(sample, self.at(sample.ahead))

    def training_set(self, examples: TrainingSet) -> TrainingSet:
        """The ``examples`` with their plans as they will have slipped."""
        share = np.zeros(len(examples))
        for ahead in self.ahead:
            share[examples.ahead == ahead] = self.at(int(ahead))
        return moved(examples, share)


def moved(seen: Seen, share: float | NDArray[np.float64]) -> Seen:
    """Move a share of the plan from the day before.

    Args:
        seen: a sample, or a training set.
        share: of the plan for the day before, from 0 to 1; one, or one for each example (N).

    Returns:
        The same with plans and sums moved.
    """
    sums, own = seen.sums.copy(), np.asarray(share)[..., None]
    sums[..., OF_PLAN] += own * (sums[..., OF_BEFORE] - sums[..., OF_PLAN])
    return replace(seen, plan=seen.plan + share * (seen.before - seen.plan), sums=sums)


def _wrong(examples: TrainingSet) -> NDArray[np.float64]:
    """Error (N) in pieces of plans brought to the level of their day."""
    return np.abs(examples.plan * levels_of(examples, examples.plan) - examples.actual)
