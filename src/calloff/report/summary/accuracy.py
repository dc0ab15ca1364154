"""How good the plans were: today's one by one, and all parts together by lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.data.days import WEEK
from calloff.data.triangle import Past

Number = float | None


@dataclass(frozen=True)
class TodaysPlan:
    """The newest plan of a part for the next target day, and what such plans were like.

    Attributes:
        part: name of the part.
        target: the target day.
        lag: days from the plan's issue to the target.
        plan: pieces planned.
        low: least call-off for which the plan is within the tolerance, in pieces.
        high: largest such call-off, in pieces.
        expected: plan less its bias, in pieces.
        usual: mean absolute error of such plans, in pieces.
        inside: share of them within the tolerance.
        changed: share of them that changed from one day to the next.
        days: past target days behind these.
        running: share of all usual errors that this plan and those above it make.
    """

    part: str
    target: date
    lag: int
    plan: float
    low: Number
    high: Number
    expected: Number
    usual: Number
    inside: Number
    changed: Number
    days: int
    running: Number


@dataclass(frozen=True)
class LeadAccuracy:
    """Plans made so many days ahead, over all parts that count in pooled statistics.

    Attributes:
        lead: days ahead.
        plan: mean plan, in pieces.
        bias: mean of plan - call-off, in pieces.
        wape: sum of absolute errors over that of the call-offs.
        inside: share of plans within the tolerance.
        changed: share of plans that changed from one day to the next.
        change: mean size of such a change, in pieces.
        drift: mean signed change, in pieces.
        pairs: plans with a call-off to compare.
    """

    lead: int
    plan: Number
    bias: Number
    wape: Number
    inside: Number
    changed: Number
    change: Number
    drift: Number
    pairs: int

    @property
    def too_low(self) -> float:
        """By what share of the plans the call-offs were above them."""
        return -self.bias / self.plan if self.bias is not None and self.plan else 0.0


@dataclass(frozen=True)
class AccuracySummary:
    """How good the plans were.

    Attributes:
        tolerance: share of the call-off that a plan may be off.
        today: the newest plans, the largest usual error first.
        leads: all parts together, lead by lead.
        weekly: whether the customer plans by weeks, so that a target day stands for its week.
    """

    tolerance: float
    today: tuple[TodaysPlan, ...]
    leads: tuple[LeadAccuracy, ...]
    weekly: bool = False


def accuracy(found: PlanAccuracy, past: Past) -> AccuracySummary:
    """Summarise what ``assess`` found.

    Args:
        found: how good the plans were.
        past: the past that it was found in.

    Returns:
        What is shown of it.
    """
    error = pl.col("deviation").fill_null(0.0)
    share = pl.when(error.sum() > 0).then(error.cum_sum() / error.sum())
    today = found.today.with_columns(running=share).rename(
        {"lead": "lag", "deviation": "usual", "pairs": "days"}
    )
    return AccuracySummary(
        tolerance=found.tolerance,
        today=tuple(TodaysPlan(**row) for row in today.iter_rows(named=True)),
        leads=_by_lead(found, past),
        weekly=past.cadence == WEEK,
    )


def _by_lead(found: PlanAccuracy, past: Past) -> tuple[LeadAccuracy, ...]:
    """Each figure weighted by the pairs, or the plans, behind it."""

    def mean(name: str, weight: str) -> pl.Expr:
        known = pl.col(name).is_not_null()
        weights = pl.col(weight).filter(known)
        return (pl.col(name).filter(known) * weights).sum() / weights.sum()

    counted = pl.col("part").is_in(np.array(past.parts, dtype=object)[past.pooled].tolist())
    wape = (pl.col("mae") * pl.col("pairs")).sum() / (pl.col("call_off") * pl.col("pairs")).sum()
    table = (
        found.by_lead.filter(counted)
        .group_by("lead", maintain_order=True)
        .agg(
            plan=mean("plan", "pairs"),
            bias=mean("bias", "pairs"),
            wape=wape,
            inside=mean("inside", "pairs"),
            changed=mean("changed", "plans"),
            change=mean("change", "plans"),
            drift=mean("drift", "plans"),
            pairs=pl.col("pairs").sum(),
        )
    )
    rows = table.with_columns(pl.col(pl.Float64).fill_nan(None)).iter_rows(named=True)
    return tuple(LeadAccuracy(**row) for row in rows)
