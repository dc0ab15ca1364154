"""The tables of a forecast: one row for each part and target day; the parts without one, and why.

Dimensions: P parts, Q levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Quantity, Query
from calloff.planning.build import Build, BuildSpec
from calloff.rolling.answers import Answer
from calloff.rolling.evidence import Evidence
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.long_table import quantile_name
from calloff.uncertainty.distribution import Distribution

SCHEMA = {"part": pl.String, "target": pl.Date, "origin": pl.Date, "lead": pl.Int64,
          "plan": pl.Float64, "last": pl.Float64, "forecast": pl.Float64,
          "method": pl.String}  # fmt: skip
BUILD = ("stock", "build", "shortage", "surplus")
SKIPPED = {"part": pl.String, "target": pl.Date, "reason": pl.String, "since": pl.Date}


@dataclass(frozen=True)
class ForecastOptions:
    """What is asked of a forecast beside the spec; see ``forecast``."""

    method: str | Forecaster | None = None
    days: int = 1
    levels: tuple[float, ...] = ()
    build: BuildSpec | None = None

    @property
    def sure(self) -> bool:
        """Whether it is asked how sure a forecast is."""
        return bool(self.levels) or self.build is not None

    @property
    def past_is_needed(self) -> bool:
        """Whether past forecasts are: to choose a method, or to say how sure one is."""
        return self.method is None or self.sure


def forecast_table(
    past: Past,
    evidence: Evidence,
    sure: Sequence[Distribution],
    levels: Sequence[float],
    made: Sequence[Build],
) -> pl.DataFrame:
    """All target days, one after the other; see ``Forecast.table``.

    sure: the distribution around each answer, none where no levels are asked for; made: what to
    build, where it was asked for, for the first target day, or the first few together: the later
    ones are decided on later days.
    """
    tables = []
    asked = zip(evidence.queries, evidence.answers, strict=True)
    for number, ((query,), said) in enumerate(asked):
        columns = _numbers(past, query, said)
        if levels:
            found = sure[number].quantiles(levels)
            columns |= dict(zip(map(quantile_name, levels), found, strict=True))
        for build in made:
            nothing = np.full(len(past.parts), np.nan)
            columns |= {name: nothing if number else getattr(build, name) for name in BUILD}
        tables.append(_laid_out(past, query, columns, said))
    return pl.concat(tables)


def _numbers(past: Past, query: Query, said: Answer) -> dict[str, Quantity]:
    """Columns of numbers (P)."""
    return {"plan": query.plan, "last": _last_call_off(past), "forecast": said.pieces}


def _laid_out(past: Past, query: Query, numbers: dict[str, Quantity], said: Answer) -> pl.DataFrame:
    """The parts that have a plan as sent, in their order."""
    at = np.flatnonzero(~np.isnan(query.plan))
    columns = {
        "part": [past.parts[part] for part in at],
        "target": np.full(len(at), query.target),
        "origin": query.day[at],
        "lead": query.lag[at],
        **{name: values[at] for name, values in numbers.items()},
        "method": said.used[at].tolist(),
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
    rows: list[Sequence[object]] = []
    for part in np.flatnonzero(np.isnan(query.plan)):
        since = None if query.origin[part] < 0 else query.day[part].astype(object)
        reason = "quarantine" if past.hidden[part] else "horizon" if since else "no_plan"
        rows.append((past.parts[part], query.target.astype(object), reason, since))
    return pl.DataFrame(rows, schema=SKIPPED, orient="row")
