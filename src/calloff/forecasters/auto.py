"""The default: the ensemble where its hindcasts were better than the plan, else what is simpler.

Looks at past target days only. Parts that are mostly zero get the intermittent method where that
did better on such parts; a method that lost to the plan is never used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.forecasters.ensemble import Ensemble
from calloff.forecasters.hierarchy import Hierarchy
from calloff.forecasters.lstm_quantiles import spread_around
from calloff.forecasters.plan import Plan
from calloff.forecasters.ratio import PooledRatio
from calloff.forecasters.tsb import TSB
from calloff.rolling.answers import ask
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.hindcasts import TARGETS, Hindcasts, hindcast
from calloff.rolling.origins import past_origins
from calloff.rolling.spec import Spec

MIN_TARGETS = 3  # target days; with fewer no method can be told from another, and all are averaged
RARE = 0.5  # a part is intermittent where more of its call-offs are zero
TOLERANCE = 1.1  # of the least error: a method within it is as good as the best
SURE = (8, 0.9)  # target days, and share of the error, at which the intermittent method is taken
# From the one preferred to the one that is always there.
PREFERRED: tuple[Forecaster, ...] = (Ensemble(), Hierarchy(), PooledRatio(), Plan())


@dataclass(frozen=True)
class Chosen(Fitted):
    """For each part (P) the method that was chosen.

    Attributes:
        past: what it may read.
        spec: the lead.
        methods: those to choose from.
        method: index of the one that each part is forecast by (P).
    """

    past: Past
    spec: Spec
    methods: tuple[Forecaster, ...]
    method: NDArray[np.int64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        for index in np.unique(self.method).tolist():
            parts = self.method == index
            found = ask(self.methods[index], self.past, query, self.spec)
            answer[parts] = found.pieces[parts]
        return answer

    @property
    def used(self) -> NDArray[np.object_]:
        names = np.array([method.name for method in self.methods], dtype=object)
        return names[self.method]

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        return spread_around(self.predict(query), self.past, query, levels)


@dataclass(frozen=True)
class Auto(Forecaster):
    """Chooses a method by its past errors; see the module.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "auto"
    rank: ClassVar[int] = 45
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Chosen:
        methods = (*PREFERRED, TSB())
        origins = past_origins(past, spec, last=TARGETS, across=False)
        hindcasts = hindcast(past, spec, methods, origins)
        best = _best(hindcasts)
        method = np.full(len(past.parts), best)
        rare = _rare(past)
        if _beats(hindcasts, len(methods) - 1, best, rare):
            method[rare] = len(methods) - 1
        return Chosen(past, spec, methods, method)


def _best(hindcasts: Hindcasts) -> int:
    """The first of the preferred methods that beat the plan and come near the best of them; the
    plan if none beat it."""
    plan = len(PREFERRED) - 1
    errors = hindcasts.errors()
    if len(hindcasts.days) < MIN_TARGETS or np.isnan(errors).any():
        return 0
    near = (errors < errors[plan]) & (errors <= TOLERANCE * errors.min())
    return int(np.argmax(near)) if near[:plan].any() else plan


def _rare(past: Past) -> NDArray[np.bool_]:
    """Parts (P) called off on fewer than half of the target days, but sometimes."""
    called = past.calloffs[:, past.is_target]
    known = (~np.isnan(called)).sum(axis=1)
    some = (np.nan_to_num(called) > 0).sum(axis=1)
    return np.asarray((some > 0) & (some < (1 - RARE) * known))


def _beats(hindcasts: Hindcasts, index: int, other: int, parts: NDArray[np.bool_]) -> bool:
    """Whether one method had clearly less error than another on these parts."""
    scored = hindcasts.scored & parts
    days, share = SURE
    if len(hindcasts.days) < days or not scored.any():
        return False
    wrong = np.abs(hindcasts.forecast - hindcasts.actual)
    return bool(wrong[index][scored].sum() < share * wrong[other][scored].sum())


METHODS = (Auto(),)
