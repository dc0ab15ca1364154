"""A question to a forecaster, and the plans that answer it as they stand.

Dimensions: P parts, F fresh issue days, L leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from calloff.data.days import Days, Mask, Quantity, as_days


@dataclass(frozen=True)
class Query:
    """A question to a forecaster: the call-off of every part (P) on one target day.

    Attributes:
        target: the target day.
        lead: calendar days before it; newer plans do not count.
        origin: index of the origin day in ``Past.days``, -1 where a part has none (P).
        day: that day (P), NaT where there is none.
        plan: the plan as sent (P), in pieces; NaN where the origin's plan does not reach the
            target.
    """

    target: np.datetime64
    lead: int
    origin: NDArray[np.int64]
    day: Days
    plan: Quantity

    @property
    def lag(self) -> NDArray[np.int64]:
        """Calendar days from origin to target (P); meaningless where ``origin`` is -1."""
        return (self.target - self.day).astype("timedelta64[D]").astype(np.int64)

    @cached_property
    def key(self) -> tuple[str, int, bytes]:
        """What tells it from other questions."""
        digest = blake2b(self.day.tobytes() + self.plan.tobytes(), digest_size=16)
        return str(self.target), self.lead, digest.digest()


@dataclass(frozen=True)
class FreshPlans:
    """Plans of fresh issue days.

    Attributes:
        quantity: pieces (P, F, L).
        present: whether a part has a plan of a day (P, F).
        days: the issue days (F), rising.
        leads: days ahead (L), rising.
    """

    quantity: Quantity
    present: Mask
    days: Days
    leads: NDArray[np.int64]

    def newest(self, target: np.datetime64, lead: int) -> Query:
        """Look up the plans for a target day that were known some days before it.

        Args:
            target: the day.
            lead: calendar days before it.

        Returns:
            For each part the newest plan that was known then.
        """
        count = len(self.quantity)
        issued = int(np.searchsorted(self.days, target - as_days(lead), side="right"))
        if not issued:
            never, nothing = np.full(count, "NaT", "M8[D]"), np.full(count, np.nan)
            return Query(target, lead, np.full(count, -1), never, nothing)
        origin = self._origin(issued)
        days = np.where(origin >= 0, self.days[origin], np.datetime64("NaT", "D"))
        alike = (origin == origin[:1]).all()  # mostly all are planned anew
        one = origin[:1] if alike else origin
        plan = self._plans(one[:, None], np.array([target]))[:, 0]
        return Query(target, lead, origin, days, plan)

    def for_targets(self, targets: Days, lead: int) -> Quantity:
        """Look up the same plans for several target days at once.

        Args:
            targets: the days (T).
            lead: calendar days before each of them.

        Returns:
            Pieces (P, T); NaN where the newest plan does not reach the target.
        """
        if not len(self.days):
            return np.full((len(self.quantity), len(targets)), np.nan)
        issued = np.searchsorted(self.days, targets - as_days(lead), side="right")
        newest = issued[None] - 1  # of all parts, where each is planned on all days
        if not self.present.all():
            origin = np.where(self.present, np.arange(len(self.days)), -1)
            newest = np.maximum.accumulate(origin, axis=1)[:, issued - 1]  # (P, T)
        return self._plans(np.where(issued > 0, newest, -1), targets)

    def _origin(self, issued: int) -> NDArray[np.int64]:
        """Of the first so many days, the index of the last one with a plan of each part (P); -1
        where there is none."""
        origin = np.full(len(self.present), issued - 1)
        absent = np.flatnonzero(~self.present[:, issued - 1])  # few: mostly all are planned anew
        seen = self.present[absent, :issued]
        origin[absent] = np.where(seen.any(axis=1), issued - 1 - seen[:, ::-1].argmax(axis=1), -1)
        return origin

    def _plans(self, origin: NDArray[np.int64], targets: Days) -> Quantity:
        """What was planned for target days (T) on days by their index (P, T), or (1, T) where it is
        the same for all parts, -1 for none: pieces (P, T); NaN where a plan does not reach the
        target."""
        lag = (targets - self.days[origin]).astype(np.int64)
        column = np.searchsorted(self.leads, lag).clip(0, len(self.leads) - 1)
        reached = (origin >= 0) & (self.leads[column] == lag)
        if len(origin) == 1:
            return np.where(reached, self.quantity[:, origin[0], column[0]], np.nan)
        part = np.arange(len(origin))[:, None]
        return np.where(reached, self.quantity[part, origin, column], np.nan)
