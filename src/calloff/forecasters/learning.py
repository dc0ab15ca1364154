"""How a record learns a target day: from the plans for it, as sent at this lead and at others.

Plans that were sent nearer or farther ahead than the lead say much of what this lead's are worth,
above all while the history is short; the farther their lag from the lead, the less they count.

Dimensions: P parts, G fades, S strengths, K shares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, as_days
from calloff.features.day_totals import day_totals
from calloff.forecasters.levels import to_usual
from calloff.forecasters.record import FADES, SMOOTHING, STEPS, STRENGTHS, Outcome, Record
from calloff.forecasters.regression import KEPT, Examples, median_regression
from calloff.forecasters.slippage import SHARES, moved
from calloff.rolling.spec import Spec

Floats = NDArray[np.float64]

NEAR = 0.6  # weight of a plan falls by this with each period between its lag and the lead
FARTHER = 4  # periods beyond the lead whose plans are learned from


@dataclass(frozen=True)
class Sent:
    """A plan for a target day, as sent at one lag (P parts).

    Attributes:
        weight: of the lag.
        plan: pieces planned (P).
        before: pieces planned for the full day before (P).
        known: parts with a plan and a call-off (P).
    """

    weight: float
    plan: Quantity
    before: Quantity
    known: NDArray[np.bool_]


def learn(record: Record, then: Record, outcome: Outcome, past: Past, spec: Spec) -> Record:
    """Learn a target day.

    Args:
        record: what was known before.
        then: what was known when it was forecast.
        outcome: what was forecast for the day, and what came.
        past: the past of that day.
        spec: the lead.

    Returns:
        The record after it.
    """
    row, actual, pooled = outcome.row, outcome.actual, past.pooled
    plan, sent = row.query.plan, _sent(past, spec)
    fades = np.array(FADES)[:, None]
    known = ~np.isnan(actual) & bool(day_totals(past).full[-1])
    examples = (*record.examples, _examples(then, sent, past))[-KEPT:]
    return replace(
        record,
        planned=fades * record.planned + _weighed(sent, [each.plan for each in sent], past),
        called=fades * record.called + _weighed(sent, [actual] * len(sent), past),
        pairs=fades * record.pairs + _weighed(sent, [np.ones(len(actual))] * len(sent), past),
        ratio_error=record.ratio_error + _ratio_error(then, plan, actual, row.load, pooled),
        level=np.where(known, SMOOTHING * record.level + np.nan_to_num(actual), record.level),
        level_weight=np.where(known, SMOOTHING * record.level_weight + 1, record.level_weight),
        sent=record.sent + np.nan_to_num(actual) + np.nan_to_num(plan),
        sent_count=record.sent_count + ~np.isnan(actual) + ~np.isnan(plan),
        losses=record.losses.after(np.abs(row.simple - actual)),
        unit=record.unit.after(np.abs(row.combined - actual)[None]),
        examples=examples,
        weights=median_regression(examples, record.weights),
        slippage=record.slippage.after(_slipped(then, sent, past)) if sent else record.slippage,
        outcomes=(*record.outcomes, outcome)[-STEPS:],
    )


def _sent(past: Past, spec: Spec) -> list[Sent]:
    """The plans for the newest target day as sent at each lag at which it was planned as a full
    day."""
    period, found = past.cadence, []
    for lag in past.leads[past.leads > 0].tolist():
        if lag > spec.lead + FARTHER * period:
            continue
        make = partial(_at_lag, past, lag)
        each = past.memo.get("sent", (past.key, lag), make)  # several leads learn of the same
        if each is not None:
            found.append(replace(each, weight=NEAR ** (abs(lag - spec.lead) / period)))
    return found


def _at_lag(past: Past, lag: int) -> Sent | None:
    """The plan for the newest target day as sent at a lag; None where none was for a full day."""
    target, actual, totals = past.days[-1], past.calloffs[:, -1], day_totals(past)
    origin = int(np.searchsorted(past.days, target - as_days(lag)))
    if past.days[origin] != target - as_days(lag):
        return None
    plan = past.planned(past.days[origin], target)
    if np.isnan(plan).all() or totals.load(origin, plan) < 1:
        return None
    before = totals.day_before(origin, target, plan)
    return Sent(1.0, plan, before, ~np.isnan(plan) & ~np.isnan(actual))


def _weighed(sent: list[Sent], values: list[Quantity], past: Past) -> Quantity:
    """The sum of the values (P) of each plan sent, by the weight of its lag (P)."""
    total = np.zeros(len(past.parts))
    for each, own in zip(sent, values, strict=True):
        total += np.where(each.known, each.weight * own, 0.0)
    return total


def _slipped(record: Record, sent: list[Sent], past: Past) -> Floats:
    """Pieces by which plans moved by each share were wrong (K)."""
    usual, actual, wrong = record.smoothed(), past.calloffs[:, -1], np.zeros(len(SHARES))
    for each in sent:
        found = moved(each.plan, each.before, SHARES[:, None], usual, past.pooled)
        counted = each.known & past.pooled
        wrong += each.weight * np.abs(found - actual)[:, counted].sum(axis=1)
    return wrong


def _ratio_error(
    record: Record, plan: Quantity, actual: Quantity, load: float, pooled: NDArray[np.bool_]
) -> Floats:
    """Pieces by which the ratio of each fade and strength was wrong on a full day (G, S)."""
    error = np.zeros((len(FADES), len(STRENGTHS)))
    count = pooled & ~np.isnan(plan) & ~np.isnan(actual)
    if load < 1 or not count.any():
        return error
    for fade, strength in np.ndindex(*error.shape):
        ratio = record.ratios(fade, STRENGTHS[strength], pooled)
        error[fade, strength] = np.abs(plan * ratio - actual)[count].sum()
    return error


def _examples(record: Record, sent: list[Sent], past: Past) -> Examples:
    """Examples for the regression of the newest target day, some of the pairs by weight."""
    smoothed, found = record.smoothed(), []
    by_name = np.argsort(np.array(past.parts))  # in whatever order they stand
    for each in sent:
        levelled = each.plan * to_usual(smoothed, each.plan, past.pooled)
        inputs = np.stack([each.plan, each.before, smoothed, levelled], axis=1)
        known = by_name[(past.pooled & each.known & ~np.isnan(smoothed))[by_name]]
        weight = np.full(len(known), each.weight)
        found.append(Examples(inputs[known], past.calloffs[known, -1], weight))
    return Examples.joined(found).some()
