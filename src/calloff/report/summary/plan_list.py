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
from calloff.report.summary.reasons import Evidence, Reason, how, why
from calloff.rolling.long_table import quantile_name

Number = float | None
Row = Mapping[str, Any]
Given = Mapping[tuple[str, date], float]


@dataclass(frozen=True)
class PlanRow:
    """One part on one target day, in pieces.

    Attributes:
        part: its name.
        target: the target day.
        origin: the day of its plan.
        lag: calendar days from origin to target.
        plan: as sent.
        last: last call-off.
        forecast: the forecast.
        method: whose number that is.
        quantiles: at the levels asked for, rising.
        deviation: forecast - plan.
        share: the deviation over the plan; None where nothing is planned.
        verdict: a code; see ``analysis.verdict``.
        how: how the forecast came about.
        why: what speaks for and against the plan.
        usual: mean error of the part's plans with this lag.
        inside: share of these within the tolerance.
        changed: share of these that changed from one day to the next.
        days: number of past target days behind these figures.
        own: the planner's own number of this as-of day.
        earlier: the planner's newest own number of an earlier day.
        stock: pieces on hand; None where none were given.
        build: what to build, on the first target day.
        shortage: expected pieces missing, on the first target day.
        surplus: expected pieces left over, on the first target day.
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


@dataclass(frozen=True)
class TargetDay:
    """A target day over all parts.

    Attributes:
        target: the target day.
        plans: number of plans.
        distrust: number of plans to distrust.
        differs: number of plans that differ.
        agrees: number of plans that agree.
        plan: pieces planned.
        forecast: pieces forecast.
        deviation: forecast - plan, in pieces.
    """

    target: date
    plans: int
    distrust: int
    differs: int
    agrees: int
    plan: float
    forecast: float
    deviation: float


@dataclass(frozen=True)
class Beside:
    """What stands beside the forecasts.

    Attributes:
        evidence: from which the reasons are made.
        levels: of the quantiles, rising.
        stocked: parts whose stock was given.
        own: the planner's own numbers of this as-of day, by part and target, in pieces.
        earlier: the newest ones of an earlier day, likewise.
    """

    evidence: Evidence
    levels: tuple[float, ...]
    stocked: frozenset[str]
    own: Given
    earlier: Given


def given(overrides: Overrides, as_of: date) -> tuple[Given, Given]:
    """The planner's own numbers by part and target.

    Args:
        overrides: all of them.
        as_of: the as-of day.

    Returns:
        Those of that day, and the newest ones before it, in pieces.
    """
    tables = overrides.table.filter(evening=as_of), overrides.latest(before=as_of)
    rows = [table.select("part", "target", "override").iter_rows() for table in tables]
    own, earlier = ({(part, target): pieces for part, target, pieces in each} for each in rows)
    return own, earlier


def plan_rows(found: Forecast, beside: Beside) -> tuple[PlanRow, ...]:
    """List each plan beside its forecast.

    Args:
        found: the forecast.
        beside: what stands beside it.

    Returns:
        One row for each part and target day, by target day, the largest deviation first.
    """
    rows = (_row(row, beside) for row in found.table.iter_rows(named=True))
    return tuple(sorted(rows, key=lambda row: (row.target, -abs(row.deviation))))


def _row(row: Row, beside: Beside) -> PlanRow:
    evidence, key = beside.evidence, (row["part"], row["target"])
    quantiles = tuple(row[quantile_name(level)] for level in beside.levels)
    deviation = row["forecast"] - row["plan"]
    habits = evidence.habits.get((row["part"], row["lead"]), {})
    building: dict[str, Any] = {name: row.get(name) for name in BUILD}
    if row["part"] not in beside.stocked:
        building["stock"] = None
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
        rows: those of any target days.

    Returns:
        The sums over the rows of that day.
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
    )
