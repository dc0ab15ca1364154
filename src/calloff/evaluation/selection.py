"""Which method to use: the one that did best on the past, and never one that lost to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from calloff.evaluation.scores import score
from calloff.rolling.answers import PLAN
from calloff.rolling.forecaster import Forecaster

AUTO = "auto"
TOLERANCE = 1.1  # of the least error: within it the method that combines others is preferred
MIN_TARGETS = 3  # target days; fewer tell nothing: the plan is used
EMPTY = pl.DataFrame(schema={"method": pl.String, "mae": pl.Float64})


@dataclass(frozen=True)
class Choice:
    """The method chosen, and why.

    Attributes:
        method: the forecaster.
        why: a key of the catalogue.
        scores: the scores behind it (see ``score``), its own first; no rows where there are none.
        targets: number of past target days that it rests on.
    """

    method: Forecaster
    why: str
    scores: pl.DataFrame
    targets: int


def asked_for(method: Forecaster) -> Choice:
    """The choice of a ``method`` that was asked for, whatever its errors."""
    return Choice(method, "choice.asked", pl.DataFrame(), 0)


def choose(pairs: pl.DataFrame, methods: Sequence[Forecaster], targets: int) -> Choice:
    """Choose the method with the least error over the last target days.

    ``auto`` is taken where its error is within 10 % of the least, as it combines others. No method
    is chosen that did worse than the plan.

    Args:
        pairs: the long table of hindcasts on these days, each forecast from its own past.
        methods: the plan first, then the candidates.
        targets: number of target days, scored or not.

    Returns:
        The choice; the plan where there are fewer than 3 target days.
    """
    plan = methods[0]
    if targets < MIN_TARGETS or pairs.is_empty():  # plans that do not reach so far, or left out
        return Choice(plan, "choice.short", EMPTY, targets if targets < MIN_TARGETS else 0)
    scores = score(pairs).sort("mae", maintain_order=True)
    count = pairs["target"].n_unique()
    best = _best(scores)
    scores = pl.concat([scores.filter(method=best), scores.filter(pl.col("method") != best)])
    if count < MIN_TARGETS:
        return Choice(plan, "choice.short", scores, count)
    if best == PLAN:
        return Choice(plan, "choice.plan", scores, count)
    chosen = next(method for method in methods if method.name == best)
    return Choice(chosen, "choice.auto" if best == AUTO else "choice.best", scores, count)


def _best(scores: pl.DataFrame) -> str:
    """The method with the least error; the one that combines several where it comes near, as a
    mean of methods keeps what it promises and the best of many was often lucky."""
    best, least = scores.row(0, named=True)["method"], scores["mae"][0]
    auto = scores.filter(pl.col("method") == AUTO, pl.col("mae") <= TOLERANCE * least)
    loses = scores.filter(method=PLAN)["mae"][0] <= auto["mae"][0] if len(auto) else True
    return str(best) if loses else AUTO
