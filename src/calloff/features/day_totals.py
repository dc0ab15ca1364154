"""What the plans of all parts add up to, day by day: which days are full ones, which are idle.

Dimensions: P parts, F fresh days of a past, L leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.triangle import Mask, Past, Quantity
from calloff.features.stats import median, total

FULL = 0.6  # of a typical day's total: from it on a day is a full one, below it a part of one
PART = 0.75  # of a busy day ahead: a day planned below it is a part of one
IDLE = 0.3  # of a full day: below it a day is nearly idle
RECENT = 7  # days that say what is typical


@dataclass(frozen=True)
class DayTotals(Shared):
    """Totals over the pooled parts of a ``past``."""

    past: Past

    @property
    def nbytes(self) -> int:
        """Bytes of the totals, and of the past that they keep alive."""
        return self.past.nbytes + 8 * len(self.past.days) * (len(self.past.leads) + 3)

    def planned(self, origin: int) -> Quantity:
        """Pieces that the fresh day with the index ``origin`` planned, by lead (L)."""
        if origin not in self._planned:
            self._planned[origin] = total(self.past.quantity[:, origin], self._pooled)
        return self._planned[origin]

    @cached_property
    def _planned(self) -> dict[int, Quantity]:
        return {}

    @cached_property
    def _pooled(self) -> Mask:
        return self.past.pooled[:, None]

    @cached_property
    def called(self) -> Quantity:
        """Pieces called off on each fresh day (F)."""
        return total(self.past.calloffs, self._pooled)

    @cached_property
    def typical(self) -> Quantity:
        """As of each fresh day (F), the median total call-off of the last working days."""
        typical: list[float] = []
        busy: list[float] = []
        for called in self.called.tolist():
            if called > 0 and (not busy or called > FULL / 2 * typical[-1]):
                busy.append(called)
            typical.append(median(busy[-RECENT:]) if busy else 0.0)
        return np.array(typical)

    @cached_property
    def full(self) -> Mask:
        """Fresh days (F) on which about as much as usual was called off."""
        return (self.called >= FULL * self.typical) & (self.called > 0)

    def busy_ahead(self, origin: int) -> Mask:
        """Leads (L) for which the plan of the fresh day with the index ``origin`` has a full day's
        work; the day itself is none of them."""
        ahead = self.planned(origin).copy()
        ahead[0] = 0.0
        return (ahead > FULL * ahead.max(initial=0.0)) & (ahead > 0)

    def day_before(self, origin: int, target: np.datetime64, plan: Quantity) -> Quantity:
        """What a fresh day planned for the full day before a target.

        Args:
            origin: index of the fresh day.
            target: the target day.
            plan: pieces that it planned for that (P).

        Returns:
            Pieces (P); those for the target where it sees no full day before it.
        """
        nearer, _ = self.around(origin, target, plan)
        found = self.past.quantity[:, origin, nearer[-1]] if len(nearer) else plan
        return np.where(np.isnan(found), plan, found)

    def around(
        self, origin: int, target: np.datetime64, plan: Quantity
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the days ahead of a fresh day that it planned as full ones, beside a target.

        Args:
            origin: index of the fresh day.
            target: the target day.
            plan: pieces that it planned for that (P), by which a full day is measured.

        Returns:
            Indices of the leads of those before the target, and of those after it, each rising.
        """
        lag = int((target - self.past.days[origin]).astype(np.int64))
        least, planned = FULL * float(total(plan[self.past.pooled])), self.planned(origin)
        full = (planned >= least) & (planned > 0) & (self.past.leads > 0)
        near, far = self.past.leads < lag, self.past.leads > lag
        return np.flatnonzero(full & near), np.flatnonzero(full & far)

    def load(self, origin: int, plan: Quantity) -> float:
        """How much of a full day plans make.

        Measured by the other days ahead in the same plan, as a plan that is too low is so for all
        its days, unless that would be more than is usual, or only idle days lie ahead.

        Args:
            origin: index of the fresh day on which they were issued.
            plan: pieces planned for one day (P).

        Returns:
            1 for a full day, 0 for an idle one.
        """
        usual, busy = self.typical[origin], self.planned(origin)[self.busy_ahead(origin)]
        middle = median(busy.tolist()) if len(busy) else 0.0
        full = middle if FULL / 2 * usual < middle < usual else usual
        planned = float(total(plan[self.past.pooled]))
        return 1.0 if planned >= PART * full else planned / full


def at_work(load: float) -> float:
    """How far what is learned of working days holds for a day.

    Args:
        load: how much of a full day it is planned to be, from 0 to 1.

    Returns:
        1 but for nearly idle days, 0 for an idle one.
    """
    return min(1.0, load / IDLE)


def day_totals(past: Past) -> DayTotals:
    """The totals of a ``past``, made once."""
    return past.memo.get("day totals", past.key, lambda: DayTotals(past))
