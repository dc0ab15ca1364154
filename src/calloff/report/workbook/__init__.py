"""A summary as a workbook that a planner sends on, and writes own numbers into."""

from __future__ import annotations

from pathlib import Path

from calloff.report import words
from calloff.report.files import BOOK_ROWS, check_target, replacing
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.about import write_about
from calloff.report.workbook.build import write_build
from calloff.report.workbook.card import write_card
from calloff.report.workbook.deviations import write_deviations
from calloff.report.workbook.figures import write_figures
from calloff.report.workbook.findings import write_findings
from calloff.report.workbook.kept import write_kept, write_marks
from calloff.report.workbook.score import write_parts, write_score
from calloff.report.workbook.style import Book, open_book
from calloff.report.workbook.trust import write_plan_accuracy
from calloff.texts.arguments import instance, one_of, require
from calloff.texts.catalogue import LANGUAGES, say
from calloff.texts.errors import Where, fail

__all__ = ["write_workbook"]


def write_workbook(summary: Summary, path: str | Path, lang: str = "en") -> None:
    """Write the results as a workbook that a planner sends on, and writes own numbers into.

    Args:
        summary: what is shown; own numbers of its day stand in the column to be changed, all own
            numbers in a sheet of their own.
        path: the file (.xlsx), which is replaced as a whole, so it may be the one that the own
            numbers were read from.
        lang: language of the texts, "en" or "ko".

    Raises:
        CalloffError: the file cannot be written, a sheet cannot hold so many rows, or an argument
            cannot be used.
    """
    require(instance(summary, "summary", Summary), one_of(lang, "lang", LANGUAGES))
    target = check_target(path, (".xlsx",))
    rows = max(len(summary.forecast.rows), len(summary.own))
    if rows > BOOK_ROWS:
        facts = {"rows": f"{rows:,}", "limit": f"{BOOK_ROWS:,}"}
        raise fail("write.too_long", Where(file=str(path)), **facts)
    with replacing(target) as made, open_book(str(made), lang) as file:
        weekly = summary.forecast.weekly
        as_of = words.period(summary.forecast.as_of, lang, weekly=weekly)
        line = say("book.about_title", lang, as_of=as_of)
        book = Book(file, lang, line, weekly)
        file.set_properties({"title": line})
        _write_sheets(book, summary)


def _write_sheets(book: Book, summary: Summary) -> None:
    first = write_build(book, summary)
    write_deviations(book, summary)
    write_score(book, summary)
    write_parts(book, summary)
    write_card(book, summary)
    write_plan_accuracy(book, summary)
    write_figures(book, summary)
    write_findings(book, summary)
    write_kept(book, summary)
    write_about(book, summary)
    write_marks(book, summary)
    first.activate()
