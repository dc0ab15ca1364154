"""Which method to use: the one that did best on the past, and never one that lost to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from calloff.data.triangle import Past
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.forecasters import Forecaster, named
from calloff.rolling.hindcasts import PLAN
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError

TARGETS = 15  # past target days on which methods are compared
AUTO, NEAR = "auto", 1.1  # of the least error: within it the one that combines is preferred
ENOUGH = 3  # fewer tell nothing: the plan is used


@dataclass(frozen=True)
class Choice:
    """The method chosen, why (a key of the catalogue), and the scores behind it, its own first."""

    method: Forecaster
    why: str
    scores: pl.DataFrame
    targets: int


def choose(past: Past, spec: Spec, candidates: Sequence[Forecaster]) -> Choice:
    """The candidate with the least error over the last target days of ``past``; ``auto`` where it
    is among them and comes near.

    Reads nothing but the past; each of its target days is forecast from that day's own past.
    """
    plan = named([PLAN])[0]
    methods = tuple({method.name: method for method in (plan, *candidates)}.values())
    days = past.known.target_days[-TARGETS:]
    empty = pl.DataFrame(schema={"method": pl.String, "mae": pl.Float64})
    if len(days) < ENOUGH:
        return Choice(plan, "choice.short", empty, len(days))
    try:
        table = backtest(past.known, spec, methods=methods, first=str(days[0]))
    except CalloffError:  # no pair could be scored: plans that do not reach so far, or left out
        return Choice(plan, "choice.short", empty, 0)
    scores = score(table).sort("mae", maintain_order=True)
    targets = table["target"].n_unique()
    best = _best(scores)
    scores = pl.concat([scores.filter(method=best), scores.filter(pl.col("method") != best)])
    if targets < ENOUGH:
        return Choice(plan, "choice.short", scores, targets)
    if best == PLAN:
        return Choice(plan, "choice.plan", scores, targets)
    chosen = next(method for method in methods if method.name == best)
    return Choice(chosen, "choice.auto" if best == AUTO else "choice.best", scores, targets)


def _best(scores: pl.DataFrame) -> str:
    """The method with the least error; the one that combines several where it comes near, as a
    mean of methods keeps what it promises and the best of many was often lucky."""
    best, least = scores.row(0, named=True)["method"], scores["mae"][0]
    auto = scores.filter(pl.col("method") == AUTO, pl.col("mae") <= NEAR * least)
    loses = scores.filter(method=PLAN)["mae"][0] <= auto["mae"][0] if len(auto) else True
    return str(best) if loses else AUTO
