"""What was found in the input: one line for each finding, with its place where it has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calloff.report.summary.summarise import Summary
from calloff.report.workbook.grid import Column, table_sheet
from calloff.report.workbook.style import Book

MOST = 100_000  # lines; beyond it nobody reads, and Excel gets slow
COLUMNS = {"finding": "text", "what": "text", "count": "pieces", "file": "text",
           "sheet": "text", "cell": "text", "content": "text"}  # fmt: skip
Row = dict[str, Any]


def write_findings(book: Book, summary: Summary) -> None:
    """The sheet Findings."""
    columns = [Column(name, book.say(f"term.{name}"), kind) for name, kind in COLUMNS.items()]
    rows = list(lines(book, summary))
    more = len(rows) - MOST
    if more > 0:
        rows = [*rows[:MOST], {"finding": book.say("book.more", count=more)}]
    if not rows:
        rows = [{"finding": book.say("inspect.nothing")}]
    table_sheet(book, "findings", columns, rows)


def lines(book: Book, summary: Summary) -> Iterator[Row]:
    """Days, then parts, columns and sheets, then rows set aside and faulty cells."""
    for finding in summary.data.findings:
        said = book.say(f"finding.{finding.kind}")
        for name, fact in finding.said(book.lang):
            column = "count" if isinstance(fact, int) else "content"
            yield {"finding": said, "what": name, column: fact}
    yield from _skipped(book, summary)
    for reason, count in summary.data.set_aside.items():
        said = book.say("finding.aside", reason=book.say(f"reason.{reason}"))
        yield {"finding": said, "count": count}
    for fault in summary.data.faults:
        yield _fault(book, fault)


def _skipped(book: Book, summary: Summary) -> Iterator[Row]:
    """Parts without a forecast."""
    for row in summary.forecast.skipped:
        said = book.say("skip.one", reason=book.say(f"skip.{row.reason}"))
        since = str(row.since) if row.since else None
        yield {"finding": said, "what": row.part, "content": since}


def _fault(book: Book, fault: Mapping[str, Any]) -> Row:
    return {
        "finding": book.say("book.fault", reason=book.say(f"reason.{fault['reason']}")),
        "what": fault["column"],
        "file": fault["file"],
        "sheet": fault["sheet"],
        "cell": fault["cell"],
        "content": fault["value"],
    }
