"""The tables of a forecast: one row for each part and target day; the parts without one, and why.

Dimensions: P parts, Q levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Quantity, Query
from calloff.planning.build import STOCK, Build, BuildSpec
from calloff.planning.build_days import Dated
from calloff.rolling.answers import Answer
from calloff.rolling.evidence import Evidence
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.long_table import quantile_name
from calloff.uncertainty.distribution import Distribution

SCHEMA = {"part": pl.String, "target": pl.Date, "origin": pl.Date, "lead": pl.Int64,
          "plan": pl.Float64, "last": pl.Float64, "forecast": pl.Float64,
          "method": pl.String}  # fmt: skip
BUILD = (*STOCK, "cover", "build", "shortage", "surplus")
SKIPPED = {"part": pl.String, "target": pl.Date, "reason": pl.String, "since": pl.Date}


@dataclass(frozen=True)
class ForecastOptions:
    """What is asked of a forecast beside the spec; see ``forecast``.

    Attributes:
        method: a name or a forecaster; None to choose one.
        days: number of target days.
        levels: of the quantiles, rising, each between 0 and 1.
        build: how much to build; None where it is not asked for.
    """

    method: str | Forecaster | None = None
    days: int = 1
    levels: tuple[float, ...] = ()
    build: BuildSpec | None = None

    @property
    def sure(self) -> bool:
        """Whether a distribution is needed: for quantiles, or for what to build."""
        return bool(self.levels) or self.build is not None

    @property
    def past_is_needed(self) -> bool:
        """Whether past forecasts are needed: to choose a method, or for a distribution."""
        return self.method is None or self.sure


def forecast_table(
    past: Past,
    evidence: Evidence,
    sure: Sequence[Distribution],
    levels: Sequence[float],
    made: Dated | None,
) -> pl.DataFrame:
    """Lay out the forecasts, one target day after the other; see ``Forecast.table``.

    Args:
        past: what was known (P parts).
        evidence: the queries, one for each target day, and their answers.
        sure: the distribution around each answer; none where no levels are asked for.
        levels: of the quantiles (Q), between 0 and 1.
        made: what to build, by the first of the target days that it is for; None where it is not
            asked for.

    Returns:
        One row per target day and part that has a plan.
    """
    tables = []
    asked = zip(evidence.queries, evidence.answers, strict=True)
    for number, ((query,), answer) in enumerate(asked):
        columns = _numbers(past, query, answer)
        if levels:
            found = sure[number].quantiles(levels)
            columns |= dict(zip(map(quantile_name, levels), found, strict=True))
        if made is not None:
            columns |= _building(past, made.get(query.target))
        tables.append(_laid_out(past, query, columns, answer))
    return pl.concat(tables)


def _building(past: Past, build: Build | None) -> dict[str, Quantity]:
    """Columns of what to build (P): nothing on a day that is built for together with one before."""
    nothing = np.full(len(past.parts), np.nan)
    return {name: nothing if build is None else getattr(build, name) for name in BUILD}


def _numbers(past: Past, query: Query, answer: Answer) -> dict[str, Quantity]:
    """Columns of numbers (P)."""
    return {"plan": query.plan, "last": _last_call_off(past), "forecast": answer.pieces}


def _laid_out(
    past: Past, query: Query, numbers: dict[str, Quantity], answer: Answer
) -> pl.DataFrame:
    """The parts that have a plan as sent, in their order."""
    at = np.flatnonzero(~np.isnan(query.plan))
    columns = {
        "part": [past.parts[part] for part in at],
        "target": np.full(len(at), query.target),
        "origin": query.day[at],
        "lead": query.lag[at],
        **{name: values[at] for name, values in numbers.items()},
        "method": answer.used[at].tolist(),
    }
    further = {name: pl.Float64 for name in numbers if name not in SCHEMA}
    table = pl.DataFrame(columns, schema_overrides={**SCHEMA, **further})
    null = [pl.col(name).fill_nan(None) for name in ("last", *further)]
    return table.select(*SCHEMA, *further).with_columns(null)


def _last_call_off(past: Past) -> Quantity:
    last = np.full(len(past.parts), np.nan)
    for index in np.flatnonzero(past.is_target):
        called = past.calloffs[:, index]
        last = np.where(np.isnan(called), last, called)
    return last


def skipped_parts(past: Past, query: Query) -> pl.DataFrame:
    """List the parts without a plan for a target day.

    Args:
        past: what was known.
        query: the target day.

    Returns:
        One row per part with part, target, reason ("quarantine", "horizon", "no_plan"; "unread" for
        parts of which no row could be read, "outdated" for those whose newest row could not) and
        since (the day of its last plan, null without).
    """
    rows: list[Sequence[object]] = []
    for part in np.flatnonzero(np.isnan(query.plan)):
        since = None if query.origin[part] < 0 else query.day[part].astype(object)
        reason = "quarantine" if past.hidden[part] else "horizon" if since else "no_plan"
        rows.append((past.parts[part], query.target.astype(object), reason, since))
    for lost in past.known.lost:
        newest = date.fromisoformat(lost.newest) if lost.newest else None
        reason = "outdated" if newest else "unread"
        rows.append((lost.part, query.target.astype(object), reason, newest))
    return pl.DataFrame(rows, schema=SKIPPED, orient="row")
