"""The evening as a workbook that a planner sends on, and writes own numbers into."""

from __future__ import annotations

from pathlib import Path

from calloff.evening import Evening
from calloff.messages import say
from calloff.overrides import Overrides
from calloff.problems import Where, fail
from calloff.workbook.about import write_about
from calloff.workbook.build import write_build
from calloff.workbook.deviations import write_deviations
from calloff.workbook.findings import write_findings
from calloff.workbook.kept import write_kept, write_marks
from calloff.workbook.score import write_parts, write_score
from calloff.workbook.style import Book, open_book
from calloff.workbook.trust import write_trust
from calloff.writing import BOOK_ROWS, check_target, replacing

__all__ = ["write_workbook"]


def write_workbook(
    evening: Evening, path: str | Path, lang: str = "en", overrides: Overrides | None = None
) -> None:
    """Write the sheets Build, Deviations, Score, Parts, Trust, Findings, Overrides and About.

    overrides: a planner's numbers so far; those of this evening stand in the column to be changed,
    all of them in the sheet Overrides. The file is replaced as a whole or not at all, so it may be
    the one that the overrides were read from. Raises CalloffError where it cannot be written.
    """
    target = check_target(path, (".xlsx",))
    rows = max(evening.forecast.table.height, len(overrides or ()))
    if rows > BOOK_ROWS:
        facts = {"rows": f"{rows:,}", "limit": f"{BOOK_ROWS:,}"}
        raise fail("write.too_long", Where(file=str(path)), **facts)
    with replacing(target) as made, open_book(str(made), lang) as file:
        line = say("book.about_title", lang, evening=evening.past.cutoff)
        book = Book(file, lang, line)
        file.set_properties({"title": line})
        _write_sheets(book, evening, overrides or Overrides())


def _write_sheets(book: Book, evening: Evening, overrides: Overrides) -> None:
    first = write_build(book, evening, overrides)
    write_deviations(book, evening)
    write_score(book, evening, overrides)
    write_parts(book, evening)
    write_trust(book, evening)
    write_findings(book, evening)
    write_kept(book, overrides)
    write_about(book, evening)
    write_marks(book, evening)
    first.activate()
