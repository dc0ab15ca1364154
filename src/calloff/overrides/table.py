"""A planner's own numbers: kept from evening to evening, and scored beside ours, like with like."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

SCHEMA = {"part": pl.String, "target": pl.Date, "evening": pl.Date, "made": pl.Date,
          "plan": pl.Float64, "forecast": pl.Float64, "override": pl.Float64}  # fmt: skip
KEY = ("part", "target", "evening")
METHOD = "override"  # its name in a backtest
TOO_MUCH, TOO_LATE = "later_evening", "saved_late"


@dataclass(frozen=True)
class Overrides:
    """What a planner put in the place of forecasts, in pieces.

    table: one row per part, target and evening (the last day known to the forecast that was
    overridden), with plan and forecast as they stood beside it. made: the day by which the number
    was there, as far as the file tells: the evening and the days until it was last saved.
    """

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))

    def __post_init__(self) -> None:
        fixed = self.table.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        object.__setattr__(self, "table", fixed.sort("target", "part", "evening"))

    def __len__(self) -> int:
        return self.table.height

    def of(self, part: str, target: date) -> float | None:
        """The newest override of a part's call-off on a target day, in pieces."""
        return self._numbers.get((part, target))

    @cached_property
    def _numbers(self) -> dict[tuple[str, date], float]:
        rows = self.latest().select("part", "target", "override").iter_rows()
        return {(part, target): pieces for part, target, pieces in rows}

    def until(self, evening: date) -> Overrides:
        """Those that were given on an evening up to this one."""
        return Overrides(self.table.filter(pl.col("evening") <= evening))

    def latest(self, before: date | None = None) -> pl.DataFrame:
        """One row per part and target: the override of the newest evening (``before`` a day)."""
        known = self.table.filter(pl.col("evening") < before) if before else self.table
        return known.unique(["part", "target"], keep="last", maintain_order=True)

    def onto(self, table: pl.DataFrame, cutoff: date) -> pl.DataFrame:
        """A table of parts and targets with the column ``override``: the newest number given on
        an evening up to ``cutoff``, null where there is none."""
        numbers = self.until(cutoff).latest().select("part", "target", "override")
        return table.join(numbers, on=["part", "target"], how="left", maintain_order="left")

    def keep(self, newer: Overrides) -> Overrides:
        """These and ``newer`` ones, which win where both speak of the same forecast. A number
        that both have was made on the earlier day: saving a file once more makes none anew."""
        both = pl.concat([self.table, newer.table])
        same = pl.col("override") == pl.col("override").last()
        merged = both.group_by(KEY, maintain_order=True).agg(
            pl.col("plan", "forecast", "override").last(),
            made=pl.col("made").filter(same).min(),
        )
        return Overrides(merged)

    def without(self, pairs: pl.DataFrame) -> Overrides:
        """All but those whose part, target and evening stand in ``pairs``."""
        return Overrides(self.table.join(pairs.select(KEY), on=KEY, how="anti"))


@dataclass(frozen=True)
class Beside:
    """pairs: a backtest's rows of every method on the pairs that a planner overrode, and the
    planner's own, as method "override"; so ``score(pairs)`` compares like with like.
    refused: overrides of scored pairs that do not count, each with its reason: "later_evening"
    (it knew plans that the lead forbids), "saved_late" (made when the call-off may have been
    known)."""

    pairs: pl.DataFrame
    refused: pl.DataFrame


def beside(table: pl.DataFrame, overrides: Overrides, lead: int) -> Beside:
    """Lay overrides beside a backtest's long table (see ``backtest``) made for ``lead`` days.

    An override counts for a target day if its evening is at least ``lead`` days before, and it
    was made before that day; of several the one of the newest such evening.
    """
    if table.is_empty() or not len(overrides):
        return Beside(table.clear(), overrides.table.clear().with_columns(reason=pl.lit("")))
    scored = table.select("part", "target").unique()
    mine = overrides.table.join(scored, on=["part", "target"], how="semi")
    knew = pl.col("evening") > pl.col("target") - pl.duration(days=lead)
    late = pl.col("made") >= pl.col("target")
    reason = pl.when(knew).then(pl.lit(TOO_MUCH)).when(late).then(pl.lit(TOO_LATE))
    judged = mine.with_columns(reason=reason)
    fair = Overrides(judged.filter(pl.col("reason").is_null()).drop("reason")).latest()
    pairs = table.join(fair, on=["part", "target"], how="semi")
    return Beside(
        pairs=pl.concat([pairs, _as_method(pairs, fair)], how="diagonal"),
        refused=judged.drop_nulls("reason"),
    )


def _as_method(pairs: pl.DataFrame, fair: pl.DataFrame) -> pl.DataFrame:
    """The overrides as rows of a backtest: the facts of the pair, and the planner's number."""
    facts = pairs.unique(["part", "target"], keep="first", maintain_order=True)
    facts = facts.select("part", "origin", "target", "lead", "plan", "actual")
    numbers = fair.select("part", "target", forecast="override")
    return facts.join(numbers, on=["part", "target"], maintain_order="left").with_columns(
        method=pl.lit(METHOD), used=pl.lit(METHOD)
    )
