"""The question of each evening: what will be called off on the next target day, part by part?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Quantity, Query, Triangle
from calloff.evaluation.backtest import choose_methods, quantile_name
from calloff.evaluation.selection import AUTO, Choice, choose
from calloff.forecasters import available
from calloff.planning.build import BuildSpec, plan_build
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import PLAN, TARGETS, Hindcasts, answer, hindcast, with_quantiles
from calloff.rolling.origins import past_origins, working_days
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.uncertainty.distribution import Distribution, around, check_levels
from calloff.uncertainty.levels import LEVELS
from calloff.uncertainty.period_totals import around_period, next_period

SCHEMA = {"part": pl.String, "target": pl.Date, "origin": pl.Date, "lead": pl.Int64,
          "plan": pl.Float64, "last": pl.Float64, "forecast": pl.Float64,
          "method": pl.String}  # fmt: skip
BUILD = ("stock", "build", "shortage", "surplus")
SKIPPED = {"part": pl.String, "target": pl.Date, "reason": pl.String, "since": pl.Date}


@dataclass(frozen=True)
class Forecast:
    """Forecasts of one evening.

    table: one row per part and target with origin, lead (days from origin to target), plan, last
    (call-off), forecast, method (whose number it is), a column for each quantile asked for (null
    while too little is known), and, where a BuildSpec was given, stock, build, shortage, surplus
    (in pieces; on the rows of the first target only). skipped: the parts without, with reason
    ("quarantine", "horizon", "no_plan") and the day of their last plan. covered: the target days
    whose call-offs together are built for; none where nothing was asked of building.
    """

    cutoff: np.datetime64
    targets: tuple[np.datetime64, ...]
    choice: Choice
    table: pl.DataFrame
    skipped: pl.DataFrame
    covered: tuple[np.datetime64, ...] = ()


@dataclass(frozen=True)
class ForecastOptions:
    """What is asked of a forecast beside the spec; see ``forecast``."""

    method: str | Forecaster | None = None
    days: int = 1
    levels: tuple[float, ...] = ()
    build: BuildSpec | None = None

    @property
    def past_is_needed(self) -> bool:
        """Whether past forecasts are: to choose a method, or to say how sure one is."""
        return self.method is None or bool(self.levels) or self.build is not None


def forecast(
    triangle: Triangle,
    spec: Spec | None = None,
    *,
    as_of: str | None = None,
    method: str | Forecaster | None = None,
    days: int = 1,
    quantiles: Sequence[float] = (),
    build: BuildSpec | None = None,
) -> Forecast:
    """Forecast the next ``days`` target days that are at least ``spec.lead`` days away.

    as_of: the evening (ISO day; default: the newest fresh day); only plans issued by then are
    read. method: a name or a forecaster; by default ``auto``, or that one of the quick methods
    that did clearly better on the past. quantiles: levels between 0 and 1; build: say what to
    build for the first target, or for the first ``build.cover`` of them together. Days for which
    (almost) nothing is planned are passed over. Raises CalloffError where nothing is known by
    then, or no plan reaches so far.
    """
    past = triangle.as_of(as_of or newest_fresh(triangle))
    options = ForecastOptions(method, days, check_levels(quantiles), build)
    return forecast_past(past, spec or Spec(), options)


def forecast_past(past: Past, spec: Spec, options: ForecastOptions) -> Forecast:
    """The same of a past, in whose memo all that was computed stays."""
    queries = _queries(past, spec, options.days)
    period = next_period(past, spec, options.build.cover) if options.build else ()
    candidates = candidates_for(options.method)
    origins = past_origins(past, spec, last=TARGETS) if options.past_is_needed else []
    hindcasts = hindcast(past, spec, candidates, origins)
    choice = _choice(hindcasts, options)
    tables = [_table(past, query, choice.method, spec) for query in queries]
    if options.levels or options.build:
        own = with_quantiles(hindcasts.of(choice.method), LEVELS)
        sure = [around(own, query) for query in queries]
        each = zip(tables, sure, strict=True)
        tables = [_with_quantiles(table, past, one, options.levels) for table, one in each]
        if options.build:
            one = sure[0] if len(period) == 1 else around_period(past, spec, choice.method, period)
            tables = _with_build(tables, past, one, options.build)
    return Forecast(
        cutoff=past.cutoff,
        targets=tuple(query.target for query in queries),
        choice=choice,
        table=pl.concat(tables),
        skipped=pl.concat([_skipped(past, query) for query in queries]),
        covered=tuple(query.target for query in period),
    )


def candidates_for(method: str | Forecaster | None) -> tuple[Forecaster, ...]:
    """The method asked for; else the plan, the quick methods and ``auto``, to choose from."""
    if method is not None:
        return choose_methods([method])
    usual = [each for each in available().values() if each.quick or each.name == AUTO]
    return choose_methods([PLAN, *usual])


def _choice(hindcasts: Hindcasts, options: ForecastOptions) -> Choice:
    if options.method is None:
        return choose(hindcasts)
    return Choice(hindcasts.methods[0], "choice.asked", pl.DataFrame(), 0)


def newest_fresh(triangle: Triangle) -> np.datetime64:
    """The last fresh issue day. Raises CalloffError where there is none."""
    fresh = triangle.days[~triangle.stale]
    if not len(fresh):
        raise fail("forecast.nothing_known", as_of="-", first="-")
    return np.datetime64(fresh[-1], "D")


def _queries(past: Past, spec: Spec, days: int) -> Sequence[Query]:
    """The first ``days`` days, ``lead`` or more ahead, that the plans do not leave idle."""
    if not len(past.days):
        first = str(past.known.days[0]) if len(past.known.days) else "-"
        raise fail("forecast.nothing_known", as_of=past.cutoff, first=first)
    if past.hidden.all():
        raise fail("forecast.all_quarantined", parts=", ".join(past.parts[:5]))
    queries = working_days(past, spec)
    if not queries:
        horizon = int(past.leads.max())
        raise fail("forecast.horizon", lead=spec.lead, horizon=horizon, newest=past.days[-1])
    return queries[:days]


def _table(past: Past, query: Query, method: Forecaster, spec: Spec) -> pl.DataFrame:
    pieces, used = answer(method, past, query, spec)
    at = np.flatnonzero(~np.isnan(query.plan))
    columns = {
        "part": [past.parts[part] for part in at],
        "target": np.full(len(at), query.target),
        "origin": query.day[at],
        "lead": query.lag[at],
        "plan": query.plan[at],
        "last": _last_call_off(past)[at],
        "forecast": pieces[at],
        "method": used[at].tolist(),
    }
    return pl.DataFrame(columns, schema=SCHEMA).with_columns(pl.col("last").fill_nan(None))


def _with_quantiles(
    table: pl.DataFrame, past: Past, sure: Distribution, levels: tuple[float, ...]
) -> pl.DataFrame:
    found = _of(table, past, sure).quantiles(levels)
    return table.with_columns(
        pl.Series(quantile_name(level), values, dtype=pl.Float64).fill_nan(None)
        for level, values in zip(levels, found, strict=True)
    )


def _with_build(
    tables: list[pl.DataFrame], past: Past, sure: Distribution, spec: BuildSpec
) -> list[pl.DataFrame]:
    """What to build for the first target, or the first few together, from the
    distribution of what they need; the later ones are decided on later evenings."""
    first, *later = tables
    made = plan_build(tuple(first["part"]), _of(first, past, sure), spec)
    columns = [
        pl.Series(name, getattr(made, name), dtype=pl.Float64).fill_nan(None) for name in BUILD
    ]
    empty = [pl.lit(None, pl.Float64).alias(name) for name in BUILD]
    return [first.with_columns(columns), *(table.with_columns(empty) for table in later)]


def _of(table: pl.DataFrame, past: Past, sure: Distribution) -> Distribution:
    """The distribution of the parts in a table, in its order."""
    return sure.of(_rows(table, past))


def _rows(table: pl.DataFrame, past: Past) -> list[int]:
    """The places of a table's parts among all."""
    place = {part: index for index, part in enumerate(past.parts)}
    return [place[part] for part in table["part"]]


def _last_call_off(past: Past) -> Quantity:
    last = np.full(len(past.parts), np.nan)
    for index in np.flatnonzero(past.is_target):
        called = past.calloffs[:, index]
        last = np.where(np.isnan(called), last, called)
    return last


def _skipped(past: Past, query: Query) -> pl.DataFrame:
    rows: list[Sequence[object]] = []
    for part in np.flatnonzero(np.isnan(query.plan)):
        since = None if query.origin[part] < 0 else query.day[part].astype(object)
        reason = "quarantine" if past.hidden[part] else "horizon" if since else "no_plan"
        rows.append((past.parts[part], query.target.astype(object), reason, since))
    return pl.DataFrame(rows, schema=SKIPPED, orient="row")
