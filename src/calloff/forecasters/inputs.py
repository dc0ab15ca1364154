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
from calloff.features.stats import known_mean, total
from calloff.forecasters.levels import line_factors
from calloff.forecasters.record import STEPS, Record, Row

Floats = NDArray[np.float32]
Index = NDArray[np.int64]

ACTUAL, LATEST, PLAN, COMBINED = range(4)  # what is seen of a past target day
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

    def of(self, parts: Index | slice) -> Inputs:
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
    seen = _seen(past, record)
    at = np.arange(len(past.parts)) if parts is None else parts
    steps = np.zeros((len(at), STEPS, CHANNELS), np.float32)
    if len(seen):
        steps[:, -len(seen) :] = _steps(past, record, seen, row, at).transpose(1, 0, 2)
    unit = row.unit[at] * max(at_work(row.load), LEAST)
    return Inputs(steps, _ahead(past, record, seen, row, at), row.combined[at], unit)


def _seen(past: Past, record: Record) -> Quantity:
    """What the last target days showed of the parts of a past (S, 4, P), in the order of ACTUAL,
    LATEST, PLAN and COMBINED."""
    seen = np.empty((len(record.outcomes), 4, len(past.parts)))
    for values, outcome in zip(seen, record.outcomes, strict=True):
        row = outcome.row
        own = np.stack([outcome.actual, outcome.latest, row.query.plan, row.combined])
        here = outcome.parts == past.parts
        values[:] = own if here else placed(own, places(outcome.parts, past.parts), np.nan)
    return seen


def _squeezed(values: Quantity) -> Quantity:
    """Values without those that are missing, the far ones drawn in."""
    known = np.where(np.isnan(values), 0.0, values)
    return np.arcsinh(np.minimum(np.maximum(known, -FAR), FAR))


def _log_ratios(above: Quantity, below: Quantity) -> Quantity:
    """The logarithms of ratios of totals, at most 1 away from 0; 0 where one of them is."""
    known = (above > 0) & (below > 0)
    ratio = np.where(known, above, 1.0) / np.where(known, below, 1.0)
    return np.asarray(np.minimum(np.maximum(np.log(ratio), -1.0), 1.0))


def _steps(past: Past, record: Record, seen: Quantity, row: Row, at: Index) -> Floats:
    """The past target days (S, P, C): what was forecast for each, and what it showed."""
    common = _of_all(past, [outcome.row for outcome in record.outcomes], seen, row)
    usual = seen[:, ACTUAL]
    lines = [line_factors(usual, seen[:, each], past, at) for each in (COMBINED, LATEST)]
    actual, latest, plan, combined = seen[:, :, at].transpose(1, 0, 2)
    scale, unit = row.scale[at], row.unit[at]
    own = [
        _squeezed((actual - combined) / unit),
        _squeezed((actual - plan) / unit),
        _squeezed((actual - row.combined[at]) / scale),
        _squeezed((plan - row.query.plan[at]) / scale),
        _squeezed((actual - latest) / scale),
        *np.log(lines),
        np.isnan(actual),
        np.isnan(plan),
    ]
    return _columns(own, common[:, None])


def _of_all(past: Past, then: Sequence[Row], seen: Quantity, row: Row) -> Quantity:
    """What past target days showed of all parts together (S, N), from what was ``_seen``."""
    actual, latest, plan, combined = seen.transpose(1, 0, 2)
    now, pooled = row.query.plan, past.pooled & ~np.isnan(actual)
    both, alike = pooled & ~np.isnan(combined), pooled & ~np.isnan(now)
    load = np.array([each.load for each in then])
    called, sums = _total(actual, both), [_total(each, both) for each in (combined, plan, latest)]
    full, asked = _total(actual, alike) / np.maximum(load, 0.05), _total(now, alike)
    age = [(row.query.target - each.query.target).astype(np.int64) for each in then]
    found = [
        load,
        *(_log_ratios(called, each) for each in sums),
        _log_ratios(full, asked / max(row.load, 0.05)),
        np.minimum(np.array(age) / past.cadence, LONGEST) / 10,
        np.ones(len(then)),
    ]
    return np.stack(found, axis=1)


def _total(values: Quantity, counted: NDArray[np.bool_]) -> Quantity:
    """Sums (S) of the values that are known and counted (S, P)."""
    return np.asarray(np.where(counted & ~np.isnan(values), values, 0.0).sum(axis=1))


def _ahead(past: Past, record: Record, seen: Quantity, row: Row, at: Index) -> Floats:
    """The day that is asked for (P, D)."""
    *around, until = _around(past, row)
    before, after, earlier, profile = np.stack(around)[:, at]
    plan, scale, unit, middle = row.query.plan[at], row.scale[at], row.unit[at], row.combined[at]
    actual, latest = seen[:, ACTUAL, at], seen[:, LATEST, at]
    slips = [*(actual - latest)[:-3:-1], *[np.zeros(len(at))] * 2]
    zeros = (actual == 0).mean(axis=0) if len(seen) else np.zeros(len(at))
    own = [
        *_squeezed((row.simple[:, at] - middle) / unit),
        *_squeezed(np.log(row.losses[:, at] / unit)),
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
    totals = total(np.concatenate([row.simple, row.combined[None]])[:, past.pooled].T)
    lag = (row.query.target - past.days[-1]).astype(np.int64) if len(past.days) else past.cadence
    common = [
        row.load,
        min(until, LONGEST) / 5,
        float(np.clip(np.log(max(lag, 1) / past.cadence), -1, 3)),
        *_log_ratios(totals[:-1], totals[-1:]).tolist(),
        *_log_ratios(totals[-1:], np.array([row.load * _mean_total(seen, past)])).tolist(),
        float(past.cadence > 1),
    ]
    return _columns(own, np.array(common))


def _mean_total(seen: Quantity, past: Past) -> float:
    """Mean total call-off of the last five target days, in pieces."""
    totals = _total(seen[-5:, ACTUAL], past.pooled)
    return float(np.mean(totals)) if len(totals) else 0.0


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


def _columns(own: Sequence[Quantity], common: Quantity) -> Floats:
    """Values of each part beside those of all (..., P, N)."""
    found = np.empty((*own[0].shape, len(own) + common.shape[-1]), np.float32)
    for place, values in enumerate(own):
        found[..., place] = values
    found[..., len(own) :] = common
    return found
