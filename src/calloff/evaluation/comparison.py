"""Is one method really better than another, or were the days its own?

The errors of one day go together, and those of days whose forecasts overlap do as well: so parts
are averaged by day first, and blocks of days are drawn, not pairs.

Dimensions: T target days.
"""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, log, pi
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from calloff.data.frame_kinds import keeps_kind
from calloff.evaluation.scores import ERROR, LEAST_DAYS, PAIRS, SHARE
from calloff.texts.arguments import arrays, frame, one_of, require, whole

DRAWS = 4000
ENOUGH = 20  # target days; with fewer the test is not made


class Test(NamedTuple):
    """A test of equal accuracy.

    Attributes:
        statistic: below 0 where the first method has less error.
        p: chance of one so far from 0 if both were equally good.
    """

    statistic: float
    p: float


@keeps_kind
def compare(table: pl.DataFrame, other: str = "plan", steps: int = 1) -> pl.DataFrame:
    """Compare each method with one of them, on the pairs that both have.

    Args:
        table: the long table of ``backtest``, a frame of any library.
        other: the name of the method that the rest are compared with.
        steps: target days until a forecast's outcome is known; forecasts that are fewer days apart
            have errors in common.

    Returns:
        One row per other method with method, days (their number), difference (mean absolute error
        less that of ``other``, pieces), low and high (between which it lies in 90 % of draws of
        blocks of days; null with fewer than five days), statistic and p (of ``diebold_mariano``;
        null with fewer than twenty days).

    Raises:
        CalloffError: ``table`` is no such table or has no rows, or ``other`` is not in it.

    Source:
        Politis & Romano (1992) for the blocks; see ``diebold_mariano``.
    """
    require(frame(table, "table", (*PAIRS, "part")), whole(steps, "steps", 1, 10_000))
    require(one_of(other, "other", table["method"].unique().sort().to_list()))
    miss = table.select("method", "part", "target", miss=ERROR.abs())
    base = miss.filter(method=other).select("part", "target", against="miss")
    days = (
        miss.filter(pl.col("method") != other)
        .join(base, on=["part", "target"])
        .group_by("method", "target", maintain_order=True)
        .agg(pairs=pl.len(), gap=(pl.col("miss") - pl.col("against")).sum())
        .sort("target", maintain_order=True)
    )
    rows = []
    for (method,), day in days.group_by("method", maintain_order=True):
        gap, pairs = day["gap"].to_numpy(), day["pairs"].to_numpy()
        low, high = difference_range(gap, pairs, steps)
        test = diebold_mariano(gap / pairs, steps) if len(day) >= ENOUGH else Test(np.nan, np.nan)
        rows.append((method, len(day), float(gap.sum() / pairs.sum()), low, high, *test))
    names = ["method", "days", "difference", "low", "high", "statistic", "p"]
    schema = dict(zip(names, [pl.String, pl.Int64, *[pl.Float64] * 5], strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row").fill_nan(None)


def difference_range(gap: ArrayLike, pairs: ArrayLike, steps: int = 1) -> tuple[float, float]:
    """Give the range of a mean difference, by drawing blocks of days that follow each other.

    Args:
        gap: sum of the differences of a day (T), in pieces.
        pairs: their number (T).
        steps: target days until a forecast's outcome is known: the least length of a block.

    Returns:
        The ends of the range that holds 90 % of the means, a twentieth lying beyond each; NaN with
        fewer than five days.

    Raises:
        CalloffError: the arrays are not of one shape.

    Source:
        Politis & Romano (1992), the circular block bootstrap.
    """
    require(arrays(gap=gap, pairs=pairs), whole(steps, "steps", 1, 10_000))
    gap, pairs = np.asarray(gap, np.float64), np.asarray(pairs, np.float64)
    count = len(gap)
    if count < LEAST_DAYS:
        return float("nan"), float("nan")
    length = min(max(steps, round(count ** (1 / 3))), count)
    blocks = -(-count // length)
    start = np.random.default_rng(0).integers(count, size=(DRAWS, blocks))
    drawn = ((start[:, :, None] + np.arange(length)) % count).reshape(DRAWS, -1)[:, :count]
    means = gap[drawn].sum(axis=1) / pairs[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


def diebold_mariano(difference: ArrayLike, steps: int = 1) -> Test:
    """Test whether two methods are equally accurate.

    Args:
        difference: mean loss of the first less that of the second, by target day (T), oldest first.
        steps: target days until a forecast's outcome is known: days fewer apart are not
            independent.

    Returns:
        The statistic, with Bartlett's weights and the small-sample correction, and its two-sided p
        by Student's t with T - 1 degrees of freedom; NaN where the differences do not vary, or are
        too few for the steps.

    Raises:
        CalloffError: there are fewer than two days.

    Source:
        Diebold & Mariano (1995); Newey & West (1987) for the weights; Harvey, Leybourne & Newbold
        (1997) for the correction.
    """
    require(arrays(difference=difference), whole(steps, "steps", 1, 10_000))
    values = np.asarray(difference, np.float64)
    count = len(values)
    require(whole(count, "len(difference)", 2, 10**9))
    centred = values - values.mean()
    lags = range(1, min(steps, count))
    covariances = [float(centred[lag:] @ centred[:-lag]) / count for lag in lags]
    weights = [1 - lag / steps for lag in lags]
    spread = float(centred @ centred) / count + 2 * float(np.dot(weights, covariances))
    correction = (count + 1 - 2 * steps + steps * (steps - 1) / count) / count
    if not (spread > 0 and correction > 0):
        return Test(float("nan"), float("nan"))
    statistic = float(values.mean() / np.sqrt(spread / count) * np.sqrt(correction))
    return Test(statistic, student_p(statistic, count - 1))


def student_p(statistic: float, degrees: int) -> float:
    """The chance that Student's t is farther from 0 than a statistic.

    Args:
        statistic: any number.
        degrees: of freedom, from 1.

    Returns:
        A number from 0 to 1, by Gauss's quadrature over the angle atan(t / sqrt(degrees)).
    """
    scale = exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - 0.5 * log(pi))
    top = float(np.arctan(abs(statistic) / np.sqrt(degrees)))
    nodes, weights = _gauss()
    inside = float(weights @ np.cos((nodes + 1) * top / 2) ** (degrees - 1)) * top / 2
    return float(np.clip(1 - 2 * scale * inside, 0, 1))


@cache
def _gauss() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights for ``student_p``, of whose time they took nearly all."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return nodes, weights
