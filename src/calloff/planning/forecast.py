"""The daily question: what will be called off on the next target day, part by part?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Query, Triangle
from calloff.evaluation.backtest import choose_methods
from calloff.evaluation.selection import AUTO, Choice, asked_for, choose
from calloff.features.day_load import day_loads
from calloff.forecasters import available
from calloff.planning.build import Build, BuildSpec, plan_build
from calloff.planning.stock import called_before
from calloff.planning.tables import ForecastOptions, forecast_table, skipped_parts
from calloff.rolling.answers import PLAN, fitted
from calloff.rolling.evidence import gather_period, gather_with_quantiles
from calloff.rolling.forecaster import Forecaster, Mixture
from calloff.rolling.hindcasts import TARGETS, Hindcasts, Progress, hindcast
from calloff.rolling.long_table import long_table
from calloff.rolling.origins import past_origins, period_ahead, queries_ahead
from calloff.rolling.spec import LONGEST, Spec
from calloff.texts.arguments import day, instance, require, whole
from calloff.uncertainty.distribution import Distribution, check_levels, cover, distributions
from calloff.uncertainty.levels import LEVELS


@dataclass(frozen=True)
class Forecast:
    """Forecasts as of one day; its frames are of the library whose frames the plans came as.

    Attributes:
        cutoff: the day at whose close they are made.
        targets: the target days.
        choice: the method, and why that one.
        table: one row per part and target day with part, target, origin, lead (calendar days from
            origin to target), plan, last (call-off), forecast (all in pieces), method (whose number
            it is), a column for each quantile asked for (null while too little is known), and,
            where a BuildSpec was given, the columns of ``tables.BUILD`` (see ``build.Build``; in
            pieces, on the rows of the first target day only, null for a stock that was not given).
        skipped: the parts without a forecast, or with one from an older plan than was sent, by part
            and target day, with reason ("quarantine", "horizon", "no_plan", "unread", "outdated")
            and since (the day of their last plan).
        covered: the target days whose call-offs together are built for; none without a BuildSpec.
        unsaid: the parts with a stock whose newest plan leaves out a day before the first target
            day, which counts as nothing called off.
        mixtures: for each target day of what the method's forecast is a weighted mean (see
            ``Mixture``), by the parts of the past; None where it is none.
    """

    cutoff: np.datetime64
    targets: tuple[np.datetime64, ...]
    choice: Choice
    table: Any
    skipped: Any
    covered: tuple[np.datetime64, ...] = ()
    unsaid: tuple[str, ...] = ()
    mixtures: tuple[Mixture | None, ...] = ()


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
    """Forecast the next target days that are at least ``spec.lead`` days away.

    Days for which (almost) nothing is planned are passed over.

    Args:
        triangle: the plans.
        spec: the lead; by default 3 days.
        as_of: the day (ISO) at whose close the forecast is made; only plans issued by then are
            read. By default the newest fresh day.
        method: a name or a forecaster; by default ``auto``, or that one of the quick methods that
            did clearly better on the past.
        days: number of target days, from 1 to 366.
        quantiles: levels between 0 and 1.
        build: how much to build for the first target day, or for the first ``build.cover`` of them
            together; None where it is not asked for.

    Returns:
        The forecasts, and the parts without one; as frames of the library whose frames the plans
        came as, polars for files.

    Raises:
        CalloffError: an argument is not as above, nothing is known by then, or no plan reaches so
            far.
    """
    spec = spec or Spec()
    require(
        instance(triangle, "triangle", Triangle),
        instance(spec, "spec", Spec),
        day(as_of, "as_of", optional=True),
        instance(method, "method", str, Forecaster, optional=True),
        whole(days, "days", 1, LONGEST),
        instance(build, "build", BuildSpec, optional=True),
    )
    options = ForecastOptions(method, days, check_levels(quantiles), build)
    found, kind = forecast_past(triangle.as_of(as_of), spec, options), triangle.frames
    return replace(found, table=kind.of(found.table), skipped=kind.of(found.skipped))


def forecast_past(
    past: Past, spec: Spec, options: ForecastOptions, progress: Progress | None = None
) -> Forecast:
    """Forecast from a past, in whose memo all that was computed stays.

    Args:
        past: what is known.
        spec: the lead.
        options: what is asked for; its values are not checked.
        progress: called with the share of the methods' past that was asked, and what is asked now.

    Returns:
        The same as ``forecast``.
    """
    queries = queries_ahead(past, spec, options.days)
    period = period_ahead(past, spec, options.build.cover) if options.build else ()
    origins = past_origins(past, spec, last=TARGETS) if options.past_is_needed else []
    candidates = candidates_for(options.method)
    hindcasts = hindcast(past, spec, candidates, origins, progress=progress)
    pairs, targets = long_table(hindcasts.recent(TARGETS)), len(past.known.target_days[-TARGETS:])
    asked = asked_for(hindcasts.methods[0])
    choice = choose(pairs, hindcasts.methods, targets) if options.method is None else asked
    own, levels = hindcasts.of(choice.method), LEVELS if options.sure else ()
    evidence = [gather_with_quantiles(own, queries, levels)]
    evidence += [gather_period(own, period)] if len(period) > 1 else []
    model = fitted(choice.method, past, spec)
    loads = [day_loads(each) for each in evidence]
    sure = [distributions(*each) for each in zip(evidence, loads, strict=True) if options.sure]
    made, unsaid = _made(own, queries[0], sure[-1:], options.build)
    return Forecast(
        cutoff=past.cutoff,
        targets=tuple(query.target for query in queries),
        choice=choice,
        table=forecast_table(past, evidence[0], sure[0] if sure else [], options.levels, made),
        skipped=pl.concat([skipped_parts(past, query) for query in queries]),
        covered=tuple(query.target for query in period),
        unsaid=unsaid,
        mixtures=tuple(model.mixture(query) for query in queries),
    )


def _made(
    own: Hindcasts, query: Query, sure: Sequence[list[Distribution]], spec: BuildSpec | None
) -> tuple[list[Build], tuple[str, ...]]:
    """What to build for a target day, or for several from it on, if it is asked for; the parts with
    a stock whose plan leaves out a day before it."""
    if spec is None:
        return [], ()
    past, (method,) = own.now, own.methods
    needs = [cover(found[0], spec.level) for found in sure]
    if not spec.stock:  # nothing that call-offs before the target day could be taken off
        return [plan_build(past.parts, *need, spec) for need in needs], ()
    before = called_before(past, query.target, method)
    made = [plan_build(past.parts, *need, spec, before.pieces) for need in needs]
    unsaid = (past.parts[at] for at in np.flatnonzero(before.unsaid))
    return made, tuple(part for part in unsaid if part in spec.stock)


def candidates_for(method: str | Forecaster | None) -> tuple[Forecaster, ...]:
    """The ``method`` that is asked for, a name or a forecaster; for None the plan, the quick
    methods and ``auto``, from which one is chosen."""
    if method is not None:
        return choose_methods([method])
    usual = [each for each in available().values() if each.quick or each.name == AUTO]
    return choose_methods([PLAN, *usual])
