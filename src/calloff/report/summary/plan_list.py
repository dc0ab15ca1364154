"""The ranked list: each plan beside its forecast, with range, verdict and reasons, the largest
deviation first; and its sums by target day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calloff.analysis.verdict import VERDICTS, verdict
from calloff.overrides.table import Overrides
from calloff.planning.forecast import Forecast
from calloff.planning.tables import BUILD
from calloff.report.summary.evidence import Evidence
from calloff.report.summary.reasons import Reason, how, why
from calloff.rolling.long_table import quantile_name

Number = float | None
Row = Mapping[str, Any]
Given = Mapping[tuple[str, date], float]


@dataclass(frozen=True)
class PlanRow:
    """One part on one target day: its plan beside its forecast.

    Attributes:
        part: name of the part.
        target: the target day.
        origin: issue day of the plan.
        lag: days from origin to target.
        plan: pieces planned.
        last: newest call-off, in pieces.
        forecast: pieces forecast.
        method: whose number it is.
        quantiles: pieces at the levels asked for.
        deviation: forecast - plan, in pieces.
        share: the same as a share of the plan.
        verdict: what to make of the plan (see ``analysis.verdict``).
        how: the way the forecast came about.
        why: what speaks for and against the plan.
        usual: mean absolute error of plans of the part with this lag, in pieces.
        inside: share of these within the tolerance.
        changed: share of these that changed from one day to the next.
        days: past target days behind these.
        own: the planner's own number of this as-of day, in pieces.
        earlier: the newest one of a day before, in pieces.
        stock: pieces on hand; this and the next five are None where no stock was given, and, as all
            that follows, on a target day that is built for together with one before.
        before: pieces called off before the target day.
        built_before: pieces finally built for earlier target days.
        on_order: pieces that will have come by then.
        safety: pieces that are to be left after it.
        projected: pieces that are there for it; below 0 where the stock does not last until then.
        cover: pieces that suffice at the service level.
        build: pieces to build.
        shortage: pieces then expected to be short.
        surplus: pieces then expected to be over.
    """

    part: str
    target: date
    origin: date
    lag: int
    plan: float
    last: Number
    forecast: float
    method: str
    quantiles: tuple[Number, ...]
    deviation: float
    share: Number
    verdict: str
    how: Reason
    why: tuple[Reason, ...]
    usual: Number
    inside: Number
    changed: Number
    days: int
    own: Number
    earlier: Number
    stock: Number = None
    before: Number = None
    built_before: Number = None
    on_order: Number = None
    safety: Number = None
    projected: Number = None
    cover: Number = None
    build: Number = None
    shortage: Number = None
    surplus: Number = None

    @property
    def low(self) -> Number:
        """Where the range begins: at the lowest of several quantiles."""
        return self.quantiles[0] if len(self.quantiles) > 1 else None

    @property
    def high(self) -> Number:
        """Where the range ends: at the highest of several quantiles."""
        return self.quantiles[-1] if len(self.quantiles) > 1 else None

    @property
    def override(self) -> Number:
        """The planner's own number: that of this as-of day, or else the newest before."""
        return self.earlier if self.own is None else self.own

    @property
    def final(self) -> Number:
        """What is finally built, in pieces: the planner's own number, or else ``build``."""
        return self.build if self.override is None else self.override


@dataclass(frozen=True)
class TargetDay:
    """A target day over all parts.

    Attributes:
        target: the day.
        plans: number of plans.
        distrust: how many of them have this verdict.
        differs: how many have this one.
        agrees: how many have this one.
        plan: pieces planned.
        forecast: pieces forecast.
        deviation: forecast - plan, in pieces.
        build: pieces to build; None where it is known of no part.
        final: pieces finally built (see ``PlanRow.final``); None where it is known of no part.
        own: number of parts with an own number.
    """

    target: date
    plans: int
    distrust: int
    differs: int
    agrees: int
    plan: float
    forecast: float
    deviation: float
    build: Number = None
    final: Number = None
    own: int = 0


@dataclass(frozen=True)
class Beside:
    """What stands beside the forecasts.

    Attributes:
        evidence: what reasons are made of.
        levels: levels of the quantiles.
        own: the planner's own numbers of this as-of day, by part and target.
        earlier: the newest ones of days before.
    """

    evidence: Evidence
    levels: tuple[float, ...]
    own: Given
    earlier: Given


def given(overrides: Overrides, as_of: date) -> tuple[Given, Given]:
    """Sort a planner's own numbers by part and target.

    Args:
        overrides: the numbers.
        as_of: the as-of day.

    Returns:
        Those of this day, and the newest of days before it.
    """
    tables = overrides.table.filter(evening=as_of), overrides.latest(before=as_of)
    rows = [table.select("part", "target", "override").iter_rows() for table in tables]
    own, earlier = ({(part, target): pieces for part, target, pieces in each} for each in rows)
    return own, earlier


def plan_rows(found: Forecast, beside: Beside) -> tuple[PlanRow, ...]:
    """Lay out the ranked list.

    Args:
        found: the forecast.
        beside: what stands beside it.

    Returns:
        One row for each part and target, by target day, the largest deviation first.
    """
    rows = (_row(row, beside) for row in found.table.iter_rows(named=True))
    return tuple(sorted(rows, key=lambda row: (row.target, -abs(row.deviation))))


def _row(row: Row, beside: Beside) -> PlanRow:
    evidence, key = beside.evidence, (row["part"], row["target"])
    quantiles = tuple(row[quantile_name(level)] for level in beside.levels)
    deviation = row["forecast"] - row["plan"]
    habits = evidence.habits.get((row["part"], row["lead"]), {})
    building: dict[str, Any] = {name: row.get(name) for name in BUILD}
    return PlanRow(
        **{name: row[name] for name in ("part", "target", "origin", "plan", "last", "forecast")},
        lag=row["lead"],
        method=row["method"],
        quantiles=quantiles,
        deviation=deviation,
        share=deviation / row["plan"] if row["plan"] > 0 else None,
        verdict=_verdict(row, quantiles, evidence.tolerance),
        how=how(row, evidence),
        why=why(row, evidence),
        usual=habits.get("mae"),
        inside=habits.get("inside"),
        changed=habits.get("changed"),
        days=habits.get("pairs", 0),
        own=beside.own.get(key),
        earlier=beside.earlier.get(key),
        **building,
    )


def _verdict(row: Row, quantiles: Sequence[Number], tolerance: float) -> str:
    low, high = (quantiles[0], quantiles[-1]) if len(quantiles) > 1 else (None, None)
    return verdict(row["plan"], row["forecast"], low, high, tolerance)


def target_day(target: date, rows: Iterable[PlanRow]) -> TargetDay:
    """Sum up a target day.

    Args:
        target: the day.
        rows: the ranked list.

    Returns:
        The sums.
    """
    mine = [row for row in rows if row.target == target]
    verdicts = [row.verdict for row in mine]
    plan, forecast = sum(row.plan for row in mine), sum(row.forecast for row in mine)
    return TargetDay(
        target=target,
        plans=len(mine),
        **{name: verdicts.count(name) for name in VERDICTS},
        plan=plan,
        forecast=forecast,
        deviation=forecast - plan,
        build=_total(row.build for row in mine),
        final=_total(row.final for row in mine),
        own=sum(row.override is not None for row in mine),
    )


def _total(pieces: Iterable[Number]) -> Number:
    known = [each for each in pieces if each is not None]
    return sum(known) if known else None
