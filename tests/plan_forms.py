"""One plan, written in the many ways in which customers write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from calloff import Triangle
from input_files import parquet, xls, xlsx

FIRST = datetime(2021, 9, 27, 18, 30)  # a Monday; the days reach into October
ROLES = ("part", "plant", "customer", "issued_at")


@dataclass(frozen=True)
class Plan:
    """Quantities of parts (P), issue days (K) and days ahead (L)."""

    parts: tuple[str, ...]
    issued: tuple[datetime, ...]
    quantity: np.ndarray

    @property
    def rows(self) -> list[tuple[str, datetime, list[int]]]:
        """Part, time and quantities, day by day."""
        return [
            (part, issued, self.quantity[one, day].astype(int).tolist())
            for day, issued in enumerate(self.issued)
            for one, part in enumerate(self.parts)
        ]


def plan(parts: int = 6, days: int = 12, leads: int = 5, seed: int = 0, most: int = 900) -> Plan:
    """A made-up plan: rolling quantities with changes, nothing on some days."""
    rng = np.random.default_rng(seed)
    ahead = rng.integers(1, most, (parts, days + leads))
    ahead[:, rng.random(days + leads) < 0.2] = 0
    rolling = np.stack([ahead[:, day : day + leads] for day in range(days)], axis=1)
    changed = rolling + rng.integers(0, 9, rolling.shape) * (rolling > 0)
    names = tuple(f"P-{number:02}" for number in range(1, parts + 1))
    return Plan(names, tuple(FIRST + timedelta(days=day) for day in range(days)), changed)


Spelling = Callable[[Any], object]


def iso(stamp: datetime) -> str:
    return f"{stamp:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Form:
    """How a plan is written.

    Attributes:
        shape: "wide", "long" or "dated" (target days as headers; a file for each issue day).
        stamp, number, target, header: how times, quantities, target days and dated headers look.
        names: header of each role.
        beside: values of plant and customer, the same in every row.
        zeros: whether a long table has rows of 0.
        above: rows above the header.
        extra: columns that mean nothing, after the others.
    """

    shape: str = "wide"
    stamp: Spelling = iso
    number: Spelling = str
    target: Spelling = lambda day: f"{day:%Y-%m-%d}"
    header: Spelling = lambda day: f"{day:%Y-%m-%d}"
    names: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    zeros: bool = True
    above: tuple[Sequence[object], ...] = ()
    extra: tuple[str, ...] = ()

    def named(self, role: str) -> str:
        return self.names.get(role, role)

    def tables(self, made: Plan) -> list[list[list[Any]]]:
        """The plan as tables: one, or one for each issue day where the headers are dates."""
        if self.shape == "dated":
            pieces = [Plan(made.parts, (issued,), made.quantity[:, at : at + 1])
                      for at, issued in enumerate(made.issued)]  # fmt: skip
            return [self._table(piece) for piece in pieces]
        return [self._table(made)]

    def _table(self, made: Plan) -> list[list[Any]]:
        keys = [self.named(role) for role in ROLES if role in self.beside or role not in ROLES[1:3]]
        leads = range(made.quantity.shape[2])
        if self.shape == "long":
            head = [*keys, self.named("target"), self.named("quantity")]
        elif self.shape == "dated":
            head = [*keys, *(self.header(made.issued[0] + timedelta(days=lead)) for lead in leads)]
        else:
            head = [*keys, *(f"D+{lead}" if lead else "D" for lead in leads)]
        rows = [row for each in made.rows for row in self._rows(*each)]
        return [*map(list, self.above), [*head, *self.extra],
                *([*row, *("x" for _ in self.extra)] for row in rows)]  # fmt: skip

    def _rows(self, part: str, issued: datetime, quantities: list[int]) -> list[list[object]]:
        beside = [self.beside[role] for role in ROLES[1:3] if role in self.beside]
        keys = [part, *beside, self.stamp(issued)]
        if self.shape != "long":
            return [[*keys, *map(self.number, quantities)]]
        return [
            [*keys, self.target(issued + timedelta(days=lead)), self.number(pieces)]
            for lead, pieces in enumerate(quantities)
            if pieces or self.zeros
        ]


def separated(
    table: Sequence[Sequence[Any]], delimiter: str = ",", encoding: str = "utf-8", end: str = "\r\n"
) -> bytes:
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter, lineterminator=end).writerows(table)
    return made.getvalue().encode(encoding)


WRITERS: dict[str, Callable[[Sequence[Sequence[Any]]], bytes]] = {
    ".csv": separated,
    ".xls": lambda table: xls({"Sheet1": table}),
    ".xlsx": lambda table: xlsx({"Sheet1": table}),
    ".parquet": lambda table: parquet({"": table}),
}


def written(folder: Path, tables: Sequence[Sequence[Sequence[Any]]], kind: str = ".csv",
            **options: Any) -> list[Path]:  # fmt: skip
    """Tables as files of one kind, in a folder."""
    made = []
    for number, table in enumerate(tables):
        path = folder / f"plan {number:02}{kind}"
        path.write_bytes(WRITERS[kind](table, **options))
        made.append(path)
    return made


def assert_plan(found: Triangle, made: Plan, parts: Sequence[str] | None = None) -> None:
    """The triangle holds the plan to the digit."""
    assert found.parts == tuple(parts or made.parts)
    assert found.days.tolist() == [issued.date() for issued in made.issued]
    assert found.leads.tolist() == list(range(made.quantity.shape[2]))
    np.testing.assert_array_equal(found.quantity, made.quantity)
