"""Rolling origin, by the protocol: each target day is forecast from its own past and scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from calloff.data.days import WEEK
from calloff.data.triangle import Days, Past, Quantity, Triangle, as_day, as_days
from calloff.features.day_load import day_loads
from calloff.forecasters import available, named
from calloff.rolling.evidence import gather
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import TARGETS, Hindcasts, Progress, hindcast, with_quantiles
from calloff.rolling.long_table import long_table, quantile_name
from calloff.rolling.origins import Origin, past_origins, target_origins
from calloff.rolling.spec import Spec
from calloff.texts.arguments import day, instance, require, several
from calloff.texts.errors import fail
from calloff.texts.leads import reach_in_periods
from calloff.uncertainty.distribution import check_levels, distributions
from calloff.uncertainty.levels import LEVELS


def backtest(
    triangle: Triangle,
    spec: Spec | None = None,
    *,
    methods: Iterable[str | Forecaster] | None = None,
    first: str | None = None,
    last: str | None = None,
    quantiles: Sequence[float] = (),
    progress: Progress | None = None,
) -> Any:
    """Forecast every target day from its own past and lay the pairs out in a long table.

    Args:
        triangle: the plans.
        spec: the lead; by default 3 days.
        methods: names or forecasters; by default all but those that run only where they are named.
        first: first target day (ISO); by default the first there is.
        last: last target day (ISO); by default the last there is.
        quantiles: levels between 0 and 1.
        progress: called with the share done and what is done now.

    Returns:
        One row per method, target day and part with method, part, origin, target, lead (calendar
        days from origin to target), forecast, plan, actual (in pieces), and used (the method whose
        number it is, as the plan is used where a method has none); then a column for each of
        ``quantiles``, such as q90, null while too little is known. A frame of the library whose
        frames the plans came as; polars for files.

    Raises:
        CalloffError: an argument is not as above, or no pair can be scored.
    """
    spec = spec or Spec()
    require(
        instance(triangle, "triangle", Triangle),
        instance(spec, "spec", Spec),
        several(methods, "methods", optional=True, some=True),
        day(first, "first", optional=True),
        day(last, "last", optional=True),
    )
    chosen, levels = choose_methods(methods), check_levels(quantiles)
    now = whole_past(triangle)
    origins = scored_origins(now, spec, _between(triangle, first, last))
    if not origins:
        raise _nothing_to_score(triangle, spec, first, last)
    found = hindcast(now, spec, chosen, origins, progress=progress)
    return triangle.frames.of(long_table(found, quantile_columns(found, levels)))


def whole_past(triangle: Triangle) -> Past:
    """The past of the last day of a ``triangle``, with all that is in it."""
    return triangle.as_of(triangle.days[-1] if len(triangle.days) else "1970-01-01")


def scored_origins(now: Past, spec: Spec, targets: Days) -> list[Origin]:
    """The origins of target days with a pair that counts by the protocol.

    Args:
        now: the past from which one looks back.
        spec: the lead.
        targets: the target days.

    Returns:
        An origin for each such day, in their order.
    """
    pooled = now.pooled
    return [
        each
        for each in target_origins(now, spec, targets)
        if (~np.isnan(each.plan) & ~np.isnan(each.actual) & pooled[each.positions]).any()
    ]


def _between(triangle: Triangle, first: str | None, last: str | None) -> Days:
    days = triangle.target_days
    after = days >= as_day(first) if first else np.ones(len(days), dtype=bool)
    return days[after & (days <= as_day(last))] if last else days[after]


def choose_methods(methods: Iterable[str | Forecaster] | None) -> tuple[Forecaster, ...]:
    """Turn names into forecasters.

    Args:
        methods: names or forecasters; None for all but those that run only where they are named.

    Returns:
        The forecasters, each name once.

    Raises:
        CalloffError: one is neither a name nor a forecaster, or a name is not known.
    """
    if methods is None:
        return tuple(method for method in available().values() if not method.extra)
    given = tuple(methods)
    require(*(instance(each, "methods", str, Forecaster) for each in given))
    known = {each.name: each for each in named(each for each in given if isinstance(each, str))}
    found = [known[each] if isinstance(each, str) else each for each in given]
    return tuple({method.name: method for method in found}.values())


def quantile_columns(hindcasts: Hindcasts, levels: Sequence[float]) -> dict[str, Quantity]:
    """Calibrated quantiles around hindcasts, each from what was known at its own origin.

    Args:
        hindcasts: of M methods, T target days and P parts.
        levels: between 0 and 1.

    Returns:
        Column name, such as q90, -> pieces (M, T, P); nothing without levels.
    """
    if not levels:
        return {}
    now, spec, methods = hindcasts.now, hindcasts.spec, hindcasts.methods
    known = hindcast(now, spec, methods, _known_origins(hindcasts))
    known = with_quantiles(known, LEVELS)
    found = np.full((len(levels), *hindcasts.forecast.shape), np.nan)
    for place, method in enumerate(methods):
        own = known.of(method)
        for row, origin in enumerate(hindcasts.origins):
            evidence = gather(own.as_of(origin.past), origin.queries, LEVELS)
            (sure,) = distributions(evidence, day_loads(evidence))
            found[:, place, row, origin.positions] = sure.quantiles(levels)
    return {quantile_name(level): each for level, each in zip(levels, found, strict=True)}


def _known_origins(hindcasts: Hindcasts) -> list[Origin]:
    """Of all target days from the first that is known when the first forecast is made, among the
    last that count, to the last that is known when the last one is made."""
    now, spec = hindcasts.now, hindcasts.spec
    first, last = hindcasts.origins[0].cutoff, hindcasts.origins[-1].cutoff
    before = past_origins(now, spec, last=TARGETS, before=first + as_days(1))
    start = before[0].targets[0] if before else first
    days = now.days[now.is_target]
    return list(target_origins(now, spec, days[(start <= days) & (days <= last)]))


def _nothing_to_score(
    triangle: Triangle, spec: Spec, first: str | None, last: str | None
) -> Exception:
    """Say why: no target days there, all parts left out, or plans that do not reach so far."""
    horizon, weekly = int(triangle.leads.max(initial=0)), triangle.cadence == WEEK
    facts: dict[str, Any] = {"first": first or "-", "last": last or "-"}
    if not len(_between(triangle, first, last)):
        known = triangle.target_days
        span = f"{known[0]} - {known[-1]}" if len(known) else "-"
        code, reach = reach_in_periods("backtest.no_targets", spec.lead, horizon, weekly=weekly)
        return fail(code, lead=reach["lead"], span=span, **facts)
    if triangle.unscored.all():
        return fail("backtest.all_unscored", parts=len(triangle.parts))
    code, reach = reach_in_periods("backtest.no_pairs", spec.lead, horizon, weekly=weekly)
    return fail(code, **reach, **facts)
