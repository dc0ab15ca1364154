"""The plan seen from several heights: the part, its line, all parts together.

A plan can be wrong at each height in its own way. All of it is too low by about the same share
each time; the total of a day is about the usual one, whatever the plan adds up to; a line works
its usual shifts while only one of them is planned yet; a part is taken as it was yesterday. Each
height gives a forecast, and they are averaged with weights that fall with the square of their past
errors (Bates & Granger 1969; Gross & Sohl 1990 compare ways of spreading a total over its parts).
Days beyond a weekend or a holiday have weights of their own: what a line took last week says less
of them. Before that, the plan is moved by as much as the schedule slips (``slip``). Where the plan
was right all along, it is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.forecasters.record import fitted
from calloff.forecasters.weights import by_error
from calloff.levels import Levels
from calloff.seen import OF_PLAN, OF_RECENT, Examples, View
from calloff.slip import Slip
from calloff.spec import Spec
from calloff.triangle import Asked, Past, Quantity
from calloff.views import Views, factor, lags, origins, views_of

HEIGHTS = 4
FADE = 0.95  # weight of an error falls by this with each fresh day of age
POWER = 2.0


@dataclass(frozen=True)
class Heights(Fitted):
    """weights (2, HEIGHTS): of the plan at its typical level, and brought to what is recent of all
    parts and of the part's line, and of the part's own call-offs, for targets before the next idle
    days and beyond them. Each row adds up to 1."""

    views: Views
    slip: Slip
    levels: Levels
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, views: Views, examples: Examples) -> Heights:
        """Heights weighted by what they would have said of past targets."""
        slip = Slip.of(examples)
        examples = slip.examples(examples)
        levels = Levels.of(examples)
        said = _seen_from(examples, levels.spread(examples)[0])
        return cls(views, slip, levels, weigh(said, examples))

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = np.full(len(asked.plan), np.nan)
        for origin, parts in origins(asked.origin):
            view = self.views.at(origin, asked.target)
            answer[parts] = self.said(origin, asked.target, view)[parts]
        return answer

    def said(self, origin: int, target: np.datetime64, view: View) -> Quantity:
        """The forecast (P) of a target seen from a fresh day."""
        if view.gate < 1:
            return self.levels.levelled(self.views, origin, target, view)
        level = np.array(self.levels.typical(view.lag))
        weights = self.weights[int(view.beyond)]
        return np.asarray(weights @ _seen_from(self.slip.view(view), level))

    def said_of(self, examples: Examples) -> Quantity:
        """The forecasts of past targets (N)."""
        examples = self.slip.examples(examples)
        level = self.levels.spread(examples)[0]
        weights = self.weights[examples.beyond.astype(np.int64)].T  # (HEIGHTS, N)
        return np.asarray((weights * _seen_from(examples, level)).sum(axis=0))


def _seen_from(seen: View | Examples, level: Quantity) -> Quantity:
    """What each height says (HEIGHTS, P or N)."""
    line, all_parts = (
        seen.plan * factor(seen.sums[:, which, OF_RECENT], seen.sums[:, which, OF_PLAN])
        for which in (0, 1)
    )
    return np.stack([seen.plan * level, all_parts, line, seen.recent])


def weigh(said: Quantity, examples: Examples) -> NDArray[np.float64]:
    """Weights (2, HEIGHTS) by past errors of what was said (HEIGHTS, N), of targets before idle
    days and beyond them: by the errors of all where there were none of a kind."""
    wrong = np.abs(said - examples.actual) * FADE**examples.age
    kinds = [wrong[:, examples.beyond == beyond] for beyond in (False, True)]
    errors = [(kind if kind.size else wrong).sum(axis=1) for kind in kinds]
    return np.stack([by_error(each, POWER) for each in errors])


@dataclass(frozen=True)
class Hierarchy(Forecaster):
    name: str = "hierarchy"
    rank: ClassVar[int] = 27

    def fit(self, past: Past, spec: Spec) -> Heights:
        views = views_of(past)
        return Heights.of(views, views.examples(lags(spec.lead, past)))


def heights_of(past: Past, spec: Spec) -> Heights:
    """The heights of a past, learned once for all who start from them."""
    return cast(Heights, fitted(Hierarchy(), past, spec))


METHODS = (Hierarchy(),)
