"""The simple forecasts for a question, read from the record as known when it is asked.

Dimensions: P parts, M simple methods.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.data.places import placed, places
from calloff.data.triangle import Past, Quantity, Query, as_days
from calloff.features.day_totals import at_work, day_totals
from calloff.forecasters.learning import learn
from calloff.forecasters.levels import line_factor, to_usual
from calloff.forecasters.prequential import learned
from calloff.forecasters.record import Outcome, Record, Row
from calloff.forecasters.slippage import moved
from calloff.forecasters.weights import weigh
from calloff.rolling.spec import Spec


def record_of(past: Past, spec: Spec) -> Record:
    """Learn the target days known at a past.

    Args:
        past: what may be read.
        spec: the lead.

    Returns:
        The record, for the parts of the past.
    """

    def step(record: Record, then: Past, number: int) -> Record:
        return _step(record, then, spec)

    return learned(past, "record", spec, Record.empty(()), step).on(past.parts)


def _step(record: Record, past: Past, spec: Spec) -> Record:
    """The record after the newest target day of a ``past``, the last of its fresh days."""
    origin = past.earlier(past.days[-1] - as_days(spec.lead))
    then = record_of(origin, spec).on(past.parts)
    return learn(record.on(past.parts), then, outcome_of(past, spec), past, spec)


def outcome_of(past: Past, spec: Spec) -> Outcome:
    """Hold the newest target day against what was forecast for it.

    Args:
        past: that of the day, which is its last fresh one.
        spec: the lead.

    Returns:
        What was forecast, and what came.
    """
    target, actual = past.days[-1], past.calloffs[:, -1]
    origin = past.earlier(target - as_days(spec.lead))
    row = row_of(origin, spec, origin.ask(target, spec.lead))
    before = past.planned(past.days[-2], target) if len(past.days) > 1 else np.nan
    latest = np.where(np.isnan(actual), np.nan, before)
    return Outcome(past.parts, on_parts(row, origin.parts, past), actual, latest)


def on_parts(row: Row, parts: tuple[str, ...], past: Past) -> Row:
    """Carry a row over to the parts of a later past.

    Args:
        row: of some parts.
        parts: their names.
        past: the later one.

    Returns:
        The same row; NaN for parts that were not known then.
    """
    if parts == past.parts:
        return row
    at = places(parts, past.parts)
    return replace(
        row,
        query=past.ask(row.query.target, row.query.lead),
        scale=placed(row.scale, at, 1.0),
        simple=placed(row.simple, at, np.nan),
        losses=placed(row.losses, at, np.nan),
        combined=placed(row.combined, at, np.nan),
        unit=placed(row.unit, at, 1.0),
    )


def row_of(past: Past, spec: Spec, query: Query) -> Row:
    """Make the simple forecasts for a question, once.

    Args:
        past: what may be read.
        spec: the lead.
        query: the target day.

    Returns:
        The forecasts, their usual errors and their weighted mean.
    """
    key = (spec, past.key, query.key)
    return past.memo.get("row", key, lambda: _row(past, spec, query))


def _row(past: Past, spec: Spec, query: Query) -> Row:
    record = record_of(past, spec)
    load = day_totals(past).load(len(past.days) - 1, query.plan) if len(past.days) else 1.0
    scale = _scale(record, query.plan)
    simple = _simple(record, query.target, query.plan, load, past)
    losses = record.losses.usual(scale, past.pooled)
    unit = record.unit.usual(scale, past.pooled)[0]
    combined = (_weights(losses, record, past) * simple).sum(axis=0)
    return Row(query, load, scale, simple, losses, np.maximum(combined, 0.0), unit)


def weights_of(past: Past, spec: Spec, query: Query) -> Quantity:
    """Give the weights of the simple methods in their mean.

    Args:
        past: what may be read.
        spec: the lead.
        query: the target day.

    Returns:
        Weights (M, P), which add up to 1.
    """
    return _weights(row_of(past, spec, query).losses, record_of(past, spec), past)


def _weights(losses: Quantity, record: Record, past: Past) -> Quantity:
    """Before the first target day that counts, all of the weight is the plan's."""
    known = float((record.losses.count[past.pooled] > 0).any())
    first = [1.0, *[known] * (len(losses) - 1)]
    return weigh(losses, first, record.losses.power)


def _scale(record: Record, plan: Quantity) -> Quantity:
    """Mean of what was planned and called off so far (P); what is planned now for parts without
    one, else the smallest scale of all, so that nothing depends on the unit of quantity."""
    own = record.sent / np.maximum(record.sent_count, 1)
    own = np.where(own > 0, own, np.nan_to_num(plan))
    least = own[own > 0].min(initial=np.inf)
    return np.where(own > 0, own, least if np.isfinite(least) else 1.0)


def _simple(
    record: Record, target: np.datetime64, plan: Quantity, load: float, past: Past
) -> Quantity:
    """Forecasts of SIMPLE (M, P), in pieces."""
    smoothed = record.smoothed() * load
    levelled = plan * to_usual(smoothed, plan, past.pooled)
    before = plan
    if len(past.days):
        before = day_totals(past).day_before(len(past.days) - 1, target, plan) * at_work(load)
    inputs = np.stack([plan, before, smoothed, levelled])
    mixed = np.maximum(record.weights @ inputs, 0.0)
    ratio = plan * record.ratios(*record.best_ratio, past.pooled)
    by_line = plan * line_factor(smoothed, plan, past)
    slipped = moved(plan, before, record.slippage.share, smoothed, past.pooled)
    found = np.stack([plan, ratio, smoothed, mixed, slipped, by_line])
    return np.where(np.isnan(found), plan, found)
