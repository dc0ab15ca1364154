"""A planner's own numbers: kept from one forecast to the next, and scored beside ours on the same
pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from calloff.data.triangle import Day, as_day
from calloff.texts import arguments
from calloff.texts.arguments import frame, instance, require, whole
from calloff.texts.errors import fail

SCHEMA = {"part": pl.String, "target": pl.Date, "evening": pl.Date, "made": pl.Date,
          "plan": pl.Float64, "forecast": pl.Float64, "override": pl.Float64}  # fmt: skip
KEY = ("part", "target", "evening")
PAIRS = ("method", "part", "origin", "target", "lead", "plan", "actual")  # of a backtest
METHOD = "override"  # its name in a backtest
TOO_MUCH, TOO_LATE = "later_evening", "saved_late"


@dataclass(frozen=True)
class Overrides:
    """What a planner put in the place of forecasts.

    Attributes:
        table: one row per part, target and ``evening``, with plan, forecast and override in pieces.
            ``evening`` is the last day that the forecast beside it knew; ``made`` is the day by
            which the number was there, as far as the file shows: the same day and the days until
            the file was last saved.

    Raises:
        CalloffError: the table lacks a column, or one cannot be read as it should be.
    """

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))

    def __post_init__(self) -> None:
        require(frame(self.table, "table", tuple(SCHEMA), empty=True))
        try:
            fixed = self.table.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        except pl.exceptions.PolarsError as error:
            reason = str(error).splitlines()[0]
            raise fail("argument.unusable", name="table", error=reason) from error
        object.__setattr__(self, "table", fixed.sort("target", "part", "evening"))

    def __len__(self) -> int:
        return self.table.height

    def of(self, part: str, target: date) -> float | None:
        """The newest override of a ``part`` on a ``target`` day, in pieces; None without one."""
        return self._numbers.get((part, target))

    @cached_property
    def _numbers(self) -> dict[tuple[str, date], float]:
        rows = self.latest().select("part", "target", "override").iter_rows()
        return {(part, target): pieces for part, target, pieces in rows}

    def until(self, cutoff: Day) -> Overrides:
        """Select the overrides that were given up to a day.

        Args:
            cutoff: the last day that counts.

        Returns:
            These overrides.

        Raises:
            CalloffError: ``cutoff`` is no day.
        """
        return Overrides(self.table.filter(pl.col("evening") <= _date(cutoff, "cutoff")))

    def latest(self, before: Day | None = None) -> pl.DataFrame:
        """Select the newest override for each part and target.

        Args:
            before: the first day that counts no more; by default, all count.

        Returns:
            One row per part and target, with the columns of ``table``.

        Raises:
            CalloffError: ``before`` is no day.
        """
        known = self.table
        if before is not None:
            known = known.filter(pl.col("evening") < _date(before, "before"))
        return known.unique(["part", "target"], keep="last", maintain_order=True)

    def onto(self, table: pl.DataFrame, cutoff: Day) -> pl.DataFrame:
        """Lay the newest overrides beside parts and targets.

        Args:
            table: any frame with the columns part and target.
            cutoff: the last day on which an override that counts was given.

        Returns:
            The frame with the column ``override``, in pieces; null where there is none.

        Raises:
            CalloffError: the frame lacks a column, or ``cutoff`` is no day.
        """
        require(frame(table, "table", ("part", "target"), empty=True))
        numbers = self.until(cutoff).latest().select("part", "target", "override")
        return table.join(numbers, on=["part", "target"], how="left", maintain_order="left")

    def keep(self, newer: Overrides) -> Overrides:
        """Add newer overrides, which win where both are of the same forecast.

        A number that both have was made on the earlier day: saving a file once more makes none
        anew.

        Args:
            newer: the overrides to add.

        Returns:
            Both together.

        Raises:
            CalloffError: ``newer`` are no overrides.
        """
        require(instance(newer, "newer", Overrides))
        both = pl.concat([self.table, newer.table])
        same = pl.col("override") == pl.col("override").last()
        merged = both.group_by(KEY, maintain_order=True).agg(
            pl.col("plan", "forecast", "override").last(),
            made=pl.col("made").filter(same).min(),
        )
        return Overrides(merged)

    def without(self, pairs: pl.DataFrame) -> Overrides:
        """All overrides but those whose part, target and ``evening`` are rows of ``pairs``."""
        return Overrides(self.table.join(pairs.select(KEY), on=KEY, how="anti"))


def _date(day: Day, name: str) -> date:
    require(arguments.day(day, name))
    found: date = as_day(day).astype(object)
    return found


@dataclass(frozen=True)
class Beside:
    """A planner's overrides beside a backtest.

    Attributes:
        pairs: the backtest's rows of every method on the pairs that were overridden, and the
            planner's own as method "override", so that ``score(pairs)`` compares like with like.
        refused: overrides of scored pairs that do not count, with the reason: "later_evening" (it
            knew plans that the lead forbids) or "saved_late" (it was made when the call-off may
            have been known).
    """

    pairs: pl.DataFrame
    refused: pl.DataFrame


def beside(table: pl.DataFrame, overrides: Overrides, lead: int) -> Beside:
    """Lay overrides beside a backtest.

    An override counts for a target day if its forecast knew nothing of the last ``lead`` days
    before that day, and it was made before the day itself; of several, the newest one counts.

    Args:
        table: the long table of ``backtest``.
        overrides: the planner's numbers.
        lead: the lead of that backtest, in days.

    Returns:
        The pairs that can be compared, and the overrides that do not count.

    Raises:
        CalloffError: an argument is of another type, or the table lacks a column.
    """
    require(
        frame(table, "table", empty=True),
        instance(overrides, "overrides", Overrides),
        whole(lead, "lead", 1, 366),
    )
    require(() if table.is_empty() else frame(table, "table", PAIRS))
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
