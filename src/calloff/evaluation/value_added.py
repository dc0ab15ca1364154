"""Forecast value added: what each step on the way to a forecast is worth over the step before it.

The steps are the last call-off repeated, the plan as sent, calloff's method, and the planner's own
numbers; each costs more to make than the one before, and has to pay for itself on the same pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from calloff.data.frame_kinds import keeps_kind
from calloff.evaluation.comparison import difference_range
from calloff.evaluation.scores import ERROR, PAIRS
from calloff.evaluation.selection import AUTO
from calloff.overrides.table import METHOD as OVERRIDE
from calloff.rolling.answers import PLAN
from calloff.texts.arguments import frame, one_of, require, several, whole

LAST = "last"  # the last call-off, repeated
MEANS = ("mean3", "mean7")  # methods that are no step beyond that
SCHEMA = {"method": pl.String, "mae": pl.Float64, "added": pl.Float64, "added_share": pl.Float64,
          "added_low": pl.Float64, "added_high": pl.Float64, "pairs": pl.UInt32}  # fmt: skip


def usual_steps(methods: Sequence[str]) -> tuple[str, ...]:
    """Find the steps that methods make up.

    Args:
        methods: names of the methods of a backtest, in their order.

    Returns:
        "last" where it is there, "plan", the method of ours ("auto" where it is there, else the
        first of the rest, a mean of call-offs only where there is no other; none without any), and
        "override" where it is there.
    """
    rest = [name for name in methods if name not in (LAST, PLAN, OVERRIDE)]
    learned = [name for name in rest if name not in MEANS]
    ours = [AUTO] if AUTO in rest else [*learned, *rest][:1]
    first, last = ([name] if name in methods else [] for name in (LAST, OVERRIDE))
    return (*first, PLAN, *ours, *last)


@keeps_kind
def value_added(
    table: pl.DataFrame, steps: Sequence[str] | None = None, horizon: int = 1
) -> pl.DataFrame:
    """Compare each step with the one before it, on the pairs that all steps have.

    Args:
        table: the long table of ``backtest``, a frame of any library; the plan need not be among
            its methods.
        steps: names of methods, in their order; by default ``usual_steps`` of the table's methods.
        horizon: target days until a forecast's outcome is known; forecasts that are fewer days
            apart have errors in common.

    Returns:
        One row per step with method, mae (pieces), added (the mae of the step before less its own;
        above 0 it is better), added_share (of the mae before; null where that is 0), added_low and
        added_high (between which added lies in 90 % of draws of blocks of days; null with fewer
        than five days) and pairs (the same for all). In the first row nothing is added (null).

    Raises:
        CalloffError: ``table`` is no such table or has no rows, or a step is not among its methods.

    Source:
        Gilliland (2010), "The business forecasting deal", for the idea; the blocks are those of
        ``difference_range``.
    """
    require(
        frame(table, "table", (*PAIRS, "part")),
        several(steps, "steps", optional=True, some=True),
        whole(horizon, "horizon", 1, 10_000),
    )
    names = table["method"].unique(maintain_order=True).to_list()
    chosen = list(dict.fromkeys(steps or usual_steps(names)))
    require(*(one_of(name, "steps", sorted({*names, PLAN})) for name in chosen))
    misses = _misses(table, chosen)
    errors = {
        name: float(misses[name].to_numpy().mean()) if len(misses) else np.nan for name in chosen
    }
    rows: list[tuple[object, ...]] = [
        (chosen[0], errors[chosen[0]], None, None, None, None, len(misses))
    ]
    for before, name in pairwise(chosen):
        added = errors[before] - errors[name]
        share = added / errors[before] if errors[before] else None
        ends = _range(misses, before, name, horizon)
        rows.append((name, errors[name], added, share, *ends, len(misses)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").fill_nan(None)


def _misses(table: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    """Absolute errors of the steps (columns) on the pairs that all have; the plan's from its own
    column."""
    key = ["part", "target"]
    misses = table.unique(key, keep="first", maintain_order=True).select(
        *key, (pl.col("plan") - pl.col("actual")).abs().alias(PLAN)
    )
    for name in steps:
        if name != PLAN:
            own = table.filter(method=name).select(*key, ERROR.abs().alias(name))
            misses = misses.join(own, on=key, maintain_order="left")
    return misses.drop_nulls()


def _range(misses: pl.DataFrame, before: str, name: str, horizon: int) -> tuple[float, float]:
    days = misses.group_by("target", maintain_order=True).agg(
        gap=(pl.col(before) - pl.col(name)).sum(), pairs=pl.len()
    ).sort("target")  # fmt: skip
    return difference_range(days["gap"].to_numpy(), days["pairs"].to_numpy(), horizon)
