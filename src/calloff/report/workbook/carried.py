"""What is finally built for one target day is on hand for the next one, also while somebody writes
own numbers: a hidden sheet works this out by part, and the sheet Build shows its cells.

The same rule as ``planning.build_days``. It stands on a sheet of its own as rows of Build may be
sorted: each of these has a number (KEY), by which its own number is found wherever the row went,
and asks for cells here by fixed addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs, xl_rowcol_to_cell

from calloff.data.part_tables import Pack
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.summary.plan_list import PlanRow
from calloff.report.workbook.grid import Column, Formula, place, write_cell
from calloff.report.workbook.style import Book

SHEET = "calloff build"
KEY = Column("key", "#", "pieces")  # the last column of Build, hidden
FOLLOWING = ("built_before", "projected", "build")  # columns of Build that follow own numbers
PART = ("part", "stock", "on_order", "safety", "pack", "minimum")
DAY = ("key", "at", "before", "cover", "built_before", "projected", "build", "final")
BUILD = (
    "=IF({cover}-({projected}-{safety})>0,"
    "-INT(-(MAX({cover}-({projected}-{safety}),{minimum})/{pack}-1E-9))*{pack},0)"
)
FINAL = "IF(ISNUMBER(INDEX({column},{at})),INDEX({column},{at}),{rest})"


@dataclass(frozen=True)
class Carried:
    """Where on the hidden sheet the cells of parts and target days are.

    Attributes:
        found: the forecast.
        parts: part with a stock -> its row, from 1.
        rows: by part and target day, the row of Build, from 0, and what is in it.
    """

    found: ForecastSummary
    parts: dict[str, int]
    rows: dict[tuple[str, date], tuple[int, PlanRow]]

    def formulas(self, row: PlanRow) -> dict[str, Formula]:
        """The cells of a ``row`` of Build that follow the own numbers of days before; none for the
        first day, and where no stock was given."""
        if row.stock is None or row.target == self.found.targets[0]:
            return {}
        known = [name for name in FOLLOWING if getattr(row, name) is not None]
        sheet = quote_sheetname(SHEET)
        return {
            name: Formula(f"={sheet}!{self.cell(row.part, name, row.target)}", getattr(row, name))
            for name in known
        }

    def cell(self, part: str, name: str, target: date | None = None) -> str:
        """The address of what is known of a part (``name``), or of it on a target day."""
        column = PART.index(name) if target is None else self.column(target) + DAY.index(name)
        return str(xl_rowcol_to_cell(self.parts[part], column, row_abs=True, col_abs=True))

    def column(self, target: date) -> int:
        """The first column of a target day."""
        return len(PART) + len(DAY) * self.found.targets.index(target)


def carried(found: ForecastSummary) -> Carried | None:
    """Lay out the hidden sheet.

    Args:
        found: the forecast.

    Returns:
        Its layout; None where nothing is carried on: a single set of target days, or no stock.
    """
    names = dict.fromkeys(row.part for row in found.rows if row.stock is not None)
    if len(found.covered) < 2 or not names:
        return None
    rows = {(row.part, row.target): (at, row) for at, row in enumerate(found.rows)}
    return Carried(found, {name: at for at, name in enumerate(names, start=1)}, rows)


def write_carried(book: Book, layout: Carried, columns: Sequence[Column]) -> None:
    """Write the hidden sheet; ``columns`` are those of Build."""
    sheet = book.file.add_worksheet(SHEET)
    heads = [*PART, *(f"{name} {target}" for target in layout.found.targets for name in DAY)]
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, book.head())
    lookup = _lookup(book, columns, len(layout.found.rows))
    for part, row in layout.parts.items():
        _write_part(sheet, layout, part, row)
        for target in layout.found.targets:
            cells = _day(layout, part, target, lookup)
            for name, value in cells.items():
                at = layout.column(target) + DAY.index(name)
                write_cell(sheet, row, at, value, book.style("pieces"))
    sheet.freeze_panes(1, 1)
    sheet.protect()
    sheet.hide()


def _write_part(sheet: Any, layout: Carried, part: str, row: int) -> None:
    known = (layout.rows.get((part, target)) for target in layout.found.targets)
    first = next(each[1] for each in known if each and each[1].stock is not None)
    pack = layout.found.packs.get(part, Pack())
    values = (part, first.stock, first.on_order, first.safety, pack.size, pack.minimum)
    for at, value in enumerate(values):
        write_cell(sheet, row, at, value, None)


def _lookup(book: Book, columns: Sequence[Column], count: int) -> dict[str, str]:
    """Columns of Build as ranges: the keys, and the own numbers in their order of precedence."""
    sheet = quote_sheetname(book.say("book.build"))
    wanted = (KEY.name, "own", "earlier")
    there = [(place(columns, each.name), each.name) for each in columns if each.name in wanted]
    return {name: f"{sheet}!{xl_range_abs(1, at, count, at)}" for at, name in there}


def _day(layout: Carried, part: str, target: date, lookup: dict[str, str]) -> dict[str, object]:
    """The cells of a part on a target day."""
    known = layout.rows.get((part, target))
    cells: dict[str, object] = {"built_before": _before(layout, part, target)}
    if known is None:  # nothing is planned for it on this day
        return cells
    at, row = known
    where = {name: layout.cell(part, name, target) for name in DAY}
    where |= {name: layout.cell(part, name) for name in PART}
    found = Formula(f"=MATCH({where['key']},{lookup[KEY.name]},0)", at + 1)
    cells |= {"key": at, "at": found, "before": row.before, "cover": row.cover}
    if row.stock is not None:
        stock = "={stock}-{before}+{built_before}+{on_order}".format(**where)
        cells["projected"] = Formula(stock, row.projected)
    if row.stock is not None and row.cover is not None:
        cells["build"] = Formula(BUILD.format(**where), row.build)
    return cells | {"final": _final(where, lookup, row)}


def _final(where: dict[str, str], lookup: dict[str, str], row: PlanRow) -> Formula:
    text = "N({build})".format(**where)
    for name in ("earlier", "own"):
        if name in lookup:
            text = FINAL.format(column=lookup[name], at=where["at"], rest=text)
    return Formula(f"={text}", row.final or 0.0)


def _before(layout: Carried, part: str, target: date) -> object:
    """What is finally built for all target days before: that of the day before, and what was
    before that."""
    at = layout.found.targets.index(target)
    if at == 0:
        return 0
    last = layout.found.targets[at - 1]
    built, final = (layout.cell(part, name, last) for name in ("built_before", "final"))
    row = layout.rows.get((part, target))
    return Formula(f"={built}+N({final})", row[1].built_before if row else None)
