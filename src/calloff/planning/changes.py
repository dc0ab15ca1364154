"""What changed from one forecast to the next, part by part: plan, forecast and verdict."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from calloff.texts.arguments import Problems, frame, number, require
from calloff.texts.errors import Problem

NEEDED = ("part", "target", "plan", "forecast")
MOST = 1e12  # pieces
SCHEMA = {"part": pl.String, "target": pl.Date, "plan_before": pl.Float64, "plan": pl.Float64,
          "forecast_before": pl.Float64, "forecast": pl.Float64, "verdict_before": pl.String,
          "verdict": pl.String, "why": pl.String}  # fmt: skip


@dataclass(frozen=True)
class Thresholds:
    """From when on a change is worth a line.

    Attributes:
        share: of the larger of the two quantities, from 0 to 1.
        pieces: the least difference, in pieces.

    Raises:
        CalloffError: one of them is out of its range.
    """

    share: float = 0.2
    pieces: float = 1.0

    def __post_init__(self) -> None:
        require(number(self.share, "share", 0, 1), number(self.pieces, "pieces", 0, MOST))


def changes(
    before: pl.DataFrame, after: pl.DataFrame, thresholds: Thresholds | None = None
) -> pl.DataFrame:
    """Compare two forecasts on the target days that both are for.

    Args:
        before: the earlier forecast: part, target, plan, forecast (pieces), and verdict where it is
            known.
        after: the later one, likewise.
        thresholds: from when on a change counts; by default a fifth, and a piece.

    Returns:
        One row per part and target day with a change, the largest first, with part, target, plan
        and forecast before and after (pieces), verdict before and after, and why ("plan",
        "forecast", "verdict", "new" or "gone", with commas between). Null where one of the two has
        no such part.

    Raises:
        CalloffError: a frame lacks a column, or has two rows of one part and target day; or the
            thresholds are none.
    """
    limits = thresholds or Thresholds()
    require(frame(before, "before", NEEDED, empty=True), frame(after, "after", NEEDED, empty=True))
    require(_once(before, "before"), _once(after, "after"))
    targets = set(before["target"]) & set(after["target"])
    both = pl.col("target").is_in(sorted(targets))
    key = ["part", "target"]
    old = _with_verdict(before).filter(both).select(*key, pl.exclude(key).name.suffix("_before"))
    new = _with_verdict(after).filter(both)
    joined = new.join(old, on=key, how="full", coalesce=True, maintain_order="left_right")
    why = {
        "plan": _moved("plan", limits),
        "forecast": _moved("forecast", limits),
        "verdict": pl.col("verdict") != pl.col("verdict_before"),
        "new": pl.col("plan_before").is_null(),
        "gone": pl.col("plan").is_null(),
    }
    told = [pl.when(each.fill_null(False)).then(pl.lit(name)) for name, each in why.items()]
    size = pl.max_horizontal(_difference("plan"), _difference("forecast"))
    found = joined.with_columns(
        why=pl.concat_str(told, separator=",", ignore_nulls=True), size=size
    )
    listed = found.filter(pl.col("why") != "")
    return listed.sort("size", "target", "part", descending=[True, False, False]).select(
        pl.col(name).cast(kind) for name, kind in SCHEMA.items()
    )


def _once(table: pl.DataFrame, name: str) -> Problems:
    """Whether each part and target day has one row."""
    twice = table.filter(table.select("part", "target").is_duplicated())
    if twice.height:
        facts = twice.row(0, named=True)
        yield Problem(
            "changes.twice", facts={n: facts[n] for n in ("part", "target")} | {"name": name}
        )


def _with_verdict(table: pl.DataFrame) -> pl.DataFrame:
    own = [] if "verdict" in table.columns else [pl.lit(None, pl.String).alias("verdict")]
    return table.with_columns(*own).select(*NEEDED, "verdict")


def _difference(name: str) -> pl.Expr:
    return (pl.col(name).fill_null(0.0) - pl.col(f"{name}_before").fill_null(0.0)).abs()


def _moved(name: str, limits: Thresholds) -> pl.Expr:
    larger = pl.max_horizontal(pl.col(name).abs(), pl.col(f"{name}_before").abs())
    difference = (pl.col(name) - pl.col(f"{name}_before")).abs()
    return (difference > 0) & (difference >= limits.pieces) & (difference >= limits.share * larger)
