"""Excel workbooks to rows, with guards against what would take the whole process down."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import python_calamine as calamine

from calloff.data.reading.biff import check_book
from calloff.data.reading.compound import book_stream
from calloff.data.reading.detect import OLE
from calloff.data.reading.zipped import check_archive
from calloff.texts.errors import CalloffError, fail

MAX_CELLS = 20_000_000  # of one sheet; the full-size export has 1.5 million

Rows = list[Sequence[Any]]


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


def workbook_rows(content: bytes) -> list[tuple[str, Rows]]:
    """Read every worksheet of a workbook.

    Args:
        content: the bytes of the file.

    Returns:
        Name and rows of each worksheet.

    Raises:
        CalloffError: the workbook is protected, damaged or too large.
    """
    with damage_told():
        if content.startswith(b"PK"):
            check_archive(content, MAX_CELLS)
        elif content.startswith(OLE):
            check_book(book_stream(content), MAX_CELLS)
        try:
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        except calamine.PasswordError as error:
            raise fail("file.encrypted") from error
        worksheets = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet  # others are charts and macros
        ]
        return [(name, _sheet_rows(book, name)) for name in worksheets]


def _sheet_rows(book: calamine.CalamineWorkbook, name: str) -> Rows:
    sheet = book.get_sheet_by_name(name)
    check_size((sheet.total_height + 1) * (sheet.total_width + 1))  # both count from 0
    return list(sheet.to_python(skip_empty_area=False))


def check_size(cells: int) -> None:
    """Refuse a table that is larger than memory allows.

    Args:
        cells: its rows times its columns.

    Raises:
        CalloffError: there are more than MAX_CELLS.
    """
    if cells > MAX_CELLS:
        raise fail("file.too_large", limit=f"{MAX_CELLS:,} cells")
