"""Excel workbooks to rows, with guards against what would take the whole process down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import python_calamine as calamine

from calloff.data.reading.biff import Book, SheetMarks, check_book
from calloff.data.reading.biff_cells import PlainSheet, plain_sheets
from calloff.data.reading.compound import book_stream
from calloff.data.reading.detect import OLE
from calloff.data.reading.open_xml import XmlMarks, xml_marks
from calloff.data.reading.sheets import Column, Marks
from calloff.data.reading.shown_errors import errors_as_texts
from calloff.data.reading.zipped import check_archive
from calloff.texts.errors import CalloffError, fail

MAX_CELLS = 20_000_000  # of one sheet, each an object; the full-size export has 1.5 million

Columns = tuple[Column, ...]


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn whatever a reader written in Rust raises, its panics among it, into one kind of error.

    Yields:
        Nothing; what is done inside is watched.

    Raises:
        CalloffError: the content is damaged, or too large for the memory.
    """
    try:
        yield
    except (CalloffError, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError as error:
        raise fail("file.too_large", limit=f"{MAX_CELLS:,} cells") from error
    except BaseException as error:  # a PanicException is no Exception
        raise fail("file.damaged", error=short(error)) from error


def short(error: BaseException) -> str:
    """The first line of what an ``error`` says."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


@dataclass(frozen=True)
class Page:
    """A worksheet as it stands in its workbook.

    Attributes:
        name: name of the sheet.
        columns: its cells, all of one length; errors as Excel shows them.
        marks: what it says beside its cells.
    """

    name: str
    columns: Columns
    marks: Marks = field(default_factory=Marks)


def workbook_pages(content: bytes) -> list[Page]:
    """Read every worksheet of a workbook.

    Args:
        content: the bytes of the file.

    Returns:
        The worksheets, those among them that are hidden or show a pivot table marked so.

    Raises:
        CalloffError: the workbook is protected, damaged or too large.
    """
    with damage_told():
        beside = _beside(content)
        if isinstance(beside, Book):
            if (plain := plain_sheets(beside)) is not None:
                return list(map(_plain_page, plain))
            beside = beside.marks
        content = errors_as_texts(content) if content.startswith(b"PK") else content
        try:
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        except calamine.PasswordError as error:
            raise fail("file.encrypted") from error
        return [
            _page(book, sheet, _of_sheet(beside, sheet.name, place))
            for place, sheet in enumerate(book.sheets_metadata)
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet  # others are charts and macros
        ]


Beside = SheetMarks | XmlMarks


def _beside(content: bytes) -> Book | list[SheetMarks] | dict[str, XmlMarks]:
    """What is not handed over of the sheets, by their order or name. The workbook is checked."""
    if content.startswith(b"PK"):
        check_archive(content, MAX_CELLS)
        return xml_marks(content)
    return check_book(book_stream(content), MAX_CELLS) if content.startswith(OLE) else []


def _of_sheet(
    beside: list[SheetMarks] | dict[str, XmlMarks], name: str, place: int
) -> Beside | None:
    if isinstance(beside, dict):
        return beside.get(name)
    return beside[place] if place < len(beside) else None


def _plain_page(sheet: PlainSheet) -> Page:
    unused, marks = "hidden" if sheet.hidden else "", sheet.marks
    kept = Marks(unused, marks.merged, marks.uncalculated, marks.since_1904)
    return Page(sheet.name, sheet.columns, kept)


def _page(book: calamine.CalamineWorkbook, sheet: Any, beside: Beside | None) -> Page:
    unused = "" if sheet.visible == calamine.SheetVisibleEnum.Visible else "hidden"
    found = book.get_sheet_by_name(sheet.name)
    check_size((found.total_height + 1) * (found.total_width + 1))  # both count from 0
    rows = found.to_python(skip_empty_area=False)
    for (row, column), text in (beside.errors if beside else {}).items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    columns = tuple(zip(*rows, strict=True))
    merged = [(left, top, end) for (top, left), (end, right) in found.merged_cell_ranges or []
              if left == right and end > top]  # fmt: skip
    if isinstance(beside, XmlMarks):
        unused = unused or ("pivot" if beside.pivot else "")
        marks = Marks(unused, tuple(merged), beside.uncalculated, beside.since_1904)
        return Page(sheet.name, columns, marks)
    if beside is None:
        return Page(sheet.name, columns, Marks(unused, tuple(merged)))
    kept = tuple(merged) or beside.merged
    marks = Marks(unused, kept, beside.uncalculated, beside.since_1904)
    return Page(sheet.name, columns, marks)


def check_size(cells: int, most: int | None = None) -> None:
    """Refuse a table that is larger than memory allows.

    Args:
        cells: its rows times its columns.
        most: how many it may have; MAX_CELLS by default.

    Raises:
        CalloffError: there are more.
    """
    limit = MAX_CELLS if most is None else most
    if cells > limit:
        raise fail("file.too_large", limit=f"{limit:,} cells")
