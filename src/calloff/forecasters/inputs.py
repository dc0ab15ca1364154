"""What the network reads of each part: its last target days, and what is known of the day ahead.

Everything is relative: pieces are divided by the part's scale, or by the usual error of the
weighted mean of the simple methods, which the network corrects. So parts and customers of any size
share one network, and where a plan is nearly right all corrections are small.

Dimensions: P parts, S steps (target days), C channels of a step, D of the day ahead, M simple
methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.places import placed, places
from calloff.data.triangle import Past, Quantity
from calloff.features.day_totals import at_work, day_totals
from calloff.features.stats import known_mean
from calloff.forecasters.levels import line_factor
from calloff.forecasters.record import STEPS, Outcome, Record, Row

Floats = NDArray[np.float32]
Index = NDArray[np.int64]

CHANNELS = 16  # of a step
FAR = 30.0  # units: what lies beyond is cut off
LONGEST = 30  # periods
LEAST = 0.01  # of the usual error: what is left of it on an idle day


@dataclass(frozen=True)
class Inputs:
    """What a network reads, and what its answer is relative to (P parts).

    Attributes:
        steps: of past target days (P, S, C), the newest last; 0 before the first.
        ahead: of the day that is asked for (P, D).
        middle: pieces that it starts from (P).
        unit: pieces that its answer counts in (P).
    """

    steps: Floats
    ahead: Floats
    middle: Quantity
    unit: Quantity

    def of(self, parts: Index) -> Inputs:
        """Those of some ``parts``."""
        return Inputs(self.steps[parts], self.ahead[parts], self.middle[parts], self.unit[parts])

    @classmethod
    def joined(cls, several: Sequence[Inputs]) -> Inputs:
        """Put several of them one after the other.

        Args:
            several: of one or more.

        Returns:
            All of them.
        """
        steps, ahead = (
            np.concatenate([getattr(e, n) for e in several]) for n in ("steps", "ahead")
        )
        middle, unit = (
            np.concatenate([getattr(e, n) for e in several]) for n in ("middle", "unit")
        )
        return cls(steps, ahead, middle, unit)

    @property
    def together(self) -> Floats:
        """Steps with the day ahead beside each of them (P, S, C + D)."""
        ahead = np.repeat(self.ahead[:, None], self.steps.shape[1], axis=1)
        return np.concatenate([self.steps, ahead], axis=2)


def inputs_of(past: Past, record: Record, row: Row, parts: Index | None = None) -> Inputs:
    """The inputs for a question.

    Args:
        past: what may be read.
        record: that of the past.
        row: the simple forecasts for the question.
        parts: the places of those that are wanted (P); by default all.

    Returns:
        A row for each part.
    """
    at = np.arange(len(past.parts)) if parts is None else parts
    seen = [_on(past, outcome) for outcome in record.outcomes]
    steps = np.zeros((len(at), STEPS, CHANNELS), np.float32)
    pairs = zip(record.outcomes, seen, strict=True)
    for place, (outcome, values) in enumerate(pairs, start=STEPS - len(seen)):
        steps[:, place] = _step(past, outcome.row, values, row, at)
    unit = row.unit[at] * max(at_work(row.load), LEAST)
    return Inputs(steps, _ahead(past, record, seen, row, at), row.combined[at], unit)


def _squeezed(values: Quantity) -> Quantity:
    """Values without those that are missing, the far ones drawn in."""
    known = np.where(np.isnan(values), 0.0, values)
    return np.arcsinh(np.minimum(np.maximum(known, -FAR), FAR))


def _log_ratio(above: float, below: float) -> float:
    """The logarithm of a ratio of totals, at most 1 away from 0; 0 where one of them is."""
    return float(np.clip(np.log(above / below), -1, 1)) if above > 0 and below > 0 else 0.0


def _step(past: Past, then: Row, values: Quantity, row: Row, at: Index) -> Quantity:
    """One past target day (P, C): what was forecast then, and its values as of ``_on``."""
    actual, latest, plan, combined = values
    now, pooled = row.query.plan, past.pooled
    both = pooled & ~np.isnan(actual) & ~np.isnan(combined)
    alike = pooled & ~np.isnan(actual) & ~np.isnan(now)
    total = float(actual[both].sum())
    full = actual[alike].sum() / max(then.load, 0.05)
    asked = now[alike].sum() / max(row.load, 0.05)
    age = (row.query.target - then.query.target).astype(np.int64) / past.cadence
    common = [
        then.load,
        _log_ratio(total, float(combined[both].sum())),
        _log_ratio(total, float(np.nansum(plan[both]))),
        _log_ratio(total, float(np.nansum(latest[both]))),
        _log_ratio(float(full), float(asked)),
        min(age, LONGEST) / 10,
        1.0,
    ]
    lines = [np.log(line_factor(actual, each, past, at)) for each in (combined, latest)]
    actual, latest, plan, combined = values[:, at]
    scale, unit = row.scale[at], row.unit[at]
    own = [
        _squeezed((actual - combined) / unit),
        _squeezed((actual - plan) / unit),
        _squeezed((actual - row.combined[at]) / scale),
        _squeezed((plan - now[at]) / scale),
        _squeezed((actual - latest) / scale),
        *lines,
        np.isnan(actual),
        np.isnan(plan),
    ]
    return _columns(own, common)


def _on(past: Past, outcome: Outcome) -> Quantity:
    """Actual, latest plan, plan as sent, and weighted mean, for the parts of a past (4, P)."""
    row = outcome.row
    values = np.stack([outcome.actual, outcome.latest, row.query.plan, row.combined])
    if outcome.parts == past.parts:
        return values
    return placed(values, places(outcome.parts, past.parts), np.nan)


def _ahead(past: Past, record: Record, seen: list[Quantity], row: Row, at: Index) -> Floats:
    """The day that is asked for (P, D)."""
    *around, until = _around(past, row)
    before, after, earlier, profile = np.stack(around)[:, at]
    plan, scale, unit, middle = row.query.plan[at], row.scale[at], row.unit[at], row.combined[at]
    outcomes = np.array([each[:2, at] for each in seen])
    slips = [actual - latest for actual, latest in outcomes[:-3:-1]]
    slips += [np.zeros(len(at))] * (2 - len(slips))
    zeros = (outcomes[:, 0] == 0).mean(axis=0) if len(outcomes) else np.zeros(len(at))
    own = [
        *(_squeezed((each - middle) / unit) for each in row.simple[:, at]),
        *(_squeezed(np.log(each / unit)) for each in row.losses[:, at]),
        np.log(unit / scale).clip(-5, 1) / 2,
        np.log1p(record.sent_count[at]) / 4,
        _squeezed((before - plan) / scale),
        np.isnan(before),
        _squeezed((after - plan) / scale),
        np.isnan(after),
        _squeezed((plan - earlier) / scale),
        _squeezed((plan - earlier) / unit),
        _squeezed((profile * row.load - plan) / scale),
        _squeezed((plan - middle) / scale),
        _squeezed(middle / scale),
        _squeezed(slips[0] / scale),
        _squeezed(slips[1] / scale),
        _squeezed(slips[0] / unit),
        zeros,
    ]
    pooled = past.pooled
    totals = [float(np.nansum(each[pooled])) for each in (*row.simple, row.combined)]
    lag = (row.query.target - past.days[-1]).astype(np.int64) if len(past.days) else past.cadence
    common = [
        row.load,
        min(until, LONGEST) / 5,
        float(np.clip(np.log(max(lag, 1) / past.cadence), -1, 3)),
        *(_log_ratio(each, totals[-1]) for each in totals[:-1]),
        _log_ratio(totals[-1], row.load * _mean_total(seen, past)),
        float(past.cadence > 1),
    ]
    return _columns(own, common).astype(np.float32)


def _mean_total(seen: list[Quantity], past: Past) -> float:
    """Mean total call-off of the last five target days, in pieces."""
    totals = [np.nansum(each[0][past.pooled]) for each in seen[-5:]]
    return float(np.mean(totals)) if totals else 0.0


def _around(past: Past, row: Row) -> tuple[Quantity, Quantity, Quantity, Quantity, int]:
    """What the newest plan has for the full days before and after the target, what the plan before
    it had for the target, its mean full day (P each, NaN where there is none), and how many full
    days ahead the target is."""
    target, plan, nothing = row.query.target, row.query.plan, np.full(len(past.parts), np.nan)
    if not len(past.days):
        return nothing, nothing, nothing, nothing, 1
    newest, totals = len(past.days) - 1, day_totals(past)
    sent = past.quantity[:, newest]
    near, far = totals.around(newest, target, plan)
    before = sent[:, near[-1]] if len(near) else nothing
    after = sent[:, far[0]] if len(far) else nothing
    earlier = past.planned(past.days[-2], target) if newest else nothing
    profile = known_mean(sent[:, totals.busy_ahead(newest)])
    return before, after, earlier, profile, len(near) + 1


def _columns(own: Sequence[Quantity], common: Sequence[float]) -> Quantity:
    """Values of each part beside those of all (P, N)."""
    wide = np.broadcast_to(np.array(common), (len(own[0]), len(common)))
    return np.concatenate([np.stack(own, axis=1), wide], axis=1)
