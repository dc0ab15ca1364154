"""The forecast of an as-of day: which method and why, the ranked list, the parts without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.data.triangle import Past
from calloff.evaluation.selection import Choice
from calloff.overrides.table import Overrides
from calloff.planning.build import BuildSpec
from calloff.planning.forecast import Forecast
from calloff.planning.tables import BUILD
from calloff.report.summary.accuracy import AccuracySummary
from calloff.report.summary.plan_list import (
    Beside,
    PlanRow,
    TargetDay,
    given,
    plan_rows,
    target_day,
)
from calloff.report.summary.reasons import Evidence


@dataclass(frozen=True)
class ChoiceSummary:
    """The method chosen, and why.

    Attributes:
        method: its name.
        why: a code.
        targets: number of past target days that it rests on.
        scores: the scores behind it (rows of ``score``), its own first.
    """

    method: str
    why: str
    targets: int
    scores: tuple[Mapping[str, Any], ...]

    @property
    def best(self) -> Mapping[str, Any]:
        """The scores of the method itself; empty where none were made."""
        return self.scores[0] if self.scores else {}


@dataclass(frozen=True)
class Skipped:
    """A part without a forecast for a target day.

    Attributes:
        part: its name.
        target: the target day.
        reason: a code.
        since: the day of its last plan, or None.
    """

    part: str
    target: date
    reason: str
    since: date | None


@dataclass(frozen=True)
class ForecastSummary:
    """The forecast of an as-of day.

    Attributes:
        as_of: the day.
        targets: the target days.
        levels: of the quantiles, rising.
        tolerance: share of the call-off that a plan may be off.
        choice: the method, and why that one.
        days: sums, one for each target day.
        rows: one for each part and target day; see ``plan_rows``.
        skipped: the parts without a forecast.
        building: whether quantities to build were asked for.
        covered: the target days that these are for.
    """

    as_of: date
    targets: tuple[date, ...]
    levels: tuple[float, ...]
    tolerance: float
    choice: ChoiceSummary
    days: tuple[TargetDay, ...]
    rows: tuple[PlanRow, ...]
    skipped: tuple[Skipped, ...]
    building: bool
    covered: tuple[date, ...]

    @property
    def first(self) -> tuple[PlanRow, ...]:
        """The rows of the first target day."""
        return tuple(row for row in self.rows if row.target == self.targets[0])


@dataclass(frozen=True)
class Wanted:
    """What was asked for beside the forecast itself.

    Attributes:
        levels: of the quantiles, between 0 and 1.
        build: how much to build; None where it was not asked for.
        overrides: a planner's own numbers.
    """

    levels: tuple[float, ...] = ()
    build: BuildSpec | None = None
    overrides: Overrides = field(default_factory=Overrides)


def summarise_forecast(
    found: Forecast, past: Past, plans: PlanAccuracy, pooled: AccuracySummary, wanted: Wanted
) -> ForecastSummary:
    """Summarise a forecast with what stands beside it.

    Args:
        found: the forecast.
        past: what was known.
        plans: how good the plans of each part were; see ``assess``.
        pooled: the same over all parts.
        wanted: what was asked for.

    Returns:
        The summary.
    """
    as_of, levels = found.cutoff.astype(object), tuple(sorted(set(wanted.levels)))
    targets = tuple(day.astype(object) for day in found.targets)
    own, earlier = given(wanted.overrides, as_of)
    stocked = frozenset(wanted.build.stock if wanted.build else ())
    evidence = Evidence.of(found, past, plans, pooled)
    rows = plan_rows(found, Beside(evidence, levels, stocked, own, earlier))
    return ForecastSummary(
        as_of=as_of,
        targets=targets,
        levels=levels,
        tolerance=plans.tolerance,
        choice=_choice(found.choice),
        days=tuple(target_day(target, rows) for target in targets),
        rows=rows,
        skipped=tuple(Skipped(**row) for row in found.skipped.iter_rows(named=True)),
        building=set(BUILD) <= set(found.table.columns),
        covered=tuple(day.astype(object) for day in found.covered),
    )


def _choice(found: Choice) -> ChoiceSummary:
    why, scores = found.why.removeprefix("choice."), tuple(found.scores.to_dicts())
    return ChoiceSummary(found.method.name, why, found.targets, scores)
