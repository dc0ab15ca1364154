"""What reasons are made of: what each part's plans were like, what became of the plan for this very
day, what was called off of late, and of what the forecast is a mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.analysis.verdict import HALF
from calloff.data.days import WEEK
from calloff.data.triangle import Past, Quantity, as_days
from calloff.planning.forecast import Forecast
from calloff.report.summary.accuracy import AccuracySummary

HABITS = ("pairs", "plan", "bias", "mae", "inside", "changed", "drift")
LATELY = 7  # days in which revisions count; so many target days are the call-offs of late
WEEKLY = 28  # the same where the customer plans by weeks
SHARE = 0.05  # weight below which a method in a mixture is not named

Row = Mapping[str, Any]
Mix = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Misses:
    """How the plans of a part missed.

    Attributes:
        low: number of past target days on which they were too low.
        high: number of those on which they were too high.
    """

    low: int = 0
    high: int = 0


@dataclass(frozen=True)
class Revisions:
    """What became of the plan for a day of late.

    Attributes:
        before: the first plan for it that was sent in these days, in pieces.
        raised: how often it was raised since.
        cut: how often it was cut.
    """

    before: float
    raised: int
    cut: int


@dataclass(frozen=True)
class Recent:
    """The call-offs of a part of late.

    Attributes:
        mean: of them, in pieces.
        days: number of target days.
    """

    mean: float
    days: int


@dataclass(frozen=True)
class Evidence:
    """What reasons are made of.

    Attributes:
        habits: by part and lag, what such plans were like (see ``PlanAccuracy.by_lead``).
        marks: part -> codes of faults in its input.
        too_low: lag -> share by which the plans of all parts were too low.
        newest: last fresh day.
        chosen: name of the method.
        tolerance: share of the call-off that a plan may be off.
        misses: by part and lag, on how many days such plans were too low or too high.
        revisions: by part and target, what became of its plan of late.
        recent: part -> its call-offs of late.
        mixes: by part and target, methods with their weights and forecasts.
        window: days in which revisions count; in weeks where the customer plans by weeks.
    """

    habits: Mapping[tuple[str, int], Row]
    marks: Mapping[str, tuple[str, ...]]
    too_low: Mapping[int, float]
    newest: date
    chosen: str
    tolerance: float
    misses: Mapping[tuple[str, int], Misses] = field(default_factory=dict)
    revisions: Mapping[tuple[str, date], Revisions] = field(default_factory=dict)
    recent: Mapping[str, Recent] = field(default_factory=dict)
    mixes: Mapping[tuple[str, date], Mix] = field(default_factory=dict)
    window: int = LATELY

    @classmethod
    def of(
        cls, found: Forecast, past: Past, plans: PlanAccuracy, pooled: AccuracySummary
    ) -> Evidence:
        """Gather the evidence of an as-of day.

        Args:
            found: the forecast.
            past: what was known.
            plans: how good the plans were.
            pooled: the same over all parts.

        Returns:
            The evidence.
        """
        leads = found.table["lead"].unique().to_list()
        habits = plans.by_lead.filter(pl.col("lead").is_in(leads))
        rows = habits.select("part", "lead", *HABITS).iter_rows(named=True)
        window = WEEKLY if past.cadence == WEEK else LATELY
        return cls(
            habits={(row["part"], row["lead"]): row for row in rows},
            marks=_marks(past),
            too_low={each.lead: each.too_low for each in pooled.leads},
            newest=past.days[-1].astype(object),
            chosen=found.choice.method.name,
            tolerance=plans.tolerance,
            misses=_misses(past, leads),
            revisions=_revisions(past, found.targets, window),
            recent=_recent(past),
            mixes=_mixes(found, past),
            window=window // past.cadence,
        )


def _marks(past: Past) -> dict[str, tuple[str, ...]]:
    """Parts with findings that make their plans doubtful."""
    masks = {"conflict": past.known.conflict, "totals": past.known.mismatch}
    found: dict[str, tuple[str, ...]] = {}
    for code, mask in masks.items():
        for part in np.flatnonzero(mask.any(axis=1)):
            name = past.parts[part]
            found[name] = (*found.get(name, ()), code)
    return found


def _misses(past: Past, lags: list[int]) -> dict[tuple[str, int], Misses]:
    """By more than half a piece, of the plans made exactly so many days ahead."""
    found: dict[tuple[str, int], Misses] = {}
    targets, actual = past.days[past.is_target], past.calloffs[:, past.is_target]
    for lag in lags:
        short = actual - past.planned(targets - as_days(lag), targets)
        low, high = ((short > HALF).sum(axis=1), (short < -HALF).sum(axis=1))
        counts = zip(past.parts, low.tolist(), high.tolist(), strict=True)
        found |= {(part, lag): Misses(under, over) for part, under, over in counts}
    return found


def _revisions(
    past: Past, targets: tuple[np.datetime64, ...], window: int
) -> dict[tuple[str, date], Revisions]:
    """Of parts whose plan for a target day was sent more than once within the window."""
    found: dict[tuple[str, date], Revisions] = {}
    issued = past.days[past.days >= past.days[-1] - as_days(window)]
    for target in targets:
        plan = past.planned(issued, np.full(len(issued), target))
        raised, cut, before = steps(plan)
        for part in np.flatnonzero(raised + cut):
            key = past.parts[part], target.astype(object)
            found[key] = Revisions(float(before[part]), int(raised[part]), int(cut[part]))
    return found


Counts = NDArray[np.int64]


def steps(plan: Quantity) -> tuple[Counts, Counts, Quantity]:
    """Count how often plans rose and fell from one that was sent to the next.

    Args:
        plan: the plans for a day, oldest first (P, N), in pieces; NaN where none was sent.

    Returns:
        How often each rose (P), how often it fell (P), and the first that was sent (P), in pieces.
    """
    last = np.full(len(plan), np.nan)
    first, raised, cut = last.copy(), np.zeros(len(plan), int), np.zeros(len(plan), int)
    for sent in plan.T:
        raised += sent - last > HALF
        cut += last - sent > HALF
        first, last = np.where(np.isnan(first), sent, first), np.where(np.isnan(sent), last, sent)
    return raised, cut, first


def _recent(past: Past) -> dict[str, Recent]:
    calls = past.calloffs[:, past.is_target][:, -LATELY:]
    count = (~np.isnan(calls)).sum(axis=1)
    mean = np.nansum(calls, axis=1) / np.maximum(count, 1)
    rows = zip(past.parts, mean.tolist(), count.tolist(), strict=True)
    return {part: Recent(pieces, days) for part, pieces, days in rows if days}


def _mixes(found: Forecast, past: Past) -> dict[tuple[str, date], Mix]:
    """The methods with a say in each forecast, the largest weight first."""
    mixes: dict[tuple[str, date], Mix] = {}
    for target, mixture in zip(found.targets, found.mixtures, strict=False):
        if mixture is None:
            continue
        day = target.astype(object)
        for at, part in enumerate(past.parts):
            said = zip(mixture.names, mixture.weights[:, at], mixture.pieces[:, at], strict=True)
            named = [(name, float(w), float(p)) for name, w, p in said if w >= SHARE]
            mixes[part, day] = tuple(sorted(named, key=lambda each: -each[1]))
    return mixes
