"""What was read, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from calloff.data.frame_kinds import POLARS, FrameKind
from calloff.data.reading.keys import Key
from calloff.data.reading.plans import Buckets, Plans
from calloff.data.reading.unlisted import Unlisted
from calloff.texts.errors import Problem, Where


@dataclass(frozen=True)
class SheetInfo:
    """What was found in one sheet.

    Attributes:
        file: path of the file, or "frame 1" for the first frame.
        sheet: name of the sheet; empty where there is just one table.
        layout: name of the layout that fits.
        header_row: row of the header, from 1.
        rows: rows below it.
        ignored: columns that the layout does not know.
        buckets: columns that add up several days, which are not used.
        nulls: column -> blank cells.
    """

    file: str
    sheet: str
    layout: str
    header_row: int
    rows: int
    ignored: tuple[str, ...]
    buckets: tuple[str, ...]
    nulls: dict[str, int]


@dataclass(frozen=True)
class Skipped:
    """A sheet or file that is not read.

    Attributes:
        file: path of the file.
        sheet: name of the sheet; empty for the whole file.
        reason: "unknown" (no known header), "hidden", "pivot", "own" (written by calloff) or
            "lock" (of a program that has a file open).
    """

    file: str
    sheet: str
    reason: str

    @property
    def name(self) -> str:
        """File and sheet in a line."""
        return f"{self.file}: {self.sheet}" if self.sheet else self.file


@dataclass(frozen=True)
class Lost:
    """A part of which no row, or not the newest, could be used.

    Attributes:
        part: name of its key.
        reason: of its newest row that is set aside, one of the faults of cells and rows.
        file: where that row is.
        row: its number, from 1.
        issued: day of that row, ISO; empty where it is not known.
        newest: day of its newest plan that is used, ISO; empty without any.
    """

    part: str
    reason: str
    file: str
    row: int
    issued: str
    newest: str


@dataclass(frozen=True)
class Choice:
    """Which plans are wanted.

    Attributes:
        plant: for this plant; None for all.
        customer: from this customer; None for all.
    """

    plant: str | None = None
    customer: str | None = None


@dataclass(frozen=True)
class Reading:
    """Everything that was read.

    All rows are accounted for: those of ``plans.rows``, those that only hold ``buckets``, and
    ``set_aside`` add up to ``rows``.

    Attributes:
        plans: the sound ones.
        sheets: what was found in each sheet that was used.
        faults: every faulty cell, with file, sheet, row, cell, column, value and reason.
        set_aside: reason -> rows that are not used.
        skipped: sheets and files that are not read, and why.
        buckets: quantities of several days together, such as weeks and months.
        keys: name of a key, as in ``plans.part`` -> part, plant and customer.
        twins: names that may be one part, in groups.
        totals: names that are sums of others, and set aside.
        lost: parts of which no row, or not the newest, could be used.
        unlisted: what was filled up with 0.
        corrections: running totals that fell, whose days are unknown.
        ahead: quantities that are wanted beside the plans: backlog, and at once.
        backlog: pieces that the newest plan of a part wants beside it (backlog, at once), by key.
        called_from: where call-offs are from: "plan", "calls", "receipts", "shipments" or "eve"
            (see ``fill_today``).
        notices: what was refused or odd in EDI messages.
        bucket_rows: rows that hold quantities of several days only.
        frames: what results are given as: the kind of frames that came in, else polars.
    """

    plans: Plans
    sheets: tuple[SheetInfo, ...]
    faults: pl.DataFrame
    set_aside: dict[str, int]
    skipped: tuple[Skipped, ...] = ()
    buckets: Buckets = field(default_factory=Buckets)
    keys: Mapping[str, Key] = field(default_factory=dict)
    twins: tuple[tuple[str, ...], ...] = ()
    totals: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    unlisted: Unlisted = field(default_factory=Unlisted)
    corrections: int = 0
    ahead: Buckets = field(default_factory=Buckets)
    backlog: Mapping[str, float] = field(default_factory=dict)
    called_from: str = "plan"
    notices: tuple[Problem, ...] = ()
    bucket_rows: int = 0
    frames: FrameKind = POLARS

    @property
    def rows(self) -> int:
        """Rows below the headers of all sheets."""
        return sum(sheet.rows for sheet in self.sheets)

    def fault_problems(self) -> list[Problem]:
        """Every faulty cell as a problem, for an input that must have none."""
        return [
            Problem(f"cell.{cell['reason']}",
                    Where(cell["file"], cell["sheet"], cell["row"], cell["column"], cell["cell"]),
                    {"value": cell["value"]})
            for cell in self.faults.iter_rows(named=True)
        ]  # fmt: skip
