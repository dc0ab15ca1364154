"""How a record learns a target day: from the plans for it, as sent at this lead and at others.

Plans that were sent nearer or farther ahead than the lead say much of what this lead's are worth,
above all while the history is short; the farther their lag from the lead, the less they count.

Dimensions: P parts, G fades, S strengths.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, as_days
from calloff.features.day_totals import day_totals
from calloff.forecasters.levels import to_usual
from calloff.forecasters.record import FADES, SMOOTHING, STEPS, STRENGTHS, Outcome, Record
from calloff.forecasters.regression import KEPT, Examples, median_regression
from calloff.rolling.spec import Spec

Floats = NDArray[np.float64]

NEAR = 0.6  # weight of a plan falls by this with each period between its lag and the lead
FARTHER = 4  # periods beyond the lead whose plans are learned from


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
    plan = row.query.plan
    at_lags = _at_lags(past, spec)
    sums = [
        sum(np.where(np.isnan(each[place]), 0.0, each[place]) for each in at_lags)
        for place in (1, 2, 3)
    ]
    sums = [np.asarray(each) if at_lags else np.zeros(len(actual)) for each in sums]
    fades = np.array(FADES)[:, None]
    full = bool(day_totals(past).full[-1])
    known = ~np.isnan(actual) & full
    miss = np.abs(row.simple - actual)
    combined = np.abs(row.combined - actual)[None]
    examples = (*record.examples, _examples(then, at_lags, past))[-KEPT:]
    return replace(
        record,
        planned=fades * record.planned + sums[0],
        called=fades * record.called + sums[1],
        pairs=fades * record.pairs + sums[2],
        ratio_error=record.ratio_error + _ratio_error(then, plan, actual, row.load, pooled),
        level=np.where(known, SMOOTHING * record.level + np.nan_to_num(actual), record.level),
        level_weight=np.where(known, SMOOTHING * record.level_weight + 1, record.level_weight),
        sent=record.sent + np.nan_to_num(actual) + np.nan_to_num(plan),
        sent_count=record.sent_count + ~np.isnan(actual) + ~np.isnan(plan),
        losses=record.losses.after(miss),
        unit=record.unit.after(combined),
        examples=examples,
        weights=median_regression(examples, record.weights),
        outcomes=(*record.outcomes, outcome)[-STEPS:],
    )


def _at_lags(past: Past, spec: Spec) -> list[tuple[float, Quantity, Quantity, Quantity, Quantity]]:
    """The plans for the newest target day as sent at each lag at which it was planned as a full
    day: the weight of the lag; pieces planned, called off for them, and 1 for each such pair, times
    the weight; and pieces planned for the full day before (P each); NaN where there is none."""
    target, period = past.days[-1], past.cadence
    actual, totals, found = past.calloffs[:, -1], day_totals(past), []
    for lag in past.leads[past.leads > 0].tolist():
        if lag > spec.lead + FARTHER * period:
            continue
        origin = int(np.searchsorted(past.days, target - as_days(lag)))
        if past.days[origin] != target - as_days(lag):
            continue
        plan = past.planned(past.days[origin], target)
        weight = NEAR ** (abs(lag - spec.lead) / period)
        if np.isnan(plan).all() or totals.load(origin, plan) < 1:
            continue
        one = np.where(np.isnan(plan) | np.isnan(actual), np.nan, weight)
        before = totals.day_before(origin, target, plan)
        found.append((weight, one * plan, one * actual, one, before))
    return found


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


def _examples(
    record: Record,
    at_lags: list[tuple[float, Quantity, Quantity, Quantity, Quantity]],
    past: Past,
) -> Examples:
    """Examples for the regression of the newest target day, some of the pairs by weight."""
    smoothed, inputs, actual, weight = record.smoothed(), [], [], []
    for near, planned, called, one, before in at_lags:
        plan = planned / near
        levelled = plan * to_usual(smoothed, plan, past.pooled)
        known = np.flatnonzero(past.pooled & ~np.isnan(one) & ~np.isnan(smoothed))
        inputs.append(np.stack([plan, before, smoothed, levelled], axis=1)[known])
        actual.append(called[known] / near)
        weight.append(np.full(len(known), near))
    if not inputs:
        return Examples(np.zeros((0, 4)), np.zeros(0), np.zeros(0))
    whole = Examples(np.concatenate(inputs), np.concatenate(actual), np.concatenate(weight))
    return whole.some()
