"""How good we were: every method against the plan, overall, by day, lag, weekday and part."""

from __future__ import annotations

from typing import Any

import polars as pl

from calloff.evaluation.scores import score, score_quantiles
from calloff.planning.results import Results
from calloff.report.summary.plain import iso, number, numbers, records
from calloff.rolling.long_table import quantile_name

Table = dict[str, Any]


def score_tables(results: Results) -> Table | None:
    """The scores of an evening's pairs; None where nothing could be scored.

    methods: by their error, the best first. by_day, by_lag, by_weekday, by_part: keys, pairs, and
    mae (pieces) of each method, in the order of the keys; totals: pieces of all parts by target
    day, called off, planned, and forecast by the method that was used.
    """
    pairs = results.pairs
    if pairs.is_empty():
        return None
    overall = score(pairs).sort("mae", maintain_order=True)
    days = pairs["target"].unique().sort()
    used = results.forecast.choice.method.name
    return {
        "first": str(days[0]),
        "last": str(days[-1]),
        "targets": len(days),
        "methods": overall["method"].to_list(),
        "used": used,
        "overall": records(overall),
        "by_day": _by(pairs, "target"),
        "by_lag": _by(pairs, "lag"),
        "by_weekday": _by(pairs, "weekday"),
        "by_part": _by(pairs, "part", results.past.parts),
        "totals": _totals(pairs.filter(pl.col("method") == used)),
        "sure": _sure(results),
    }


def _by(pairs: pl.DataFrame, key: str, order: tuple[str, ...] | None = None) -> Table:
    scores = score(pairs, [key])
    methods = scores["method"].unique(maintain_order=True).to_list()
    count = scores.group_by(key).agg(pl.col("pairs").max())
    wide = scores.pivot("method", index=key, values="mae").join(count, on=key)
    if order is None:
        wide = wide.sort(key)
    else:
        rank = {name: place for place, name in enumerate(order)}
        wide = wide.sort(pl.col(key).replace_strict(rank))
    keys = wide[key].to_list()
    return {
        "keys": iso(keys) if key == "target" else keys,
        "pairs": wide["pairs"].to_list(),
        "mae": {method: numbers(wide[method], 2) for method in methods},
    }


def _totals(pairs: pl.DataFrame) -> Table:
    days = (
        pairs.group_by("target", maintain_order=True)
        .agg(pl.col("actual", "plan", "forecast").sum())
        .sort("target")
    )
    names = ("actual", "plan", "forecast")
    return {"days": iso(days["target"]), **{name: numbers(days[name], 0) for name in names}}


def _sure(results: Results) -> list[Table]:
    """How sure the methods were, and how right to be so."""
    levels = sorted(results.settings.quantiles)
    if len(levels) < 2:
        return []
    found = score_quantiles(results.pairs, [quantile_name(level) for level in levels])
    share = number(levels[-1] - levels[0], 4)
    return [{**row, "promised": share} for row in records(found)]
