"""Own numbers on their way in: for which target day, how many, and whether somebody was first; and
what is built when they count."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from calloff.planning.build_days import with_built
from calloff.planning.computed import read_computed
from calloff.planning.tables import BUILD
from calloff.web.errors import Refusal
from calloff.web.limits import Limits
from calloff.web.own_numbers import ChangedError, OwnNumbers, Place
from calloff.web.run_store import Run
from calloff.web.schemas import OverrideForm, Overrides, one_line

SHOWN = 80  # characters of a name in a message
ROW = ("override", "built_before", "projected", "build", "final")  # what hangs on own numbers


@dataclass(frozen=True)
class NumberEntry:
    """Takes own numbers."""

    numbers: OwnNumbers
    limits: Limits

    def set_all(self, run: Run, asked: Overrides, author: str) -> None:
        """Keep these in place of all before for their target day. Raises Refusal."""
        if len(asked.overrides) > self.limits.overrides:
            raise Refusal("web.too_many", limit=self.limits.overrides)
        with _run_is_there():
            self.numbers.set_all(run.id, target_of(run, asked.target), asked.overrides, author)

    def put(self, run: Run, pieces: Mapping[Place, float], author: str) -> int:
        """Put these in place of what is there; how many were changed. Raises Refusal."""
        if len({*self.numbers.of(run.id), *pieces}) > self.limits.overrides:
            raise Refusal("web.too_many", limit=self.limits.overrides)
        with _run_is_there():
            return self.numbers.put_all(run.id, pieces, author)

    def change(self, run: Run, asked: OverrideForm, author: str) -> None:
        """Put one in place of another. Raises Refusal where that has changed."""
        place = target_of(run, asked.target), asked.part
        known = self.numbers.of(run.id)
        if place not in known and len(known) >= self.limits.overrides:
            raise Refusal("web.too_many", limit=self.limits.overrides)
        reason = one_line(asked.reason)
        try:
            with _run_is_there():
                self.numbers.change(run.id, place, asked.pieces, asked.replaces, author, reason)
        except ChangedError as error:
            found = error.found
            code = "web.changed" if found else "web.taken_back"
            facts = {"pieces": f"{found.pieces:g}" if found else "-",
                     "author": (found.author if found else "") or "-"}  # fmt: skip
            raise Refusal(code, part=asked.part[:SHOWN], **facts) from error


def target_of(run: Run, asked: date | None) -> str:
    """The target day of a run that is asked for, by default the first. Raises Refusal where it has
    none yet, or not this one."""
    targets: list[str] = run.facts.get("targets", [])
    if not targets:
        raise Refusal("web.unready")
    found = str(asked) if asked else targets[0]
    if found not in targets:
        raise Refusal("web.target", target=found, days=", ".join(targets))
    return found


def with_own(table: pl.DataFrame, own: Mapping[Place, float], computed: Path) -> pl.DataFrame:
    """A run's table with own numbers, what is built for later days when they count, and what is
    finally built. ``computed``: the file of what was computed. Raises OSError or ValueError where
    that is needed and cannot be read."""
    numbers = {(part, date.fromisoformat(day)): pieces for (day, part), pieces in own.items()}
    there = {key: numbers[key] for key in table.select("part", "target").iter_rows()
             if key in numbers}  # fmt: skip
    if there and table["target"].n_unique() > 1:
        found = read_computed(computed)
        table = with_built(table, found.forecast.needs, found.build, there, BUILD)
    mine = [there.get(key) for key in table.select("part", "target").iter_rows()]
    table = table.with_columns(override=pl.Series(mine, dtype=pl.Float64))
    return table.with_columns(final=pl.coalesce("override", "build"))


def put_into(summary: dict[str, Any], table: pl.DataFrame) -> None:
    """Bring a summary up to date with such a table: its list, and its sums by target day."""
    rows = {(row["part"], str(row["target"])): row for row in table.iter_rows(named=True)}
    for row in summary["build"]:
        found = rows[row["part"], row["target"]]
        row |= {name: found[name] for name in ROW if name in row or name == "override"}
    for day in summary["days"]:
        mine = table.filter(target=date.fromisoformat(day["target"]))
        for name in ("build", "final"):
            known = mine[name].drop_nulls()
            day[name] = float(known.sum()) if len(known) else None
        day["own"] = mine["override"].count()


@contextmanager
def _run_is_there() -> Iterator[None]:
    """It may be deleted in this moment."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Refusal("web.absent") from error
