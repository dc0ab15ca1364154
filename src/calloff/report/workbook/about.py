"""Where the figures come from, and what each column means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calloff.report import words
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.build import COLUMNS, heads
from calloff.report.workbook.grid import LINE, lines_of, new_sheet
from calloff.report.workbook.style import Book
from calloff.texts.leads import say_lead

ROOM = 118  # width of the second column; a line of text takes a little more
STEPS = 5  # of how to give own numbers


def write_about(book: Book, summary: Summary) -> None:
    """The sheet About."""
    sheet = new_sheet(book, "about")
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, ROOM)
    sheet.freeze_panes(1, 0)
    sheet.write_string(0, 0, book.line, book.title())
    sheet.set_row(0, 24)
    row = _write(book, sheet, 1, _facts(book, summary))
    row = _write(book, sheet, row + 1, _files(book, summary))
    sheet.write_string(row + 1, 0, book.say("book.meaning"), book.title())
    row = _write(book, sheet, row + 2, _meanings(book, summary))
    sheet.write_string(row + 1, 0, book.say("book.own_title"), book.title())
    steps = [(f"{step}", book.say(f"bookstep.{step}")) for step in range(1, STEPS + 1)]
    _write(book, sheet, row + 2, iter(steps))


def _write(book: Book, sheet: Any, row: int, pairs: Iterator[tuple[str, str]]) -> int:
    for name, value in pairs:
        sheet.write_string(row, 0, name, book.style("text", bold=True))
        sheet.write_string(row, 1, value, book.style("wrap"))
        sheet.set_row(row, LINE * lines_of(value, ROOM + 10))
        row += 1
    return row


def _facts(book: Book, summary: Summary) -> Iterator[tuple[str, str]]:
    asked, found = summary.asked, summary.forecast
    facts = {
        "version": asked.version,
        "engine": asked.engine or words.UNKNOWN,
        "as_of": words.period(found.as_of, book.lang, weekly=book.weekly),
        "targets": ", ".join(
            words.week(day, book.lang) if book.weekly else str(day) for day in found.targets
        ),
        "verdicts": words.counts(found, book.lang),
        "lead": say_lead(asked.lead, book.lang, weekly=book.weekly),
        "method": words.choice(found.choice, book.lang, weekly=book.weekly),
        "quantiles": ", ".join(f"{100 * level:g}%" for level in found.levels) or words.UNKNOWN,
        "level": f"{100 * asked.service_level:g}%",
        "stock": asked.stock,
        "packs": asked.packs,
        "tolerance": words.share(found.tolerance),
        "scored": asked.scored,
        "excluded": ", ".join(asked.excluded) or words.UNKNOWN,
    }
    for name, value in facts.items():
        yield book.say(f"bookfact.{name}"), book.say(f"bookfact.{name}_value", value=value)


def _files(book: Book, summary: Summary) -> Iterator[tuple[str, str]]:
    for source in summary.asked.sources:
        facts = {"name": source.name, "size": f"{source.size:,}", "sha256": source.sha256}
        yield book.say("book.file"), book.say("book.file_value", **facts)


def _meanings(book: Book, summary: Summary) -> Iterator[tuple[str, str]]:
    head = heads(book, summary.forecast)
    for name in COLUMNS:
        yield head[name], book.say(f"meaning.{name}")
