"""Scores of a backtest's long table: by method, and by whatever column is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

ERROR = pl.col("forecast") - pl.col("actual")
PLAN_ERROR = pl.col("plan") - pl.col("actual")


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
        stand_ins=(pl.col("used") != pl.col("method")).sum(),
    )
    ratio = pl.when(pl.col("plan_mae") > 0).then(pl.col("mae") / pl.col("plan_mae"))
    finite = pl.when(pl.col("wape").is_finite()).then(pl.col("wape"))
    columns = ["method", *by, "mae", "x_plan", "bias", "wape", "pairs", "stand_ins"]
    return groups.with_columns(x_plan=ratio, wape=finite).select(columns)
