"""The results as a workbook that a planner sends on, and writes own numbers into."""

from __future__ import annotations

from pathlib import Path

from calloff.overrides.table import Overrides
from calloff.planning.results import Results
from calloff.report.files import BOOK_ROWS, check_target, replacing
from calloff.report.workbook.about import write_about
from calloff.report.workbook.build import write_build
from calloff.report.workbook.deviations import write_deviations
from calloff.report.workbook.findings import write_findings
from calloff.report.workbook.kept import write_kept, write_marks
from calloff.report.workbook.score import write_parts, write_score
from calloff.report.workbook.style import Book, open_book
from calloff.report.workbook.trust import write_plan_accuracy
from calloff.texts.arguments import instance, one_of, require
from calloff.texts.catalogue import LANGUAGES, say
from calloff.texts.errors import Where, fail

__all__ = ["write_workbook"]


def write_workbook(
    results: Results, path: str | Path, lang: str = "en", overrides: Overrides | None = None
) -> None:
    """Write the results as a workbook that a planner sends on, and writes own numbers into.

    Its sheets are Build, Deviations, Score, Parts, Trust, Findings, Overrides and About.

    Args:
        results: all that is known as of one day.
        path: the file (.xlsx), which is replaced as a whole, so it may be the one that the
            overrides were read from.
        lang: language of the texts, "en" or "ko".
        overrides: a planner's numbers so far. Those of these results stand in the column to be
            changed, all of them in the sheet Overrides.

    Raises:
        CalloffError: the file cannot be written, a sheet cannot hold so many rows, or an argument
            cannot be used.
    """
    require(
        instance(results, "results", Results),
        one_of(lang, "lang", LANGUAGES),
        instance(overrides, "overrides", Overrides, optional=True),
    )
    target = check_target(path, (".xlsx",))
    rows = max(results.forecast.table.height, len(overrides or ()))
    if rows > BOOK_ROWS:
        facts = {"rows": f"{rows:,}", "limit": f"{BOOK_ROWS:,}"}
        raise fail("write.too_long", Where(file=str(path)), **facts)
    with replacing(target) as made, open_book(str(made), lang) as file:
        line = say("book.about_title", lang, evening=results.past.cutoff)
        book = Book(file, lang, line)
        file.set_properties({"title": line})
        _write_sheets(book, results, overrides or Overrides())


def _write_sheets(book: Book, results: Results, overrides: Overrides) -> None:
    first = write_build(book, results, overrides)
    write_deviations(book, results)
    write_score(book, results, overrides)
    write_parts(book, results)
    write_plan_accuracy(book, results)
    write_findings(book, results)
    write_kept(book, overrides)
    write_about(book, results)
    write_marks(book, results)
    first.activate()
