"""Calibration: quantiles of call-offs from what a method predicted on past days and what came.

Plain arrays in, plain arrays out; ``distribution`` says what they are and why.
Dimensions: T past target days (oldest first), P parts, K levels of a method's own quantiles,
G levels asked for, E past errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Days, Quantity, as_days
from calloff.uncertainty.levels import at_levels
from calloff.uncertainty.weighted import quantile

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Found on synthetic customers and on the unscored days of the public data set. Half or twice as
# much changes the pinball loss by about 1 % there, for POOL_STRENGTH by up to 4 %.
POOL_STRENGTH = 2.0  # past target days that the pooled error is worth beside a part's own
FADE = 0.9  # weight of an error falls by this with each target day of age
OWN_SPREAD = 0.6  # in a spread that was learned; the rest is left to the parts' past errors
ADAPTATION_RATE = 0.4  # by which the logarithm of the width follows the share of call-offs missed
# The most of that logarithm. After a change of regime the past errors grow too; both at once made
# bands four times too wide. From 0.15 to 0.8 random customers differ by 1 %.
MOST_ADAPTED = 0.5
FEW = 3.0  # see ``Errors.small_sample_factor``
# Floats at which bands are kept; what is asked for between them lies on straight lines.
GRID = np.array(
    [0.005, 0.01, 0.02, 0.03, 0.04, *np.arange(2, 39) / 40, 0.96, 0.97, 0.98, 0.99, 0.995]
)
DAYS, ERRORS = 3, 30  # the least to say anything from
OUTER = np.array([0.1, 0.5, 0.9])  # the band whose misses are counted, and its middle
NORMAL = 2.563  # from the 10 to the 90 % quantile of a normal distribution of variance 1


@dataclass(frozen=True)
class CalibrationSet:
    """What a method predicted on past target days, and what came (T days, P parts, K levels).

    Attributes:
        days: the target days (T), oldest first.
        lead: calendar days until an outcome is known.
        forecast: pieces (T, P), NaN where a pair does not count.
        actual: pieces (T, P), NaN where a pair does not count.
        offsets: pieces from the middle of the method's own quantiles to each of ``levels.LEVELS``
            (T, K, P), NaN where it had none; None where it never has.
        day_load: how much of a full day each was planned to be (T), from 0 to 1.
        size: mean quantity of each part (P) in pieces, 0 for parts that are not alive.
        whole: whether a call-off is a whole number.
    """

    days: Days
    lead: int
    forecast: Quantity
    actual: Quantity
    offsets: Quantity | None
    day_load: Quantity
    size: Quantity
    whole: bool = False

    def of(self, days: Mask) -> CalibrationSet:
        """Those of some ``days``, a mask (T)."""
        offsets = None if self.offsets is None else self.offsets[days]
        return replace(
            self,
            days=self.days[days],
            forecast=self.forecast[days],
            actual=self.actual[days],
            offsets=offsets,
            day_load=self.day_load[days],
        )

    def before(self, target: np.datetime64) -> CalibrationSet:
        """What was known of it when a ``target`` was forecast."""
        return self.of(self.days <= target - as_days(self.lead))

    @property
    def counted(self) -> Mask:
        """The pairs (T, P) that count: of living parts, on days that were not idle."""
        known = ~np.isnan(self.forecast) & ~np.isnan(self.actual)
        return known & (self.size > 0) & (self.day_load > 0)[:, None]


@dataclass(frozen=True)
class CalibrationTarget:
    """A forecast for which quantiles are asked.

    Attributes:
        forecast: pieces (P).
        offsets: pieces from the middle of the method's own quantiles to each of ``levels.LEVELS``
            (K, P); None where it has none.
        day_load: how much of a full day it is planned to be, from 0 to 1.
    """

    forecast: Quantity
    offsets: Quantity | None
    day_load: float


def calibrate(calibration: CalibrationSet, question: CalibrationTarget) -> tuple[Quantity, int]:
    """Calibrate quantiles around a forecast on past errors.

    A method's own quantiles are used where it had some on enough past days too.

    Args:
        calibration: past forecasts and what came.
        question: the forecast.

    Returns:
        Quantiles (G, P) in pieces at the levels of GRID, rising with the level and never negative,
        NaN while the days are fewer than DAYS or the errors than ERRORS; and the number of days
        they rest on.

    Source:
        Romano, Patterson & Candès 2019; Gibbs & Candès 2021; see ``distribution``.
    """
    own = _spreading(calibration)
    if question.offsets is None or int(own.sum()) < DAYS:
        calibration, question = replace(calibration, offsets=None), replace(question, offsets=None)
    else:
        calibration = calibration.of(own)
    found = _shifted(calibration, question, GRID)
    wide = _widened(found, GRID, float(np.exp(_log_widths(calibration)[-1])))
    return wide, int(calibration.counted.any(axis=1).sum())


def _spreading(calibration: CalibrationSet) -> Mask:
    """Days (T) on which the method had quantiles of its own, and that count."""
    if calibration.offsets is None:
        return np.zeros(len(calibration.days), dtype=bool)
    known = ~np.isnan(calibration.offsets).all(axis=(1, 2))
    return np.asarray(known & calibration.counted.any(axis=1))


def _log_widths(calibration: CalibrationSet) -> list[float]:
    """By how much (a logarithm) bands are widened before the first past day, and after each.

    Each day's band is drawn again from what was known then, as wide as it was then.
    """
    widths = [0.0]
    for row, day in enumerate(calibration.days):
        seen = calibration.before(day)
        offsets = None if calibration.offsets is None else calibration.offsets[row]
        question = CalibrationTarget(
            calibration.forecast[row], offsets, float(calibration.day_load[row])
        )
        wide = np.exp(widths[: len(seen.days) + 1][-1])
        band = _widened(_shifted(seen, question, OUTER), OUTER, float(wide))
        low, _, high = rounded(band) if calibration.whole else band
        counted = calibration.counted[row] & ~np.isnan(low)
        step = 0.0
        if counted.any():
            actual = calibration.actual[row]
            missed = float(((actual < low) | (actual > high))[counted].mean())
            step = ADAPTATION_RATE * question.day_load * (missed - (OUTER[0] + 1 - OUTER[-1]))
        widths.append(min(max(widths[-1] + step, -MOST_ADAPTED), MOST_ADAPTED))
    return widths


def _widened(quantiles: Quantity, levels: Floats, factor: float) -> Quantity:
    """Quantiles (G, P) pulled away from their middle, and cut off at 0."""
    middle = quantiles[np.flatnonzero(levels == 0.5)]
    return np.maximum(middle + (quantiles - middle) * factor, 0.0)


def rounded(quantiles: Quantity) -> Quantity:
    """Round ``quantiles`` to the nearest whole number, which are those of the rounded quantity;
    halves go up."""
    return np.asarray(np.floor(quantiles + 0.5))


def _shifted(calibration: CalibrationSet, question: CalibrationTarget, levels: Floats) -> Quantity:
    """Quantiles (G, P) from past errors; NaN where too little is known. levels: 0.5 among them."""
    errors = Errors.of(calibration)
    if len(errors.starts) < DAYS or len(errors.scaled) < ERRORS:
        return np.full((len(levels), len(question.forecast)), np.nan)
    base = np.tile(question.forecast, (len(levels), 1))
    if errors.offsets is None or question.offsets is None:
        errors = replace(errors, offsets=None)
    else:
        base = base + OWN_SPREAD * np.nan_to_num(at_levels(question.offsets, levels))
    shift = np.array([quantile(errors.left(level), errors.weight, level) for level in levels])
    found = np.sort(base + shift[:, None] * errors.unit * question.day_load, axis=0)
    return _widened(found, levels, errors.small_sample_factor())


@dataclass(frozen=True)
class Errors:
    """Past errors in units of their parts' usual error, in which they had no share themselves (E
    errors).

    Attributes:
        unit: usual error of each part on a full day (P), in pieces.
        scaled: errors (E), actual - forecast, in these units.
        weight: their weights (E), which fall with age and day load.
        day: row of their day (E).
        slack: half a piece where quantities are whole numbers (E), in these units.
        offsets: of the method's own quantiles (K, E), in these units; None where it has none.
    """

    unit: Quantity
    scaled: Quantity
    weight: Quantity
    day: NDArray[np.int64]
    slack: Quantity
    offsets: Quantity | None

    @classmethod
    def of(cls, calibration: CalibrationSet) -> Errors:
        """The errors of the pairs that count in a ``calibration`` set."""
        counted = calibration.counted
        error = np.where(counted, calibration.actual - calibration.forecast, 0.0)
        day_load = counted * calibration.day_load[:, None]
        unit, others = _units(np.abs(error), day_load, calibration.size)
        sound = counted & (others > 0)
        day, part = np.nonzero(sound)
        offsets = None if calibration.offsets is None else calibration.offsets[day, :, part].T
        age = len(calibration.days) - 1 - day
        return cls(
            unit=unit,
            scaled=error[sound] / others[sound],
            weight=FADE**age * calibration.day_load[day],
            day=day,
            slack=(0.5 if calibration.whole else 0.0) / others[sound],
            offsets=None if offsets is None else np.nan_to_num(offsets) / others[sound],
        )

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the errors of each day begin: they are in the order of days."""
        return np.flatnonzero(np.diff(self.day, prepend=-1))

    def left(self, level: float) -> Quantity:
        """What is left of the errors beyond the method's own quantile of a level.

        A call-off of 3 is not above a quantile that is rounded to 3, though it be above 2.6: so
        those of upper levels may be half a piece too low, those of lower ones as much too high.

        Args:
            level: between 0 and 1.

        Returns:
            Errors (E), scaled.
        """
        left = self.scaled + np.sign(0.5 - level) * self.slack
        if self.offsets is None:
            return left
        return np.asarray(left - OWN_SPREAD * at_levels(self.offsets, [level])[0])

    def small_sample_factor(self) -> float:
        """How much wider quantiles must be for resting on few days.

        The errors of a day go together, so the day to come draws once more from what few days have
        drawn from. If all of an error were the day's, a Student's t of as many degrees as there
        were days would take the place of the normal distribution: at the 10 and 90 % quantiles its
        variance is larger by 1.5 / days. Empirical quantiles of few draws fall short by as much
        again: simulated, FEW of the days' share in the variance restores 80 % from three days on.

        Returns:
            A factor of 1 or more.
        """
        low, high = (quantile(self.scaled, self.weight, level) for level in OUTER[[0, -1]])
        if not high > low:
            return 1.0
        weight = np.array([each.sum() for each in np.split(self.weight, self.starts[1:])])
        middle = np.array([np.median(each) for each in np.split(self.scaled, self.starts[1:])])
        common = (weight @ middle**2) / weight.sum() / ((high - low) / NORMAL) ** 2
        effective = weight.sum() ** 2 / (weight @ weight)
        return float(np.sqrt(1 + FEW * min(float(common), 1.0) / effective))


def _units(miss: Quantity, day_load: Quantity, size: Quantity) -> tuple[Quantity, Quantity]:
    """Usual errors in pieces: of each part on a full day (P), and for each past error (T, P) what
    the part's other errors make it on such a day. miss and day_load (T, P): 0 where a pair does not
    count; size (P): by which parts borrow from the pool."""
    count, total = day_load.sum(axis=0), miss.sum(axis=0)
    planned = float((count * size).sum())
    pooled = POOL_STRENGTH * (float(total.sum()) / planned if planned > 0 else 0.0) * size
    others = (total - miss + pooled) / (count - day_load + POOL_STRENGTH)
    return (total + pooled) / (count + POOL_STRENGTH), others * day_load
