"""The forecast of an as-of day: which method and why, the ranked list, the parts without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.data.days import WEEK
from calloff.data.part_tables import Pack
from calloff.data.triangle import Past, Triangle
from calloff.evaluation.selection import Choice
from calloff.overrides.table import Overrides
from calloff.planning.build import BuildSpec
from calloff.planning.forecast import Forecast, rebuilt
from calloff.planning.tables import BUILD
from calloff.report.summary.accuracy import AccuracySummary
from calloff.report.summary.evidence import Evidence
from calloff.report.summary.plan_list import (
    Beside,
    PlanRow,
    TargetDay,
    given,
    plan_rows,
    target_day,
)


@dataclass(frozen=True)
class ChoiceSummary:
    """Which method was used, and why.

    Attributes:
        method: its name.
        why: a code.
        targets: past target days on which methods were compared.
        scores: the scores behind it (see ``score``), its own first.
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
        part: name of the part.
        target: the target day.
        reason: a code.
        since: day of its last plan; None without one.
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
        targets: target days.
        levels: levels of the quantiles, rising.
        tolerance: share of the call-off that a plan may be off.
        choice: which method, and why.
        days: sums of each target day.
        rows: the ranked list (see ``plan_rows``).
        skipped: parts without a forecast.
        building: whether what to build was asked for.
        covered: the target days in the sets that are built for together, each beginning with the
            day on which it stands what to build.
        newest: the newest day of the input, where the forecast is made from an older one although
            no day was asked for; None otherwise.
        copied: whether that day only repeats the one before; else it could not be read.
        weekly: whether the customer plans by weeks, so that a target day stands for its week.
        stocked: whether a stock was given for any part.
        unsaid: first day of each of these sets -> parts with a stock whose plan leaves out a day
            before it.
        packs: part -> size of its packs and least quantity.
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
    covered: tuple[tuple[date, ...], ...]
    weekly: bool = False
    newest: date | None = None
    copied: bool = False
    stocked: bool = False
    unsaid: Mapping[date, tuple[str, ...]] = field(default_factory=dict)
    packs: Mapping[str, Pack] = field(default_factory=dict)

    @property
    def first(self) -> tuple[PlanRow, ...]:
        """The rows of the first target day."""
        return tuple(row for row in self.rows if row.target == self.targets[0])

    def lacking(self, target: date) -> tuple[PlanRow, ...]:
        """The rows of a target day whose stock does not last until then, the worst first.

        Args:
            target: the day.

        Returns:
            The rows.
        """
        mine = (row for row in self.rows if row.target == target)
        negative = (row for row in mine if row.projected is not None and row.projected < 0)
        return tuple(sorted(negative, key=lambda row: row.projected or 0.0))


def with_newest(found: ForecastSummary, triangle: Triangle, as_of: str | None) -> ForecastSummary:
    """Note that there is a newer day in the input than that of a forecast.

    Args:
        found: the forecast.
        triangle: the whole input.
        as_of: the day that was asked for; None for none.

    Returns:
        The forecast, with that day where there is one and none was asked for.
    """
    newest = triangle.newest_sent
    if as_of is not None or not newest > np.datetime64(found.as_of):
        return found
    copied = bool(newest in triangle.days[triangle.stale])
    return replace(found, newest=newest.astype(object), copied=copied)


def verdicts(found: ForecastSummary) -> pl.DataFrame:
    """Lay out the verdicts of a forecast, to be kept beside it.

    Args:
        found: the forecast.

    Returns:
        One row per part and target day, with part, target and verdict.
    """
    rows = [(row.part, row.target, row.verdict) for row in found.rows]
    schema = {"part": pl.String, "target": pl.Date, "verdict": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Wanted:
    """What was asked for beside the forecast itself.

    Attributes:
        levels: levels of the quantiles.
        build: what to build for; None: nothing was asked.
        overrides: the planner's own numbers.
    """

    levels: tuple[float, ...] = ()
    build: BuildSpec | None = None
    overrides: Overrides = field(default_factory=Overrides)


def summarise_forecast(
    found: Forecast, past: Past, plans: PlanAccuracy, pooled: AccuracySummary, wanted: Wanted
) -> ForecastSummary:
    """Lay beside a forecast what is shown with it.

    Args:
        found: the forecast.
        past: what was known.
        plans: how good the plans were (see ``assess``).
        pooled: the same over all parts.
        wanted: what was asked for beside it.

    Returns:
        The forecast with verdicts, reasons and own numbers.
    """
    as_of, levels = found.cutoff.astype(object), tuple(sorted(set(wanted.levels)))
    targets = tuple(day.astype(object) for day in found.targets)
    own, earlier = given(wanted.overrides, as_of)
    evidence = Evidence.of(found, past, plans, pooled)
    found = with_own_numbers(found, wanted)
    rows = plan_rows(found, Beside(evidence, levels, own, earlier))
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
        covered=tuple(tuple(day.astype(object) for day in need.targets) for need in found.needs),
        weekly=past.cadence == WEEK,
        stocked=bool(wanted.build and wanted.build.stock),
        unsaid={need.targets[0].astype(object): need.unsaid for need in found.needs if need.unsaid},
        packs=wanted.build.packs if wanted.build else {},
    )


def with_own_numbers(found: Forecast, wanted: Wanted) -> Forecast:
    """Let own numbers for earlier target days count in what to build for later ones.

    Args:
        found: the forecast.
        wanted: what was asked for beside it.

    Returns:
        The forecast.
    """
    own, earlier = given(wanted.overrides, found.cutoff.astype(object))
    return rebuilt(found, wanted.build, {**earlier, **own}) if wanted.build else found


def _choice(found: Choice) -> ChoiceSummary:
    why, scores = found.why.removeprefix("choice."), tuple(found.scores.to_dicts())
    return ChoiceSummary(found.method.name, why, found.targets, scores)
