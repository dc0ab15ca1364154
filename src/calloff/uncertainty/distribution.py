"""How sure: the distribution of call-offs around a forecast, calibrated on past errors.

Conformal prediction: what a method predicted on past target days is compared with what came, and
its quantiles are shifted until as many call-offs lay below them as should have. A method with
quantiles of its own starts from those (conformalised quantile regression, Romano, Patterson &
Candès 2019), any other from its forecast (split conformal, Vovk et al. 2005). ``bands`` does it.

Shifts are counted in units of each part's usual error and pooled over the parts, so that those
with little history borrow from the others. Newer days weigh more (Barber et al. 2023). Bands that
missed too often lately are made wider, those that missed too seldom narrower (Gibbs & Candès 2021),
and bands that rest on few days are made wider for it: the errors of one day go together, so a
past of ten days has ten draws of what days do, however many parts there are.

Dimensions: P parts, G levels of the grid, Q levels asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calloff.data.triangle import Past, Quantity, Query, as_days
from calloff.features.builder import builder_of
from calloff.rolling.hindcasts import Hindcasts, quantiles, quantities
from calloff.texts.errors import fail
from calloff.uncertainty.conformal import (
    GRID,
    CalibrationSet,
    CalibrationTarget,
    calibrate,
    rounded,
)
from calloff.uncertainty.levels import LEVELS

FINE = (np.arange(500) + 0.5) / 500  # levels that an expectation is taken over


@dataclass(frozen=True)
class Distribution:
    """The quantiles of each part's call-off at the levels of GRID (G, P), in pieces: rising, never
    negative, NaN while too little is known. days: past target days that they rest on; whole:
    whether a call-off is a whole number, as its quantiles then are."""

    pieces: Quantity
    days: int
    whole: bool = False

    def quantiles(self, levels: Sequence[float]) -> Quantity:
        """Pieces (Q, P), rising with the level; beyond the outermost of GRID as at it."""
        place = np.interp(levels, GRID, np.arange(len(GRID), dtype=float))
        low = np.minimum(place.astype(np.int64), len(GRID) - 2)
        step = self.pieces[low + 1] - self.pieces[low]
        found = np.asarray(self.pieces[low] + (place - low)[:, None] * step)
        return rounded(found) if self.whole else found

    def expected(self, stock: Quantity) -> tuple[Quantity, Quantity]:
        """Expected shortage and surplus (P) in pieces when ``stock`` pieces are there."""
        left = stock - self.quantiles(FINE.tolist())
        return np.maximum(-left, 0.0).mean(axis=0), np.maximum(left, 0.0).mean(axis=0)

    def of(self, parts: Sequence[int]) -> Distribution:
        """That of some of the parts, in this order."""
        return replace(self, pieces=self.pieces[:, list(parts)])


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Levels between 0 and 1 in order. Raises CalloffError naming the first that is not."""
    for level in levels:
        if not 0 < level < 1:
            raise fail("option.range", name="quantile", value=level, low=0, high=1)
    return tuple(sorted(set(levels)))


def around(hindcasts: Hindcasts, query: Query) -> Distribution:
    """The distribution around what a method forecasts for a query.

    hindcasts: of that method alone, made at the past of the query, with its quantiles at LEVELS. A
    day that is planned to be half a full one, or idle, gets half the usual error, or none.
    """
    past, spec, (method,) = hindcasts.now, hindcasts.spec, hindcasts.methods
    calibration = calibration_set_of(hindcasts, spec.lead, _day_loads(hindcasts))
    if method.spreads:
        calibration = replace(calibration, offsets=_offsets(hindcasts.quantiles[method.name]))
    own = quantiles(method, past, query, spec, LEVELS)
    offsets = None if own is None else _offsets(own[None])[0]
    day_load = builder_of(past).day_load(len(past.days) - 1, query.plan) if len(past.days) else 1.0
    forecast = quantities(method, past, query, spec)
    return calibrated(calibration, CalibrationTarget(forecast, offsets, day_load))


def calibration_set_of(hindcasts: Hindcasts, lead: int, day_load: Quantity) -> CalibrationSet:
    """The pairs of one method's hindcasts that count. lead: days until an outcome is known;
    day_load (T): how much of a full day each of their days was planned to be."""
    past = hindcasts.now
    return CalibrationSet(
        days=hindcasts.days,
        lead=lead,
        forecast=np.where(hindcasts.scored, hindcasts.forecast[0], np.nan),
        actual=np.where(hindcasts.scored, hindcasts.actual, np.nan),
        offsets=None,
        day_load=day_load,
        size=size(past),
        whole=not (np.nan_to_num(past.quantity) % 1).any(),
    )


def calibrated(calibration: CalibrationSet, question: CalibrationTarget) -> Distribution:
    """The distribution around forecasts; NaN for parts without one."""
    found, days = calibrate(calibration, question)
    known = np.where(np.isnan(question.forecast), np.nan, found)
    return Distribution(known, days, calibration.whole)


def size(past: Past) -> Quantity:
    """Mean quantity of each part over all fresh plans (P); 0 where nothing was ever planned."""
    known = ~np.isnan(past.quantity)
    count = known.sum(axis=(1, 2))
    total = np.nansum(past.quantity, axis=(1, 2))
    return np.asarray(total / np.maximum(count, 1))


def _offsets(own: Quantity) -> Quantity:
    """From the middle of a method's own quantiles (T, K, P) to each of LEVELS."""
    return np.asarray(own - own[:, [LEVELS.index(0.5)]])


def _day_loads(hindcasts: Hindcasts) -> Quantity:
    """How much of a full day each day of hindcasts was planned to be (T)."""
    past = hindcasts.now
    builder = builder_of(past)
    cutoffs = hindcasts.days - as_days(hindcasts.spec.lead)
    origins = np.searchsorted(past.days, cutoffs, "right") - 1
    pairs = zip(origins.tolist(), hindcasts.plan, strict=True)
    return np.array([builder.day_load(origin, plan) for origin, plan in pairs])
