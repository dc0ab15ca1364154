"""How sure: the distribution of call-offs around a forecast, calibrated on past errors.

Conformal prediction: what a method predicted on past target days is compared with what came, and
its quantiles are shifted until as many call-offs lay below them as should have. A method with
quantiles of its own starts from those (conformalised quantile regression, Romano, Patterson &
Candès 2019), any other from its forecast (split conformal, Vovk et al. 2005). It is done in
``conformal``.

Shifts are counted in units of each part's usual error and pooled over the parts, so that those
with little history borrow from the others. Newer days weigh more (Barber et al. 2023). Ranges that
missed too often lately are made wider, those that missed too seldom narrower (Gibbs & Candès 2021),
and ranges that rest on few days are made wider for it: the errors of one day go together, so a
past of ten days has ten draws of what days do, however many parts there are.

Dimensions: P parts, G levels of the grid, Q levels asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calloff.data.triangle import Past, Quantity
from calloff.features.day_load import DayLoads
from calloff.rolling.evidence import Evidence
from calloff.texts import arguments
from calloff.texts.arguments import require
from calloff.uncertainty.conformal import (
    GRID,
    CalibrationSet,
    CalibrationTarget,
    calibrate,
    rounded,
)
from calloff.uncertainty.levels import LEVELS

FINE = tuple(((np.arange(500) + 0.5) / 500).tolist())  # levels that an expectation is taken over


@dataclass(frozen=True)
class Distribution:
    """The distribution of each part's call-offs, by its quantiles (G levels, P parts).

    Attributes:
        pieces: quantiles at the levels of GRID (G, P), rising, never negative; NaN while too little
            is known.
        days: number of past target days that they rest on.
        whole: whether a call-off is a whole number, as its quantiles then are.
    """

    pieces: Quantity
    days: int
    whole: bool = False

    def quantiles(self, levels: Sequence[float]) -> Quantity:
        """Quantiles at other levels, on straight lines between those of GRID, and beyond its ends
        as there.

        Args:
            levels: Q levels between 0 and 1.

        Returns:
            Pieces (Q, P), rising with the level.
        """
        place = np.interp(levels, GRID, np.arange(len(GRID), dtype=float))
        low = np.minimum(place.astype(np.int64), len(GRID) - 2)
        step = self.pieces[low + 1] - self.pieces[low]
        found = np.asarray(self.pieces[low] + (place - low)[:, None] * step)
        return rounded(found) if self.whole else found


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Put levels into order, each once.

    Args:
        levels: numbers between 0 and 1.

    Returns:
        The levels, rising.

    Raises:
        CalloffError: with all that are no such numbers.
    """
    require(arguments.levels(levels, "quantiles"))
    return tuple(sorted(set(levels)))


def cover(distribution: Distribution, level: float) -> tuple[Quantity, Quantity]:
    """What covers the call-offs with a given chance.

    Args:
        distribution: of the call-offs.
        level: the chance, between 0 and 1.

    Returns:
        Its quantile (P), and the quantiles at FINE (Q, P), over which expectations are taken; in
        pieces.
    """
    (found,) = distribution.quantiles([level])
    return found, distribution.quantiles(FINE)


def distributions(evidence: Evidence, loads: DayLoads) -> list[Distribution]:
    """Calibrate the distribution around each answer of a method on its hindcasts.

    Args:
        evidence: the answers, and the hindcasts of the same method.
        loads: how much of a full day their target days were planned to be.

    Returns:
        A distribution for each answer, NaN for parts without a forecast.
    """
    calibration = _calibration_set(evidence, loads)
    found = []
    for answer, load in zip(evidence.answers, loads.ahead.tolist(), strict=True):
        offsets = None if answer.quantiles is None else _offsets(answer.quantiles[None])[0]
        pieces, days = calibrate(calibration, CalibrationTarget(answer.pieces, offsets, load))
        known = np.where(np.isnan(answer.pieces), np.nan, pieces)
        found.append(Distribution(known, days, calibration.whole))
    return found


def _calibration_set(evidence: Evidence, loads: DayLoads) -> CalibrationSet:
    """The pairs of hindcasts that count."""
    hindcasts = evidence.hindcasts
    past, (method,) = hindcasts.now, hindcasts.methods
    own = hindcasts.quantiles.get(method.name)
    return CalibrationSet(
        days=hindcasts.days,
        lead=evidence.lead,
        forecast=np.where(hindcasts.scored, hindcasts.forecast[0], np.nan),
        actual=np.where(hindcasts.scored, hindcasts.actual, np.nan),
        offsets=None if own is None else _offsets(own),
        day_load=loads.past,
        size=size(past),
        whole=_are_whole(past.quantity),
    )


def size(past: Past) -> Quantity:
    """Mean quantity of each part over all fresh plans of a ``past`` (P), in pieces; 0 where nothing
    was ever planned."""
    known = ~np.isnan(past.quantity)
    total = np.where(known, past.quantity, 0.0).sum(axis=(1, 2))
    return np.asarray(total / np.maximum(known.sum(axis=(1, 2)), 1))


def _are_whole(pieces: Quantity) -> bool:
    """Whether all ``pieces`` that are known are whole numbers."""
    return bool((np.isnan(pieces) | (np.trunc(pieces) == pieces)).all())


def _offsets(own: Quantity) -> Quantity:
    """From the middle of a method's own quantiles (T, K, P) to each of LEVELS."""
    return np.asarray(own - own[:, [LEVELS.index(0.5)]])
