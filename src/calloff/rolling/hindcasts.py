"""Hindcasts: what methods would have forecast on past days, each from what was known then.

Dimensions: M methods, T origins, P parts of the later past, P' parts at an origin, Q levels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.places import places
from calloff.data.triangle import Days, Mask, Past, Quantity
from calloff.rolling.answers import PLAN, Names, ask, ask_together, begin
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.origins import Origin
from calloff.rolling.spec import Spec

Progress = Callable[[float, str], None]  # share done, and what is done now
Index = NDArray[np.int64]

AHEAD = 15  # origins; a network that trains in the background goes so far ahead of what is asked
TARGETS = 15  # past target days from which methods are compared, weighted and calibrated
DAY = "datetime64[D]"


@dataclass(frozen=True)
class Hindcasts:
    """Forecasts for past days beside what came (M methods, T origins, P parts, Q levels).

    Attributes:
        now: the past from which one looks back.
        spec: the lead.
        methods: the forecasters (M).
        origins: where they were asked (T).
        days: the target days (T), or the cutoffs where several target days are asked for together.
        forecast: pieces (M, T, P), never negative; the plan where a method had no forecast.
        used: names (M, T, P) of the methods whose numbers these are.
        plan: pieces planned (T, P), as sent.
        actual: pieces called off (T, P).
        origin: the day of the plan (T, P), NaT where there is none.
        scored: pairs (T, P) that count by the protocol, as known now.
        quantiles: by name of a method, its own quantiles (T, Q, P) in pieces; see
            ``with_quantiles``.
    """

    now: Past
    spec: Spec
    methods: tuple[Forecaster, ...]
    origins: tuple[Origin, ...]
    days: Days
    forecast: Quantity
    used: Names
    plan: Quantity
    actual: Quantity
    origin: Days
    scored: Mask
    quantiles: Mapping[str, Quantity] = field(default_factory=dict)

    def errors(self) -> Quantity:
        """Mean absolute error of each method (M) over the scored pairs; NaN without any."""
        if not self.scored.any():
            return np.full(len(self.methods), np.nan)
        wrong = np.abs(self.forecast - self.actual)
        return np.array([each[self.scored].mean() for each in wrong])

    def of(self, method: Forecaster) -> Hindcasts:
        """Those of one ``method``, which must be among them."""
        at = [each.name for each in self.methods].index(method.name)
        picked = slice(at, at + 1)
        return replace(
            self, methods=(method,), forecast=self.forecast[picked], used=self.used[picked]
        )

    def recent(self, count: int) -> Hindcasts:
        """Those of the last ``count`` target days, whether some plan reached them or not."""
        targets = self.now.known.target_days[-count:]
        first = targets[0] if len(targets) else self.now.cutoff
        return self._taken(np.flatnonzero(self.days >= first), slice(None))

    def as_of(self, past: Past, last: int = TARGETS) -> Hindcasts:
        """Those that could have been made at an earlier past, for the parts known then.

        Args:
            past: an earlier past, cut from ``now``.
            last: at most so many of the target days that had come by then.

        Returns:
            Hindcasts (M, up to ``last``, P') with ``past`` as ``now``.
        """
        reached = ~np.isnan(self.plan).all(axis=1)
        rows = np.flatnonzero((self.days <= past.cutoff) & reached)[-last:]
        known = self._taken(rows, places(self.now.parts, past.parts))
        sent = ~np.isnan(known.plan) & ~np.isnan(known.actual)
        return replace(known, now=past, scored=sent & past.pooled)

    def _taken(self, rows: Index, parts: Index | slice) -> Hindcasts:
        return replace(
            self,
            origins=tuple(self.origins[row] for row in rows),
            days=self.days[rows],
            forecast=self.forecast[:, rows][:, :, parts],
            used=self.used[:, rows][:, :, parts],
            plan=self.plan[rows][:, parts],
            actual=self.actual[rows][:, parts],
            origin=self.origin[rows][:, parts],
            scored=self.scored[rows][:, parts],
            quantiles={name: own[rows][:, :, parts] for name, own in self.quantiles.items()},
        )


def hindcast(
    now: Past,
    spec: Spec,
    methods: Sequence[Forecaster],
    origins: Sequence[Origin],
    *,
    progress: Progress | None = None,
) -> Hindcasts:
    """Ask methods at past origins, one origin after the other.

    Args:
        now: the past from which one looks back.
        spec: the lead.
        methods: the forecasters (M).
        origins: where they are asked (T).
        progress: called with the share done and what is done now.

    Returns:
        Hindcasts without quantiles.
    """
    shape = (len(origins), len(now.parts))
    forecast = np.full((len(methods), *shape), np.nan)
    used = np.full((len(methods), *shape), PLAN, dtype=object)
    plan, actual, origin = (
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, "NaT", DAY),
    )
    for row, each in enumerate(origins):
        if row + AHEAD < len(origins):
            begin(methods, origins[row + AHEAD].past, spec)
        at = each.positions
        plan[row, at], actual[row, at], origin[row, at] = (
            each.plan,
            each.actual,
            each.queries[0].day,
        )
        for place, method in enumerate(methods):
            if progress:
                progress(row / len(origins), f"{each.targets[0]} {method.name}")
            answer = ask_together(method, each.past, each.queries, spec)
            forecast[place, row, at], used[place, row, at] = answer.pieces, answer.used
    return Hindcasts(
        now=now,
        spec=spec,
        methods=tuple(methods),
        origins=tuple(origins),
        days=_days(origins),
        forecast=forecast,
        used=used,
        plan=plan,
        actual=actual,
        origin=origin,
        scored=~np.isnan(plan) & ~np.isnan(actual) & now.pooled,
    )


def with_quantiles(hindcasts: Hindcasts, levels: Sequence[float]) -> Hindcasts:
    """Add the quantiles of those methods that have some of their own.

    Args:
        hindcasts: with T origins and P parts.
        levels: Q levels between 0 and 1.

    Returns:
        The hindcasts, with quantiles (T, Q, P) in pieces; NaN where a method had none.
    """
    found = {}
    for method in hindcasts.methods:
        if method.spreads:
            rows = [_quantiles(hindcasts, method, origin, levels) for origin in hindcasts.origins]
            shape = (len(rows), len(levels), len(hindcasts.now.parts))
            found[method.name] = np.array(rows).reshape(shape)
    return replace(hindcasts, quantiles=found)


def _quantiles(
    hindcasts: Hindcasts, method: Forecaster, origin: Origin, levels: Sequence[float]
) -> Quantity:
    wide = np.full((len(levels), len(hindcasts.now.parts)), np.nan)
    answer = ask(method, origin.past, origin.queries[0], hindcasts.spec, levels)
    if answer.quantiles is not None:
        wide[:, origin.positions] = answer.quantiles
    return wide


def _days(origins: Sequence[Origin]) -> Days:
    days = [each.targets[0] if len(each.targets) == 1 else each.cutoff for each in origins]
    return np.array(days, dtype=DAY)
