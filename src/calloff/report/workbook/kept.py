"""The planner's own numbers so far, and the hidden marks by which they are read back."""

from __future__ import annotations

from calloff.data.reading.files import OWN
from calloff.overrides.table import KEY
from calloff.overrides.workbook_reader import BUILD, FIRST, FORMAT, KEPT
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.build import heads
from calloff.report.workbook.grid import Column, table_sheet
from calloff.report.workbook.style import Book

KINDS = {"part": "text", "target": "day", "evening": "day", "made": "day", "plan": "pieces",
         "forecast": "pieces", "override": "pieces"}  # fmt: skip
# Names in the table of overrides -> in the catalogue, where they differ.
TERMS = {"evening": "as_of", "override": "own"}


def write_kept(book: Book, summary: Summary) -> None:
    """The sheet with every own number so far, the newest target first."""
    columns = [Column(name, _head(book, name), KINDS[name]) for name in KEPT]
    table_sheet(book, "kept", columns, summary.own)


def write_marks(book: Book, summary: Summary) -> None:
    """The hidden sheet that says of which day this is, how the columns are headed, and which own
    numbers stood in it at first."""
    head = heads(book, summary.forecast)
    marks = {
        OWN: "",
        "format": FORMAT,
        "version": summary.asked.version,
        "evening": str(summary.forecast.as_of),
        "lead": str(summary.asked.lead),
        "language": book.lang,
        **{f"build.{name}": head[TERMS.get(name, name)] for name in BUILD},
        **{f"kept.{name}": _head(book, name) for name in KEPT},
    }
    sheet = book.file.add_worksheet("calloff")
    for row, (name, value) in enumerate(marks.items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, value)
    for row, own in enumerate(summary.own, start=len(marks)):
        texts = (FIRST, *(str(own[name]) for name in KEY))
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text)
        sheet.write_number(row, len(texts), own["override"])
    sheet.set_column(0, 1, 30)
    sheet.protect()
    sheet.very_hidden()


def _head(book: Book, name: str) -> str:
    return book.say(f"term.{TERMS.get(name, name)}")
