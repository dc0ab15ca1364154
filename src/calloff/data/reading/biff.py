"""The records of an .xls workbook ([MS-XLS] 2.3), walked before calamine reads them.

It lays out every cell between the outermost ones of a sheet, and sets aside what DIMENSIONS and SST
claim. One flipped bit in a cell's address or in such a claim can cost more memory than there is,
and then the process is aborted. What is checked here is only what decides how much memory it takes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from calloff.data.reading.compound import damaged
from calloff.texts.errors import CalloffError, fail

ROWS, COLUMNS = 1 << 16, 1 << 8  # of an .xls sheet
AMPLE = 6_000_000  # cells laid out for a sheet that may be nearly empty: 65,536 rows, 91 columns
EMPTY = 20  # times as many cells as there are records, in a larger sheet

END, CONTINUE, SHEET, STRINGS, SIZE = 0x000A, 0x003C, 0x0085, 0x00FC, 0x0200
DATE_MODE = 0x0022
MANY_NUMBERS, FORMULA, BOOL_ERROR, MERGED = 0x00BD, 0x0006, 0x0205, 0x00E5
CELLS = {FORMULA, 0x0203, 0x0204, BOOL_ERROR, 0x027E, 0x00FD, MANY_NUMBERS}
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
          0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip

_head = struct.Struct("<HH").unpack_from


@dataclass
class _Extent:
    """How far the cells of a sheet reach."""

    top: int = ROWS
    bottom: int = -1
    left: int = COLUMNS
    right: int = -1
    records: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, row: int, left: int, right: int) -> None:
        if right >= COLUMNS or left > right:
            raise damaged("cell address")
        if row > self.bottom:  # compared one by one: this runs for every record
            self.bottom = row
        if row < self.top:
            self.top = row
        if left < self.left:
            self.left = left
        if right > self.right:
            self.right = right
        self.records += right - left + 1

    @property
    def cells(self) -> int:
        return (self.bottom - self.top + 1) * (self.right - self.left + 1) if self.records else 0


@dataclass(frozen=True)
class SheetMarks:
    """What calamine does not hand over of a sheet.

    Attributes:
        errors: row and column, from 0, of cells with an error -> what Excel shows there.
        merged: cells merged over several rows of one column: column, first and last row, from 0.
        since_1904: whether day numbers count from 1904.
    """

    errors: dict[tuple[int, int], str]
    merged: tuple[tuple[int, int, int], ...]
    since_1904: bool = False


def check_book(book: bytes, most: int) -> list[SheetMarks]:
    """Refuse a workbook whose records would cost more memory than they are worth.

    Args:
        book: its stream of records (see ``book_stream``).
        most: cells that all sheets together may have.

    Returns:
        What is not handed over of each sheet, in their order.

    Raises:
        CalloffError: the records claim what makes no sense, or there are more cells.

    Source:
        [MS-XLS] 2.3, 2.4.90 (DIMENSIONS), 2.4.265 (SST).
    """
    try:
        places, since = _sheets(book)
        extents = [_sheet(book, at) for at in places]
    except struct.error as error:
        raise fail("file.damaged", error="BIFF") from error
    if sum(extent.cells for extent in extents) > most:
        raise _too_large(most)
    return [SheetMarks(extent.errors, tuple(extent.merged), since) for extent in extents]


def _too_large(most: int) -> CalloffError:
    return fail("file.too_large", limit=f"{most:,} cells")


def _sheets(book: bytes) -> tuple[list[int], bool]:
    """Where the sheets begin, and whether day numbers count from 1904."""
    found: list[int] = []
    at, since = 0, False
    while at + 4 <= len(book):
        kind, length = _head(book, at)
        if kind == SHEET:
            found.append(int.from_bytes(book[at + 4 : at + 8], "little"))
        elif kind == STRINGS:
            _check_strings(book, at, length)
        elif kind == DATE_MODE:
            since = book[at + 4 : at + 5] == b"\1"
        elif kind == END:
            break
        at += 4 + length
    return found, since


def _check_strings(book: bytes, at: int, length: int) -> None:
    """The table of texts holds as many as it says: each takes three bytes at least."""
    (count,) = struct.unpack_from("<I", book, at + 8)
    room = length
    while (at := at + 4 + length) + 4 <= len(book):
        kind, length = _head(book, at)
        if kind != CONTINUE:
            break
        room += length
    if 3 * count > room:
        raise damaged("SST")


def _sheet(book: bytes, at: int) -> _Extent:
    """The cells that are laid out for the sheet that begins at ``at``."""
    extent, claim = _Extent(), None
    end_of_book, head = len(book) - 4, _head
    while at <= end_of_book:
        kind, length = head(book, at)
        if kind in CELLS and length >= 4:
            row, column = head(book, at + 4)
            end = head(book, at + length)[1] if kind == MANY_NUMBERS else column
            extent.add(row, column, end)
            if kind in (BOOL_ERROR, FORMULA) and (code := _error(book, at, kind)) is not None:
                extent.errors[row, column] = ERRORS.get(code, "#N/A")
        elif kind == MERGED:
            extent.merged += _merged(book[at + 4 : at + 4 + length])
        elif kind == SIZE:
            claim = _claim(book[at + 4 : at + 4 + length])
        elif kind == END:
            break
        at += 4 + length
    _check_extent(extent, claim)
    return extent


def _error(book: bytes, at: int, kind: int) -> int | None:
    """The code of the error in a cell; None where there is none. [MS-XLS] 2.4.24, 2.5.133."""
    data = book[at + 10 : at + 18]
    if kind == BOOL_ERROR:
        return data[0] if data[1:2] == b"\1" else None
    return data[2] if data[0] == 2 and data[6:8] == b"\xff\xff" else None


def _merged(data: bytes) -> list[tuple[int, int, int]]:
    """Merged cells of one column. [MS-XLS] 2.4.168"""
    count = int.from_bytes(data[:2], "little")
    each = [struct.unpack_from("<4H", data, 2 + 8 * place) for place in range(count)]
    return [(left, top, end) for top, end, left, right in each if left == right and end > top]


def _check_extent(extent: _Extent, claim: tuple[int, int] | None) -> None:
    if extent.cells > max(AMPLE, EMPTY * extent.records):
        outside = claim and (extent.bottom >= claim[0] or extent.right >= claim[1])
        raise damaged("cell address") if outside else _too_large(AMPLE)


def _claim(data: bytes) -> tuple[int, int] | None:
    """Rows and columns up to the end of the sheet, as DIMENSIONS has them."""
    form = {10: "<4H", 14: "<2I2H"}.get(len(data))
    if form is None:
        return None  # the reader refuses it
    top, bottom, left, right = struct.unpack_from(form, data)
    if not (bottom and right):
        return None  # an empty sheet
    if top >= bottom or left >= right or bottom > ROWS or right > COLUMNS:
        raise damaged("DIMENSIONS")
    return bottom, right
