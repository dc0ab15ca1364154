"""Scores of a backtest's long table: by method, and by whatever column is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from calloff.evaluation.metrics import Values

ERROR = pl.col("forecast") - pl.col("actual")
PLAN_ERROR = pl.col("plan") - pl.col("actual")
SHARE = 0.9  # of the draws that a range holds
DRAWS = 4000
LEAST_DAYS = 5  # target days; fewer say too little of how days differ


def score(table: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """MAE in pieces, its ratio to the plan's on the same pairs, bias, WAPE, pairs.

    by: "lag", "weekday" (1 = Monday), "part", "target", or any column of the table. Bias is
    forecast - actual. ``stand_ins`` counts the pairs in which the plan had to step in.
    Ratios to a plan without error are null.
    """
    named = table.with_columns(
        lag=pl.col("lead"),
        weekday=pl.col("target").dt.weekday(),
        error=ERROR,
        miss=PLAN_ERROR.abs(),
    )
    groups = named.group_by("method", *by, maintain_order=True).agg(
        pairs=pl.len(),
        mae=pl.col("error").abs().mean(),
        plan_mae=pl.col("miss").mean(),
        bias=pl.col("error").mean(),
        wape=pl.col("error").abs().sum() / pl.col("actual").sum(),
        stand_ins=((pl.col("used") == "plan") & (pl.col("method") != "plan")).sum(),
    )
    ratio = pl.when(pl.col("plan_mae") > 0).then(pl.col("mae") / pl.col("plan_mae"))
    finite = pl.when(pl.col("wape").is_finite()).then(pl.col("wape"))
    columns = ["method", *by, "mae", "x_plan", "bias", "wape", "pairs", "stand_ins"]
    return groups.with_columns(x_plan=ratio, wape=finite).select(columns)


def score_ranges(table: pl.DataFrame) -> pl.DataFrame:
    """How far each method's ratio to the plan hangs on which days came: x_low to x_high, where
    it lies in 90 % of draws of as many target days from those scored, with replacement.

    Whole days are drawn, as the errors of a day go together (a cluster bootstrap; Davison & Hinkley
    1997, section 3.8), the same ones for all methods. Days that follow each other are alike, too,
    so the true range is rather wider. Null below five target days, or where the plan had no error.
    """
    days = (
        table.group_by("method", "target", maintain_order=True)
        .agg(error=ERROR.abs().sum(), miss=PLAN_ERROR.abs().sum())
        .sort("target", maintain_order=True)
    )
    rows = [
        (method, *ratio_range(group["error"].to_numpy(), group["miss"].to_numpy()))
        for (method,), group in days.group_by("method", maintain_order=True)
        if len(group) >= LEAST_DAYS
    ]
    names = {"method": pl.String, "x_low": pl.Float64, "x_high": pl.Float64}
    return pl.DataFrame(rows, schema=names, orient="row").fill_nan(None).drop_nulls()


def ratio_range(above: Values, below: Values, draws: int = DRAWS) -> tuple[float, float]:
    """Where the ratio of two sums over days (T) lies in 90 % of draws of as many days, with
    replacement; NaN where there is a draw whose sum below is not above 0."""
    drawn = np.random.default_rng(0).integers(len(below), size=(draws, len(below)))
    total = below[drawn].sum(axis=1)
    if not (total > 0).all():
        return float("nan"), float("nan")
    low, high = np.quantile(above[drawn].sum(axis=1) / total, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


def score_quantiles(table: pl.DataFrame, levels: Sequence[str]) -> pl.DataFrame:
    """How sure each method was, and how right to be so: mean pinball loss over its quantiles,
    coverage (share of call-offs between the lowest and the highest), mean width in pieces, and
    the pairs for which quantiles were known. levels: their columns, such as q10 and q90."""
    names = sorted(levels, key=lambda name: float(name[1:]))
    low, high = pl.col(names[0]), pl.col(names[-1])
    known = table.drop_nulls(names)
    return known.group_by("method", maintain_order=True).agg(
        pinball=pl.mean_horizontal(_pinball(name) for name in names).mean(),
        coverage=((low <= pl.col("actual")) & (pl.col("actual") <= high)).mean(),
        width=(high - low).mean(),
        pairs=pl.len(),
    )


def score_building(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """What building to a quantile would have given, and building to the plan: share of pairs
    served in full, pieces short and pieces over in all."""
    known = table.drop_nulls([column])
    ours = known.with_columns(build=pl.col(column).ceil()).group_by("method", maintain_order=True)
    theirs = known.filter(method=known["method"][0]).with_columns(
        method=pl.lit("build to plan"), build=pl.col("plan")
    )
    left = pl.col("build") - pl.col("actual")
    figures = {
        "served": (left >= 0).mean(),
        "short": (-left).clip(0).sum(),
        "over": left.clip(0).sum(),
        "pairs": pl.len(),
    }
    plan = theirs.group_by("method", maintain_order=True).agg(**figures)
    return pl.concat([plan, ours.agg(**figures)])


def _pinball(name: str) -> pl.Expr:
    level = float(name[1:]) / 100
    short = pl.col("actual") - pl.col(name)
    return pl.max_horizontal(level * short, (level - 1) * short)
