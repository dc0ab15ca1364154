"""Rolling origin, by the protocol: each target day is forecast from its own past and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.triangle import Days, Past, Query, Triangle, as_day
from calloff.forecasters import Forecaster, available, named
from calloff.rolling.hindcasts import answer
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.uncertainty.distribution import around, check_levels

SCHEMA = {"method": pl.String, "part": pl.String, "origin": pl.Date, "target": pl.Date,
          "lead": pl.Int64, "forecast": pl.Float64, "plan": pl.Float64,
          "actual": pl.Float64, "used": pl.String}  # fmt: skip

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Round:
    """One target day: what was known, what is asked, what came.

    scored (P) marks the parts of ``past`` that have a plan as sent and a call-off to compare, and
    are scored by the protocol; actual (P) their call-offs.
    """

    past: Past
    query: Query
    actual: NDArray[np.float64]
    scored: NDArray[np.bool_]


def rounds(
    triangle: Triangle, spec: Spec, first: str | None = None, last: str | None = None
) -> Iterator[Round]:
    """The target days from ``first`` to ``last`` in order, each with its past."""
    index = {part: place for place, part in enumerate(triangle.parts)}
    for target in _targets_between(triangle, first, last):
        past = triangle.as_of(target - spec.lead)
        positions = np.array([index[part] for part in past.parts], dtype=np.int64)
        query = past.ask(target, spec.lead)
        actual = triangle.called_off(target)[positions]
        scored = ~np.isnan(query.plan) & ~np.isnan(actual) & ~triangle.unscored[positions]
        if scored.any():
            yield Round(past, query, actual, scored)


def _targets_between(triangle: Triangle, first: str | None, last: str | None) -> Days:
    days = triangle.target_days
    after = days >= as_day(first) if first else np.ones(len(days), dtype=bool)
    return days[after & (days <= as_day(last))] if last else days[after]


def backtest(
    triangle: Triangle,
    spec: Spec | None = None,
    *,
    methods: Iterable[str | Forecaster] | None = None,
    first: str | None = None,
    last: str | None = None,
    quantiles: Sequence[float] = (),
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Forecast every target day from its own past and lay the pairs out in a long table.

    methods: names or forecasters (default: all); first, last: target days (ISO). One row per
    method, part and target with origin, target, lead (the lag in calendar days), forecast, plan,
    actual, and used: the method whose number it is (the plan steps in where a method has none);
    then a column for each of ``quantiles`` (levels between 0 and 1), such as q90.
    Raises CalloffError where no pair can be scored.
    """
    spec = spec or Spec()
    chosen, levels = choose_methods(methods), check_levels(quantiles)
    wanted = list(rounds(triangle, spec, first, last))
    if not wanted:
        raise _nothing_to_score(triangle, spec, first, last)
    tables = []
    for done, entry in enumerate(wanted):
        for method in chosen:
            if progress:
                progress(done / len(wanted), f"{entry.query.target} {method.name}")
            tables.append(_answer(method, entry, spec, levels))
    order = {method.name: rank for rank, method in enumerate(chosen)}
    table = pl.concat(tables)
    return table.sort(pl.col("method").replace_strict(order), maintain_order=True)


def choose_methods(methods: Iterable[str | Forecaster] | None) -> tuple[Forecaster, ...]:
    """Forecasters by name or as they are; by default all but those that must be asked for."""
    if methods is None:
        return tuple(method for method in available().values() if not method.extra)
    found = [named([method])[0] if isinstance(method, str) else method for method in methods]
    return tuple({method.name: method for method in found}.values())


def quantile_name(level: float) -> str:
    """The column of a level: 0.9 -> "q90"."""
    return f"q{100 * level:g}"


def _answer(
    method: Forecaster, entry: Round, spec: Spec, levels: tuple[float, ...]
) -> pl.DataFrame:
    forecast, used = answer(method, entry.past, entry.query, spec)
    at = np.flatnonzero(entry.scored)
    columns = {
        "method": [method.name] * len(at),
        "part": [entry.past.parts[part] for part in at],
        "origin": entry.query.day[at],
        "target": np.full(len(at), entry.query.target),
        "lead": entry.query.lag[at],
        "forecast": forecast[at],
        "plan": entry.query.plan[at],
        "actual": entry.actual[at],
        "used": used[at].tolist(),
    }
    table = pl.DataFrame(columns, schema=SCHEMA)
    if not levels:
        return table
    found = around(entry.past, spec, method, entry.query).quantiles(levels)[:, at]
    names = [quantile_name(level) for level in levels]
    return table.with_columns(
        pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
        for name, values in zip(names, found, strict=True)
    )


def _nothing_to_score(
    triangle: Triangle, spec: Spec, first: str | None, last: str | None
) -> Exception:
    """Say why: no target days there, all parts left out, or plans that do not reach so far."""
    facts: dict[str, Any] = {"lead": spec.lead, "first": first or "-", "last": last or "-"}
    if not len(_targets_between(triangle, first, last)):
        known = triangle.target_days
        span = f"{known[0]} - {known[-1]}" if len(known) else "-"
        return fail("backtest.no_targets", span=span, **facts)
    if triangle.unscored.all():
        return fail("backtest.all_unscored", parts=len(triangle.parts))
    return fail("backtest.no_pairs", horizon=int(triangle.leads.max(initial=0)), **facts)
