"""How good the methods were: overall, by day, lag, weekday and part, and beside the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from calloff.evaluation.scores import score, score_quantiles
from calloff.overrides.table import METHOD as OVERRIDE
from calloff.overrides.table import Overrides, beside
from calloff.planning.results import Results
from calloff.rolling.answers import PLAN
from calloff.rolling.long_table import quantile_name

Number = float | None


@dataclass(frozen=True)
class MethodScore:
    """How good a method was (see ``score``) and how right to be so sure (see ``score_quantiles``).

    Attributes:
        method: its name.
        mae: mean absolute error, in pieces.
        x_plan: the same over the plan's; None where the plan had no error.
        bias: mean of forecast - actual, in pieces.
        wape: sum of absolute errors over that of the call-offs.
        pairs: number of pairs.
        stand_ins: pairs in which the plan stepped in.
        pinball: mean pinball loss, in pieces.
        coverage: share of call-offs inside the range.
        width: mean width of the range, in pieces.
        ranged: pairs whose range is known.
    """

    method: str
    mae: float
    x_plan: Number
    bias: float
    wape: Number
    pairs: int
    stand_ins: int
    pinball: Number = None
    coverage: Number = None
    width: Number = None
    ranged: int = 0


@dataclass(frozen=True)
class GroupScores:
    """Errors by group: target day, lag, weekday or part.

    Attributes:
        keys: the groups.
        pairs: pairs of each.
        mae: method -> mean absolute error of each, in pieces.
        x_plan: method -> the same over the plan's.
    """

    keys: tuple[Any, ...]
    pairs: tuple[int, ...]
    mae: Mapping[str, tuple[Number, ...]]
    x_plan: Mapping[str, tuple[Number, ...]]


@dataclass(frozen=True)
class AgainstPlan:
    """The method used and the plan, on the pairs of one target day or part.

    Attributes:
        key: the day or part.
        pairs: number of pairs.
        plan_mae: mean absolute error of the plan, in pieces.
        our_mae: that of the method, in pieces.
        x_plan: the latter over the former.
        plan_bias: mean of plan - actual, in pieces.
        our_bias: mean of forecast - actual, in pieces.
        coverage: share of call-offs inside the range.
    """

    key: Any
    pairs: int
    plan_mae: Number
    our_mae: Number
    x_plan: Number
    plan_bias: Number
    our_bias: Number
    coverage: Number


@dataclass(frozen=True)
class Totals:
    """Pieces of all parts by target day.

    Attributes:
        days: target days.
        actual: called off.
        plan: planned.
        forecast: forecast by the method used.
    """

    days: tuple[date, ...]
    actual: tuple[float, ...]
    plan: tuple[float, ...]
    forecast: tuple[float, ...]


@dataclass(frozen=True)
class Scores:
    """How good the methods were.

    Attributes:
        first: first target day scored.
        last: last target day scored.
        targets: number of target days.
        used: the method of the forecast.
        promised: the coverage that the range ought to have.
        methods: the least error first.
        by_day: by target day.
        by_lag: by lag.
        by_weekday: by weekday.
        by_part: by part.
        against_by_day: the method used beside the plan, by target day.
        against_by_part: the same by part, those with the worst plans first.
        better: parts on which the method used had less error than the plan.
        totals: pieces of all parts.
    """

    first: date
    last: date
    targets: int
    used: str
    promised: Number
    methods: tuple[MethodScore, ...]
    by_day: GroupScores
    by_lag: GroupScores
    by_weekday: GroupScores
    by_part: GroupScores
    against_by_day: tuple[AgainstPlan, ...]
    against_by_part: tuple[AgainstPlan, ...]
    better: int
    totals: Totals

    def of(self, method: str) -> MethodScore | None:
        """The score of a ``method``; None without one."""
        return next((each for each in self.methods if each.method == method), None)


@dataclass(frozen=True)
class OwnScores:
    """The planner's own numbers, the plan and the method used, on the pairs with an own number.

    Attributes:
        methods: their scores.
        refused: own numbers that do not count, as they were made too late.
    """

    methods: tuple[MethodScore, ...]
    refused: int


def scores(results: Results) -> Scores | None:
    """The scores of the pairs in ``results``; None where nothing could be scored."""
    pairs, used = results.pairs, results.forecast.choice.method.name
    if pairs.is_empty():
        return None
    levels = sorted(set(results.settings.quantiles))
    names = [quantile_name(level) for level in levels] if len(levels) > 1 else []
    days = pairs["target"].unique().sort()
    against = against_plan(pairs, used, "part", names)
    return Scores(
        first=days[0],
        last=days[-1],
        targets=len(days),
        used=used,
        promised=levels[-1] - levels[0] if names else None,
        methods=method_scores(pairs, names),
        by_day=group_scores(pairs, "target"),
        by_lag=group_scores(pairs, "lag"),
        by_weekday=group_scores(pairs, "weekday"),
        by_part=group_scores(pairs, "part", results.past.parts),
        against_by_day=against_plan(pairs, used, "target", names),
        against_by_part=against,
        better=sum(each.x_plan is not None and each.x_plan < 1 for each in against),
        totals=_totals(pairs.filter(method=used)),
    )


def own_scores(results: Results, overrides: Overrides) -> OwnScores | None:
    """Score a planner's own numbers.

    Args:
        results: the results.
        overrides: the numbers.

    Returns:
        The scores; None without own numbers.
    """
    found = beside(results.pairs, overrides, results.settings.spec.lead)
    if found.pairs.is_empty() and found.refused.is_empty():
        return None
    shown = [OVERRIDE, PLAN, results.forecast.choice.method.name]
    pairs = found.pairs.filter(pl.col("method").is_in(shown))
    return OwnScores(method_scores(pairs) if pairs.height else (), found.refused.height)


def method_scores(pairs: pl.DataFrame, names: Sequence[str] = ()) -> tuple[MethodScore, ...]:
    """Score methods with what is known of their ranges.

    Args:
        pairs: the long table of ``backtest``.
        names: columns of the quantiles.

    Returns:
        One score for each method, the least error first.
    """
    table = score(pairs).sort("mae", maintain_order=True)
    if names:
        sure = score_quantiles(pairs, names).rename({"pairs": "ranged"})
        table = table.join(sure, on="method", how="left", maintain_order="left")
        table = table.with_columns(pl.col("ranged").fill_null(0))
    return tuple(MethodScore(**row) for row in table.iter_rows(named=True))


def group_scores(pairs: pl.DataFrame, key: str, order: Sequence[str] | None = None) -> GroupScores:
    """Score methods by group.

    Args:
        pairs: the long table of ``backtest``.
        key: what to group by: "target", "lag", "weekday" or "part".
        order: the groups to take, in their order; by default, all of them, sorted.

    Returns:
        The scores of each group.
    """
    found = score(pairs, [key])
    if order is not None:
        found = found.filter(pl.col(key).is_in(order))
    methods = found["method"].unique(maintain_order=True).to_list()
    rank = {name: place for place, name in enumerate(order or ())}
    place = pl.col(key).replace_strict(rank) if order is not None else pl.col(key)
    keys = found.group_by(key).agg(pl.col("pairs").max()).sort(place)

    def wide(figure: str) -> dict[str, tuple[Number, ...]]:
        table = keys.join(found.pivot("method", index=key, values=figure), on=key, how="left",
                          maintain_order="left")  # fmt: skip
        return {method: tuple(table[method]) for method in methods}

    return GroupScores(tuple(keys[key]), tuple(keys["pairs"]), wide("mae"), wide("x_plan"))


def worst_planned(table: pl.DataFrame) -> pl.DataFrame:
    """Rank parts by the error of their plan.

    Args:
        table: the long table of ``backtest``.

    Returns:
        One row per part with part and miss (mean absolute error of the plan, pieces), the largest
        first; twins by their name.
    """
    parts = table.group_by("part", maintain_order=True)
    found = parts.agg(miss=(pl.col("plan") - pl.col("actual")).abs().mean())
    return found.sort("miss", "part", descending=[True, False])


def against_plan(
    pairs: pl.DataFrame, used: str, key: str, names: Sequence[str]
) -> tuple[AgainstPlan, ...]:
    """Score the method used beside the plan.

    Args:
        pairs: the long table of ``backtest``.
        used: the method.
        key: "target" or "part".
        names: columns of the quantiles.

    Returns:
        Scores by target day in their order, or by part, those with the worst plans first.
    """
    found = score(pairs, [key])
    plan = found.filter(method=PLAN).select(key, plan_mae="mae", plan_bias="bias")
    ours = found.filter(method=used).select(key, "pairs", "x_plan", our_mae="mae", our_bias="bias")
    table = ours.join(plan, on=key, how="left", maintain_order="left")
    table = table.join(_coverage(pairs.filter(method=used), key, names), on=key, how="left",
                       maintain_order="left").rename({key: "key"})  # fmt: skip
    ranked = table.sort("plan_mae", descending=True, nulls_last=True, maintain_order=True)
    rows = table.sort("key") if key == "target" else ranked
    return tuple(AgainstPlan(**row) for row in rows.iter_rows(named=True))


def _coverage(ours: pl.DataFrame, key: str, names: Sequence[str]) -> pl.DataFrame:
    """The coverage of a method's range by a column, by the rule of ``score_quantiles``."""
    if not names:
        return ours.select(key).unique().with_columns(coverage=pl.lit(None, pl.Float64))
    grouped = score_quantiles(ours.with_columns(method=pl.col(key)), names)
    return grouped.select(pl.col("method").alias(key), "coverage")


def _totals(pairs: pl.DataFrame) -> Totals:
    days = pairs.group_by("target").agg(pl.col("actual", "plan", "forecast").sum()).sort("target")
    return Totals(*(tuple(days[name]) for name in ("target", "actual", "plan", "forecast")))
