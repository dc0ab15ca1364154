"""Scores of a backtest's long table: by method, and by whatever column is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from calloff.data.frame_kinds import keeps_kind
from calloff.rolling.long_table import quantile_names
from calloff.texts.arguments import Problems, arrays, frame, one_of, require, several, whole

ERROR = pl.col("forecast") - pl.col("actual")
PLAN_ERROR = pl.col("plan") - pl.col("actual")
PAIRS = ("method", "target", "forecast", "plan", "actual")  # columns that every score needs
SHARE = 0.9  # of the draws that a range holds
DRAWS = 4000
LEAST_DAYS = 5  # target days; fewer say too little of how days differ


@keeps_kind
def score(table: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Score each method on the pairs of a backtest, as a whole or split by columns.

    Args:
        table: the long table of ``backtest``, a frame of any library.
        by: what to split by: "lag", "weekday" (1 = Monday), "part", "target", or any column of
            the table.

    Returns:
        One row per method and value of ``by`` with mae (pieces), x_plan (mae over the plan's on the
        same pairs; null where the plan had no error), bias (mean of forecast - actual, pieces),
        wape (null where nothing was called off), pairs (their number), and stand_ins (pairs in
        which the plan stepped in for the method).

    Raises:
        CalloffError: ``table`` is no such table or has no rows, or has nothing to split by as
            asked.
    """
    require(frame(table, "table", (*PAIRS, "lead", "used")), several(by, "by"))
    by = tuple(dict.fromkeys(by))
    require(*(one_of(name, "by", _splits(table)) for name in by))
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


def _splits(table: pl.DataFrame) -> tuple[str, ...]:
    return "lag", "weekday", *(name for name in table.columns if name != "method")


@keeps_kind
def score_ranges(table: pl.DataFrame) -> pl.DataFrame:
    """Tell how far each method's ratio to the plan depends on which target days came, by a cluster
    bootstrap.

    Whole days are drawn, since the errors of a day go together, the same ones for all methods.
    Days that follow each other are alike, too, so the true range is rather wider.

    Args:
        table: the long table of ``backtest``, a frame of any library.

    Returns:
        One row per method with x_low and x_high, between which the ratio lies in 90 % of draws of
        as many target days from those scored, with replacement. Methods with fewer than five
        target days, and plans without error, have no row.

    Raises:
        CalloffError: ``table`` is no such table, or has no rows.

    Source:
        Davison & Hinkley (1997), "Bootstrap methods and their
        application", section 3.8.
    """
    require(frame(table, "table", PAIRS))
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


def ratio_range(above: ArrayLike, below: ArrayLike, draws: int = DRAWS) -> tuple[float, float]:
    """Give the range of a ratio of two sums over days, by drawing the days with replacement.

    Args:
        above: what is summed above the line, by day (T).
        below: what is summed below it, by day (T).
        draws: how many times T days are drawn, by a generator of a fixed seed.

    Returns:
        The ends of the range that holds 90 % of the ratios, a twentieth lying beyond each; NaN
        where a sum below the line is not above 0 in some draw.

    Raises:
        CalloffError: the arrays are not of one shape or hold no day, or ``draws`` is below 1.
    """
    require(arrays(above=above, below=below), whole(draws, "draws", 1, 10**9))
    above, below = np.asarray(above, np.float64), np.asarray(below, np.float64)
    require(whole(len(below), "len(below)", 1, 10**9))
    drawn = np.random.default_rng(0).integers(len(below), size=(draws, len(below)))
    total = below[drawn].sum(axis=1)
    if not (total > 0).all():
        return float("nan"), float("nan")
    low, high = np.quantile(above[drawn].sum(axis=1) / total, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


@keeps_kind
def score_quantiles(table: pl.DataFrame, levels: Sequence[str]) -> pl.DataFrame:
    """Score how sure each method was, and how right to be so.

    Args:
        table: the long table of ``backtest`` with quantiles, a frame of any library.
        levels: the columns of the quantiles, such as q10 and q90.

    Returns:
        One row per method, over the pairs whose quantiles are known, with pinball (mean loss over
        the quantiles, pieces), coverage (share of call-offs from the lowest to the highest
        quantile), width (mean distance between these, pieces), and pairs (their number).

    Raises:
        CalloffError: ``table`` is no such table or has no rows, or has no such quantiles.
    """
    require(frame(table, "table", PAIRS), _quantiles(levels, table))
    names = sorted(levels, key=lambda name: float(name[1:]))
    low, high = pl.col(names[0]), pl.col(names[-1])
    known = table.drop_nulls(names)
    return known.group_by("method", maintain_order=True).agg(
        pinball=pl.mean_horizontal(_pinball(name) for name in names).mean(),
        coverage=((low <= pl.col("actual")) & (pl.col("actual") <= high)).mean(),
        width=(high - low).mean(),
        pairs=pl.len(),
    )


@keeps_kind
def score_building(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """Compare what building to a quantile would have given with building to the plan.

    Args:
        table: the long table of ``backtest`` with quantiles, a frame of any library.
        column: the column of the quantile to build to, such as q95.

    Returns:
        One row for the plan ("build to plan") and one per method, over the pairs whose quantile is
        known: served (share of pairs with enough pieces), short and over (pieces missing and left
        in all), and pairs (their number). No rows where no quantile is known.

    Raises:
        CalloffError: ``table`` is no such table or has no rows, or has no such column.
    """
    require(frame(table, "table", PAIRS), _quantiles([column], table))
    known = table.drop_nulls([column])
    ours = known.with_columns(build=pl.col(column).ceil()).group_by("method", maintain_order=True)
    theirs = known.filter(pl.col("method").is_in(known["method"].head(1))).with_columns(
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


def _quantiles(names: object, table: object) -> Problems:
    """Whether the names are columns of quantiles in a table, which others have looked at."""
    found = table.columns if isinstance(table, pl.DataFrame) else []
    known = quantile_names(found)
    yield from several(names, "levels", some=True)
    if isinstance(names, Sequence) and not isinstance(names, str) and found:
        for name in names:
            yield from one_of(name, "levels", known)


def _pinball(name: str) -> pl.Expr:
    level = float(name[1:]) / 100
    short = pl.col("actual") - pl.col(name)
    return pl.max_horizontal(level * short, (level - 1) * short)
