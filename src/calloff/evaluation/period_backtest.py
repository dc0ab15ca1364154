"""Rolling evenings: what building for several target days at once would have given."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from calloff.data.triangle import Quantity, Triangle, as_day
from calloff.evaluation.backtest import Progress, choose_methods, quantile_name
from calloff.forecasters import Forecaster
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.uncertainty.period_totals import Span, around_sum, past_spans

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
    """Each evening's forecast of the sum over the next ``days`` target days, and what came.

    first, last: days (ISO) between which all the days covered lie. One row per method, part and
    evening: target and until (first and last day covered), forecast, plan and actual (sums, in
    pieces), and the quantile at ``level``, such as q95, each from that evening's own past.
    Raises CalloffError where there is no such evening.
    """
    spec, chosen = spec or Spec(), choose_methods(methods)
    spans = list(past_spans(triangle, spec, days))[::-1]
    wanted = [each for each in spans if _between(each[0], first, last)]
    if not wanted:
        horizon = int(triangle.leads.max(initial=0))
        raise fail("cover.no_evening", days=days, lead=spec.lead, horizon=horizon)
    tables = []
    for done, (span, actual) in enumerate(wanted):
        for method in chosen:
            if progress:
                progress(done / len(wanted), f"{span.past.cutoff} {method.name}")
            tables.append(_rows(triangle, span, actual, (method, spec, level)))
    order = {method.name: rank for rank, method in enumerate(chosen)}
    table = pl.concat(tables)
    return table.sort(pl.col("method").replace_strict(order), maintain_order=True)


def _between(span: Span, first: str | None, last: str | None) -> bool:
    early = first is not None and span.days[0] < as_day(first)
    late = last is not None and span.days[-1] > as_day(last)
    return not (early or late)


def _rows(
    triangle: Triangle, span: Span, actual: Quantity, query: tuple[Forecaster, Spec, float]
) -> pl.DataFrame:
    method, spec, level = query
    left_out = [p for p, out in zip(triangle.parts, triangle.unscored, strict=True) if out]
    scored = ~np.isin(span.past.parts, left_out) & ~np.isnan(span.plan) & ~np.isnan(actual)
    at = np.flatnonzero(scored)
    forecast = span.forecast(method, spec)
    (cover,) = around_sum(span, spec, method).quantiles([level])
    columns = {
        "method": [method.name] * len(at),
        "part": [span.past.parts[part] for part in at],
        "evening": np.full(len(at), span.past.cutoff),
        "target": np.full(len(at), span.days[0]),
        "until": np.full(len(at), span.days[-1]),
        "forecast": forecast[at],
        "plan": span.plan[at],
        "actual": actual[at],
    }
    sure = pl.Series(quantile_name(level), cover[at], dtype=pl.Float64).fill_nan(None)
    return pl.DataFrame(columns, schema=SCHEMA).with_columns(sure)
