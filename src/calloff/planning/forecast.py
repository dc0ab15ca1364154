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
from calloff.planning.build import BuildSpec
from calloff.planning.build_days import Need, Own, plan_days, with_built
from calloff.planning.stock import CalledBefore, called_before
from calloff.planning.tables import BUILD, ForecastOptions, forecast_table, skipped_parts
from calloff.rolling.answers import PLAN, begin, fitted
from calloff.rolling.evidence import Evidence, gather_period, gather_with_quantiles
from calloff.rolling.forecaster import Forecaster, Mixture
from calloff.rolling.hindcasts import TARGETS, Hindcasts, Progress, hindcast
from calloff.rolling.long_table import long_table
from calloff.rolling.origins import days_ahead, past_origins, periods_ahead
from calloff.rolling.spec import LONGEST, Spec
from calloff.texts.arguments import day, instance, require, whole
from calloff.uncertainty.distribution import Distribution, check_levels, distributions
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
            pieces, null for a stock that was not given, and on a target day that is built for
            together with one before).
        skipped: the parts without a forecast, or with one from an older plan than was sent, by part
            and target day, with reason ("quarantine", "horizon", "no_plan", "unread", "outdated")
            and since (the day of their last plan).
        needs: what the target days will take, where a BuildSpec was given; those that are built
            for together are one, and are left out where the plans do not reach the last of them.
        mixtures: for each target day of what the method's forecast is a weighted mean (see
            ``Mixture``), by the parts of the past; None where it is none.
    """

    cutoff: np.datetime64
    targets: tuple[np.datetime64, ...]
    choice: Choice
    table: Any
    skipped: Any
    needs: tuple[Need, ...] = ()
    mixtures: tuple[Mixture | None, ...] = ()

    @property
    def covered(self) -> tuple[np.datetime64, ...]:
        """The target days that the first quantity is for; none without a BuildSpec."""
        return self.needs[0].targets if self.needs else ()

    @property
    def unsaid(self) -> tuple[str, ...]:
        """The parts with a stock whose newest plan leaves out a day before the first target day."""
        return self.needs[0].unsaid if self.needs else ()


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
        build: how much to build for each target day, or for ``build.cover`` of them together; None
            where it is not asked for.

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
    ahead, build = days_ahead(past, spec), options.build
    queries = ahead[: options.days]
    periods = periods_ahead(past, spec, ahead, options.days, build.cover) if build else []
    origins = past_origins(past, spec, last=TARGETS) if options.past_is_needed else []
    candidates = candidates_for(options.method)
    begin(candidates, past, spec)
    hindcasts = hindcast(past, spec, candidates, origins, progress=progress)
    pairs, targets = long_table(hindcasts.recent(TARGETS)), len(past.known.target_days[-TARGETS:])
    asked = asked_for(hindcasts.methods[0])
    choice = choose(pairs, hindcasts.methods, targets) if options.method is None else asked
    own, levels = hindcasts.of(choice.method), LEVELS if options.sure else ()
    evidence = gather_with_quantiles(own, queries, levels)
    sums = [gather_period(own, period) for period in periods if len(period) > 1]
    called = _called_before(own, evidence, periods, build) if build else []
    model = fitted(choice.method, past, spec)
    wanted = [evidence, *sums] if options.sure else []
    found = [each for some in wanted for each in distributions(some, day_loads(some))]
    sure, of_sums = found[: len(queries)], found[len(queries) :]
    needs = _needs(past.parts, periods, of_sums or sure, called, build) if build else ()
    made = plan_days(needs, build) if build else None
    return Forecast(
        cutoff=past.cutoff,
        targets=tuple(query.target for query in queries),
        choice=choice,
        table=forecast_table(past, evidence, sure, options.levels, made),
        skipped=pl.concat([skipped_parts(past, query) for query in queries]),
        needs=needs,
        mixtures=tuple(model.mixture(query) for query in queries),
    )


def rebuilt(found: Forecast, spec: BuildSpec, own: Own) -> Forecast:
    """Work out anew what to build for later target days, with what is finally built before.

    Args:
        found: the forecast, with a frame of polars.
        spec: level, stock and packs, as it was made with.
        own: the planner's own numbers.

    Returns:
        The forecast.
    """
    there = {*found.table.select("part", "target").iter_rows()} if own else set()
    mine = {key: pieces for key, pieces in own.items() if key in there}
    if len(found.needs) < 2 or not mine:
        return found
    return replace(found, table=with_built(found.table, found.needs, spec, mine, BUILD))


def _needs(
    parts: tuple[str, ...],
    periods: Sequence[Sequence[Query]],
    sure: Sequence[Distribution],
    called: Sequence[CalledBefore],
    spec: BuildSpec,
) -> tuple[Need, ...]:
    """What the target days will take, in the sets that are built for together."""
    found = []
    for period, each, before in zip(periods, sure, called, strict=True):
        targets = tuple(query.target for query in period)
        names = (parts[at] for at in np.flatnonzero(before.unsaid))
        unsaid = tuple(part for part in names if part in spec.stock)
        found.append(Need(parts, targets, each, before.pieces, unsaid))
    return tuple(found)


def _called_before(
    own: Hindcasts, evidence: Evidence, periods: Sequence[Sequence[Query]], spec: BuildSpec
) -> list[CalledBefore]:
    """What is called off before each set of days; nothing where no stock was given that it could be
    taken off."""
    parts = len(own.now.parts)
    found = CalledBefore(np.zeros(parts), np.zeros(parts, dtype=bool))
    if not spec.stock:
        return [found] * len(periods)
    days = [period[0].target for period in periods]
    asked = zip(evidence.queries, evidence.answers, strict=True)
    known = {query.target: answer.pieces for (query,), answer in asked}
    all_found = []
    for since, target in zip([None, *days[:-1]], days, strict=True):
        more = called_before(own.now, target, own.methods[0], since, known)
        found = CalledBefore(found.pieces + more.pieces, found.unsaid | more.unsaid)
        all_found.append(found)
    return all_found


def candidates_for(method: str | Forecaster | None) -> tuple[Forecaster, ...]:
    """The ``method`` that is asked for, a name or a forecaster; for None the plan, the quick
    methods and ``auto``, from which one is chosen."""
    if method is not None:
        return choose_methods([method])
    usual = [each for each in available().values() if each.quick or each.name == AUTO]
    return choose_methods([PLAN, *usual])
