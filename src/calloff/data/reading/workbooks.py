"""Excel workbooks to rows, with guards against what would take the whole process down."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import python_calamine as calamine

from calloff.data.reading.compound import claims_nonsense
from calloff.texts.errors import CalloffError, fail

UNPACKED = 1 << 29  # bytes of a zipped workbook; the full-size export has 40 MB
MAX_CELLS = 20_000_000  # of one sheet; the full-size export has 1.5 million
REFERENCE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")

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
            _refuse_bomb(content)
        elif claims_nonsense(content):
            raise fail("file.damaged", error="DIMENSIONS")
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
    check_size(sheet.total_height * sheet.total_width)
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


def _refuse_bomb(content: bytes) -> None:
    """calamine lays out every cell up to the farthest one, and aborts where memory ends."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED:
            raise fail("file.too_large", limit=f"{UNPACKED >> 20:,} MB")
        for entry in archive.infolist():
            if entry.filename.endswith(".xml"):
                check_size(_span(archive.read(entry)))


def _span(xml: bytes) -> int:
    """Rows times columns of a sheet, from the last cell with content in each of its rows."""
    height = width = 0
    for row in xml.split(b"row>"):
        last = row.rfind(b" r=", 0, max(row.rfind(b"c>"), 0))
        found = REFERENCE.match(row, last + 4) if last >= 0 else None
        if found:
            height = max(height, int(found[2]))
            width = max(width, _number(found[1]))
    return height * width


def _number(letters: bytes) -> int:
    """b"A" -> 1, b"Z" -> 26, b"AA" -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
