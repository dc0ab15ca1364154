"""Top-down: the mix from the plan, the total from what the customer usually takes in a day.

A plan knows which parts are wanted better than how much there will be in all: a customer's lines
turn out about the same from day to day, whatever the plan adds up to. So each part's plan is
blended with its latest call-offs, and all parts together are brought halfway (of logarithms) to
the usual total (Gross & Sohl 1990 compare such ways of spreading a total). Nothing is learned: one
working day is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.levels import pull
from calloff.spec import Spec
from calloff.triangle import Asked, Past
from calloff.views import STEPS, Views, known_mean, origins, views_of

TRUST = 0.7  # share of the plan in the mix; the rest is the latest call-offs
FADE = 0.5  # weight of a call-off falls by this with each working day of age


@dataclass(frozen=True)
class Spread(Fitted):
    """Answers from the last working days of a past."""

    views: Views

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = np.full(len(asked.plan), np.nan)
        for origin, parts in origins(asked.origin):
            answer[parts] = self._said(origin, asked.target)[parts]
        return answer

    def _said(self, origin: int, target: np.datetime64) -> NDArray[np.float64]:
        past, plan = self.views.past, self.views.planned(origin, target)
        days = np.flatnonzero(self.views.working[: origin + 1])[-STEPS:]
        gate = self.views.gate(origin, plan)
        latest = faded_mean(past.calloffs[:, days])
        mixed = TRUST * plan + (1 - TRUST) * np.where(np.isnan(latest), plan, latest)
        if gate < 1:  # which lines work on a part-day only the plan knows
            mixed = plan
        return np.asarray(mixed * pull(self.views, origin, mixed, gate))


def faded_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of what is known over the second axis (P), the newest with the most weight."""
    weight = np.broadcast_to(FADE ** np.arange(values.shape[1])[::-1], values.shape)
    weight = np.where(np.isnan(values), np.nan, weight)
    total = known_mean(weight)
    return known_mean(values * weight) / np.where(total > 0, total, 1.0)


@dataclass(frozen=True)
class TopDown(Forecaster):
    name: str = "top-down"
    rank: ClassVar[int] = 27

    def fit(self, past: Past, spec: Spec) -> Spread:
        return Spread(views_of(past))


METHODS = (TopDown(),)
