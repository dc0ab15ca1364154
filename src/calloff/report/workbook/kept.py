"""The planner's own numbers so far, and the hidden marks by which they are read back."""

from __future__ import annotations

from calloff.overrides.table import Overrides
from calloff.overrides.workbook_reader import BUILD, FORMAT, KEPT, MARK
from calloff.planning.results import Results
from calloff.report.workbook.build import heads
from calloff.report.workbook.grid import Column, table_sheet
from calloff.report.workbook.style import Book

KINDS = {"part": "text", "target": "day", "evening": "day", "made": "day", "plan": "pieces",
         "forecast": "pieces", "override": "pieces"}  # fmt: skip


def write_kept(book: Book, overrides: Overrides) -> None:
    """The sheet with every override so far, the newest target first."""
    columns = [Column(name, _head(book, name), KINDS[name]) for name in KEPT]
    rows = overrides.table.reverse().to_dicts()
    table_sheet(book, "kept", columns, rows)


def write_marks(book: Book, results: Results) -> None:
    """The hidden sheet that says which day the forecast is of, and how the columns are headed."""
    words = heads(book, results)
    marks = {
        MARK: "",
        "format": FORMAT,
        "version": results.version,
        "evening": str(results.past.cutoff),
        "lead": str(results.settings.spec.lead),
        "language": book.lang,
        **{f"build.{name}": words[name] for name in BUILD},
        **{f"kept.{name}": _head(book, name) for name in KEPT},
    }
    sheet = book.file.add_worksheet("calloff")
    for row, (name, value) in enumerate(marks.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
    sheet.set_column(0, 1, 30)
    sheet.protect()
    sheet.very_hidden()


def _head(book: Book, name: str) -> str:
    return book.say(f"bookhead.{name}")
