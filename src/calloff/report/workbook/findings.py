"""What was found in the input: one line for each finding, with its place where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from calloff.planning.results import Results
from calloff.report.workbook.grid import Column, table_sheet
from calloff.report.workbook.style import Book

MOST = 100_000  # lines; beyond it nobody reads, and Excel gets slow
COLUMNS = {"finding": "text", "what": "text", "count": "pieces", "file": "text",
           "sheet": "text", "cell": "text", "content": "text"}  # fmt: skip
Row = dict[str, Any]


def write_findings(book: Book, results: Results) -> None:
    """The sheet Findings."""
    columns = [Column(name, book.say(f"bookhead.{name}"), kind) for name, kind in COLUMNS.items()]
    rows = list(findings(book, results))
    more = len(rows) - MOST
    if more > 0:
        rows = [*rows[:MOST], {"finding": book.say("book.more", count=more)}]
    if not rows:
        rows = [{"finding": book.say("inspect.nothing")}]
    table_sheet(book, "findings", columns, rows)


def findings(book: Book, results: Results) -> Iterator[Row]:
    """Days, then parts, columns and sheets, then rows set aside and faulty cells."""
    yield from _lists(book, results)
    yield from _counts(book, results)
    yield from _skipped(book, results)
    for reason, count in results.inspection.set_aside.items():
        said = book.say("finding.aside", reason=book.say(f"reason.{reason}"))
        yield {"finding": said, "count": count}
    for fault in results.inspection.faults:
        yield _fault(book, fault)


def _lists(book: Book, results: Results) -> Iterator[Row]:
    found = results.inspection
    for key, names in (
        ("finding.stale", found.stale_days),
        ("finding.missing", found.missing_days),
        ("finding.zero", found.all_zero),
        ("finding.buckets", found.buckets),
        ("finding.ignored", found.ignored_columns),
        ("finding.skipped", found.skipped_sheets),
    ):
        yield from ({"finding": book.say(key), "what": name} for name in names)


def _counts(book: Book, results: Results) -> Iterator[Row]:
    found = results.inspection
    for key, counts in (
        ("finding.conflicts", found.conflicts),
        ("finding.totals", found.totals_mismatch),
        ("finding.gaps", found.gaps),
    ):
        for name, count in counts.items():
            yield {"finding": book.say(key), "what": name, "count": count}
    for key, days in (("finding.appear", found.appear), ("finding.vanish", found.vanish)):
        for name, day in days.items():
            yield {"finding": book.say(key), "what": name, "content": day}


def _skipped(book: Book, results: Results) -> Iterator[Row]:
    """Parts without a forecast."""
    for row in results.forecast.skipped.iter_rows(named=True):
        said = book.say(f"bookskip.{row['reason']}")
        since = str(row["since"]) if row["since"] else None
        yield {"finding": said, "what": row["part"], "content": since}


def _fault(book: Book, fault: Row) -> Row:
    return {
        "finding": book.say("book.fault", reason=book.say(f"reason.{fault['reason']}")),
        "what": fault["column"],
        "file": PurePath(fault["file"]).name,
        "sheet": fault["sheet"],
        "cell": fault["cell"],
        "content": fault["value"],
    }
