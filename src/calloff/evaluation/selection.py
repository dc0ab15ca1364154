"""Which method to use: the one that did best on the past, and never one that lost to the plan."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from calloff.evaluation.backtest import long_table
from calloff.evaluation.scores import score
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import PLAN, TARGETS, Hindcasts

AUTO = "auto"
TOLERANCE = 1.1  # of the least error: within it the method that combines others is preferred
MIN_TARGETS = 3  # target days; fewer tell nothing: the plan is used
EMPTY = pl.DataFrame(schema={"method": pl.String, "mae": pl.Float64})


@dataclass(frozen=True)
class Choice:
    """The method chosen, why (a key of the catalogue), and the scores behind it, its own first."""

    method: Forecaster
    why: str
    scores: pl.DataFrame
    targets: int


def choose(hindcasts: Hindcasts) -> Choice:
    """The method with the least error over the last target days, ``auto`` where it is among them
    and comes near.

    hindcasts: of the plan first, and of the candidates. Nothing but their past is read, and each of
    its target days was forecast from that day's own past.
    """
    plan, targets = hindcasts.methods[0], hindcasts.now.known.target_days[-TARGETS:]
    if len(targets) < MIN_TARGETS:
        return Choice(plan, "choice.short", EMPTY, len(targets))
    table = long_table(hindcasts.at(hindcasts.days >= targets[0]))
    if table.is_empty():  # no pair could be scored: plans that do not reach so far, or left out
        return Choice(plan, "choice.short", EMPTY, 0)
    scores = score(table).sort("mae", maintain_order=True)
    count = table["target"].n_unique()
    best = _best(scores)
    scores = pl.concat([scores.filter(method=best), scores.filter(pl.col("method") != best)])
    if count < MIN_TARGETS:
        return Choice(plan, "choice.short", scores, count)
    if best == PLAN:
        return Choice(plan, "choice.plan", scores, count)
    chosen = next(method for method in hindcasts.methods if method.name == best)
    return Choice(chosen, "choice.auto" if best == AUTO else "choice.best", scores, count)


def _best(scores: pl.DataFrame) -> str:
    """The method with the least error; the one that combines several where it comes near, as a
    mean of methods keeps what it promises and the best of many was often lucky."""
    best, least = scores.row(0, named=True)["method"], scores["mae"][0]
    auto = scores.filter(pl.col("method") == AUTO, pl.col("mae") <= TOLERANCE * least)
    loses = scores.filter(method=PLAN)["mae"][0] <= auto["mae"][0] if len(auto) else True
    return str(best) if loses else AUTO
