"""Rolling origins: what building for several target days at once would have given."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from calloff.data.days import WEEK
from calloff.data.triangle import Triangle, as_day
from calloff.evaluation.backtest import choose_methods, whole_past
from calloff.features.day_load import day_loads
from calloff.rolling.evidence import gather_period
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import Progress, hindcast
from calloff.rolling.long_table import quantile_name
from calloff.rolling.origins import Origin, newest, period_origins
from calloff.rolling.spec import LONGEST, Spec
from calloff.texts import arguments
from calloff.texts.arguments import day, instance, require, several, whole
from calloff.texts.errors import fail
from calloff.texts.leads import reach_in_periods
from calloff.uncertainty.distribution import distributions

SCHEMA = {"method": pl.String, "part": pl.String, "evening": pl.Date, "target": pl.Date,
          "until": pl.Date, "forecast": pl.Float64, "plan": pl.Float64,
          "actual": pl.Float64}  # fmt: skip


def backtest_cover(
    triangle: Triangle,
    spec: Spec | None = None,
    *,
    days: int,
    level: float,
    methods: Iterable[str | Forecaster] | None = None,
    first: str | None = None,
    last: str | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Forecast on each issue day the sum over the next target days, and compare it with what came.

    Args:
        triangle: the plans.
        spec: the lead; by default 3 days.
        days: number of target days that are covered together, from 1 to 366.
        level: of the quantile, between 0 and 1.
        methods: names or forecasters; by default all but those that run only where they are named.
        first: day (ISO) before which no day covered lies.
        last: day (ISO) after which no day covered lies.
        progress: called with the share done and what is done now.

    Returns:
        One row per method, issue day and part with method, part, ``evening`` (the issue day),
        target and until (first and last day covered), forecast, plan and actual (sums, in pieces),
        and the quantile at ``level``, such as q95, null while too little is known. Each forecast is
        made from the past of its own issue day.

    Raises:
        CalloffError: an argument is not as above, or there is no such issue day.
    """
    spec = spec or Spec()
    require(
        instance(triangle, "triangle", Triangle),
        instance(spec, "spec", Spec),
        whole(days, "days", 1, LONGEST),
        arguments.level(level, "level"),
        several(methods, "methods", optional=True, some=True),
        day(first, "first", optional=True),
        day(last, "last", optional=True),
    )
    chosen = choose_methods(methods)
    now = whole_past(triangle)
    origins = newest(period_origins(now, spec, days), len(now.days))
    wanted = [each for each in origins if _between(each, first, last)]
    if not wanted:
        horizon = int(triangle.leads.max(initial=0))
        weekly = triangle.cadence == WEEK
        code, reach = reach_in_periods("cover.no_evening", spec.lead, horizon, weekly=weekly)
        raise fail(code, days=days, **reach)
    tables = []
    for done, origin in enumerate(wanted):
        for method in chosen:
            if progress:
                progress(done / len(wanted), f"{origin.cutoff} {method.name}")
            tables.append(_rows(origin, method, level))
    order = {method.name: rank for rank, method in enumerate(chosen)}
    table = pl.concat(tables)
    return table.sort(pl.col("method").replace_strict(order), maintain_order=True)


def _between(origin: Origin, first: str | None, last: str | None) -> bool:
    early = first is not None and origin.targets[0] < as_day(first)
    late = last is not None and origin.targets[-1] > as_day(last)
    return not (early or late)


def _rows(origin: Origin, method: Forecaster, level: float) -> pl.DataFrame:
    past, spec, plan = origin.past, origin.spec, origin.plan
    pooled = origin.now.pooled[origin.positions]
    at = np.flatnonzero(pooled & ~np.isnan(plan) & ~np.isnan(origin.actual))
    evidence = gather_period(hindcast(past, spec, [method], []), origin.queries)
    (sure,), (answer,) = distributions(evidence, day_loads(evidence)), evidence.answers
    (cover,) = sure.quantiles([level])
    columns = {
        "method": [method.name] * len(at),
        "part": [past.parts[part] for part in at],
        "evening": np.full(len(at), origin.cutoff),
        "target": np.full(len(at), origin.targets[0]),
        "until": np.full(len(at), origin.targets[-1]),
        "forecast": answer.pieces[at],
        "plan": plan[at],
        "actual": origin.actual[at],
    }
    column = pl.Series(quantile_name(level), cover[at], dtype=pl.Float64).fill_nan(None)
    return pl.DataFrame(columns, schema=SCHEMA).with_columns(column)
