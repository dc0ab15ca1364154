"""The records of an .xls workbook ([MS-XLS] 2.3), walked before anything is laid out.

calamine lays out every cell between the outermost ones of a sheet, and sets aside what DIMENSIONS
and SST claim. One flipped bit in a cell's address or in such a claim can cost more memory than
there is, and then the process is aborted. What is checked here is only what decides how much memory
it takes. The walk is the one loop over the records; what they hold is taken out for all at once.

Dimensions: n records.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.compound import damaged
from calloff.texts.errors import CalloffError, fail

Index = NDArray[np.int64]

ROWS, COLUMNS = 1 << 16, 1 << 8  # of an .xls sheet
AMPLE = 6_000_000  # cells laid out for a sheet that may be nearly empty: 65,536 rows, 91 columns
EMPTY = 20  # times as many cells as there are records, in a larger sheet

END, CONTINUE, SHEET, STRINGS, SIZE = 0x000A, 0x003C, 0x0085, 0x00FC, 0x0200
DATE_MODE, MERGED = 0x0022, 0x00E5
FORMULA, NUMBER, LABEL, BOOL_ERROR, RK = 0x0006, 0x0203, 0x0204, 0x0205, 0x027E
SHARED_TEXT, MANY_NUMBERS = 0x00FD, 0x00BD
CELLS = (FORMULA, NUMBER, LABEL, BOOL_ERROR, RK, SHARED_TEXT, MANY_NUMBERS)
ERROR_VALUE, BLANK_TEXT = 2, 3  # kinds of a formula's value
ON_LOAD = 2  # among the options of a formula
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
          0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip

_head = struct.Struct("<HH").unpack_from


@dataclass(frozen=True)
class Records:
    """Records one after the other, the last of them END where there is one (n).

    Attributes:
        book: the stream that they are in.
        at: where each begins (n).
    """

    book: bytes
    at: Index

    def number(self, at: Index, kind: str = "<u2") -> NDArray[np.generic]:
        """Numbers at places of the stream, which need not be even.

        Args:
            at: the places.
            kind: of the numbers, as NumPy spells it.

        Returns:
            The numbers.

        Raises:
            CalloffError: a place lies behind the end.
        """
        size = np.dtype(kind).itemsize
        room = max(len(self.book) - size + 1, 0)
        if len(at) and int(at.max()) >= room:
            raise fail("file.damaged", error="BIFF")
        return np.ndarray((room,), kind, self.book, strides=(1,))[at]

    @cached_property
    def kind(self) -> Index:
        """What each record is (n)."""
        return self.number(self.at).astype(np.int64)

    @cached_property
    def length(self) -> Index:
        """Bytes of each record, behind the four that say so (n)."""
        return self.number(self.at + 2).astype(np.int64)

    def of(self, *kinds: int) -> Records:
        """Those of some ``kinds``."""
        return Records(self.book, self.at[np.isin(self.kind, kinds)])

    def data(self) -> list[bytes]:
        """What is in each."""
        ends = self.at + 4 + self.length
        return [self.book[at + 4 : end] for at, end in zip(self.at.tolist(), ends.tolist(),
                                                           strict=True)]  # fmt: skip


def walk(book: bytes, at: int) -> Records:
    """List the records from one of them on.

    Args:
        book: the stream of records.
        at: where the first begins.

    Returns:
        Those up to the next END, or to the end of the stream.
    """
    begins: list[int] = []
    add, last, head = begins.append, len(book) - 4, _head  # this runs for every record
    while at <= last:
        add(at)
        kind, length = head(book, at)
        if kind == END:
            break
        at += 4 + length
    return Records(book, np.array(begins, dtype=np.int64))


@dataclass(frozen=True)
class SheetMarks:
    """What calamine does not hand over of a sheet.

    Attributes:
        errors: row and column, from 0, of cells with an error -> what Excel shows there.
        merged: cells merged over several rows of one column: column, first and last row, from 0.
        uncalculated: column -> its formulas, where they are most of its cells and all of them gave
            a text of no letters, or all of the sheet 0, as those that a program wrote and never
            calculated.
        since_1904: whether day numbers count from 1904.
    """

    errors: dict[tuple[int, int], str]
    merged: tuple[tuple[int, int, int], ...]
    uncalculated: dict[int, int]
    since_1904: bool = False


@dataclass(frozen=True)
class SheetRecords:
    """The records of a sheet.

    Attributes:
        records: all of them.
        bottom: the last row with a cell, from 0; -1 without any.
        right: the last column with one.
        cells: how many are laid out between the outermost ones.
        marks: what is not handed over of it.
    """

    records: Records
    bottom: int
    right: int
    cells: int
    marks: SheetMarks


@dataclass(frozen=True)
class Book:
    """The records of a workbook.

    Attributes:
        common: those of the workbook itself.
        sheets: those of each of its sheets, in their order.
    """

    common: Records
    sheets: list[SheetRecords] = field(default_factory=list)

    @property
    def marks(self) -> list[SheetMarks]:
        """What is not handed over of each sheet."""
        return [each.marks for each in self.sheets]


def check_book(book: bytes, most: int) -> Book:
    """Refuse a workbook whose records would cost more memory than they are worth.

    Args:
        book: its stream of records (see ``book_stream``).
        most: cells that all sheets together may have.

    Returns:
        The records.

    Raises:
        CalloffError: the records claim what makes no sense, or there are more cells.

    Source:
        [MS-XLS] 2.3, 2.4.90 (DIMENSIONS), 2.4.265 (SST).
    """
    common = walk(book, 0)
    try:
        since = [data[:1] == b"\1" for data in common.of(DATE_MODE).data()]
        for at in common.of(STRINGS).at.tolist():
            _check_strings(book, at, _head(book, at)[1])
        places = [int.from_bytes(data[:4], "little") for data in common.of(SHEET).data()]
        sheets = [_sheet(walk(book, at), any(since[-1:])) for at in places]
    except struct.error as error:
        raise fail("file.damaged", error="BIFF") from error
    if sum(sheet.cells for sheet in sheets) > most:
        raise _too_large(most)
    return Book(common, sheets)


def _too_large(most: int) -> CalloffError:
    return fail("file.too_large", limit=f"{most:,} cells")


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


def _sheet(records: Records, since_1904: bool) -> SheetRecords:
    """The cells that are laid out for a sheet, and what is not handed over of it."""
    found = records.of(*CELLS)
    found = Records(found.book, found.at[found.length >= 4])
    row, left = (found.number(found.at + place).astype(np.int64) for place in (4, 6))
    end = np.where(found.kind == MANY_NUMBERS, found.at + 2 + found.length, found.at + 6)
    right = found.number(end).astype(np.int64)
    if (right >= COLUMNS).any() or (left > right).any():
        raise damaged("cell address")
    merged = tuple(each for data in records.of(MERGED).data() for each in _merged(data))
    claims = [_claim(data) for data in records.of(SIZE).data()]
    per_column = np.cumsum(np.bincount(left, minlength=COLUMNS + 1)
                           - np.bincount(right + 1, minlength=COLUMNS + 1))  # fmt: skip
    marks = SheetMarks(_errors(records), merged, _uncalculated(records, per_column), since_1904)
    if not len(row):
        return SheetRecords(records, -1, -1, 0, marks)
    bottom, most = int(row.max()), int(right.max())
    cells = (bottom - int(row.min()) + 1) * (most - int(left.min()) + 1)
    sheet = SheetRecords(records, bottom, most, cells, marks)
    _check_extent(sheet, int((right - left + 1).sum()), claims[-1] if claims else None)
    return sheet


def _errors(records: Records) -> dict[tuple[int, int], str]:
    """The errors in cells. [MS-XLS] 2.4.24, 2.5.133."""
    found = {}
    for data in records.of(BOOL_ERROR).data():
        if data[7:8] == b"\1":
            found[struct.unpack_from("<HH", data)] = ERRORS.get(data[6], "#N/A")
    formulas, kind = _formulas(records)
    for data in Records(formulas.book, formulas.at[kind == ERROR_VALUE]).data():
        found[struct.unpack_from("<HH", data)] = ERRORS.get(data[8], "#N/A")
    return found


def _formulas(records: Records) -> tuple[Records, Index]:
    """The formulas, and what kind of value each gave; -1 for a number. [MS-XLS] 2.5.133"""
    found = records.of(FORMULA)
    found = Records(found.book, found.at[found.length >= 16])
    kind = found.number(found.at + 10, "u1").astype(np.int64)
    return found, np.where(found.number(found.at + 16) == 0xFFFF, kind, -1)


def _uncalculated(records: Records, cells: Index) -> dict[int, int]:
    """Formulas of columns in which none has a value, and which hold few other ``cells``; and all of
    a sheet where each is 0 and to be calculated when it is opened, as Java, Perl and PHP write."""
    formulas, kind = _formulas(records)
    without = kind == BLANK_TEXT
    column = formulas.number(formulas.at + 6).astype(np.int64)
    later = formulas.number(formulas.at + 18).astype(np.int64) & ON_LOAD
    if (later.astype(bool) & (formulas.number(formulas.at + 10, "<f8") == 0)).all():
        return dict(Counter(column.tolist()))
    every, empty = np.bincount(column, minlength=1), np.bincount(column[without], minlength=1)
    return {
        at: int(every[at])
        for at in np.flatnonzero(empty).tolist()
        if empty[at] == every[at] and 2 * empty[at] >= cells[at] - 1
    }


def _merged(data: bytes) -> list[tuple[int, int, int]]:
    """Merged cells of one column. [MS-XLS] 2.4.168"""
    count = int.from_bytes(data[:2], "little")
    each = [struct.unpack_from("<4H", data, 2 + 8 * place) for place in range(count)]
    return [(left, top, end) for top, end, left, right in each if left == right and end > top]


def _check_extent(sheet: SheetRecords, records: int, claim: tuple[int, int] | None) -> None:
    if sheet.cells > max(AMPLE, EMPTY * records):
        outside = claim and (sheet.bottom >= claim[0] or sheet.right >= claim[1])
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
