"""The cells of an .xls workbook of numbers and texts, column by column.

calamine makes an object of every cell. Most files need none: where all cells are numbers, texts
and errors, they are taken out of the records here, all of a kind at once. Whatever else there is
(dates, texts made by formulas, old versions, protection) is left to calamine.

Dimensions: n cells, R rows, C columns.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.biff import (
    BOOL_ERROR,
    FORMULA,
    LABEL,
    MANY_NUMBERS,
    NUMBER,
    RK,
    SHARED_TEXT,
    SHEET,
    Book,
    Index,
    Records,
    SheetMarks,
    SheetRecords,
)
from calloff.data.reading.biff_texts import shared_texts, short_text
from calloff.data.reading.sheets import Column, NumberColumn

BEGIN, CODE_PAGE, PROTECTED, FORMAT, STYLE = 0x0809, 0x0042, 0x002F, 0x041E, 0x00E0
RICH_LABEL, TEXT_RESULT = 0x00D6, 0x0207
VERSION, WORKSHEET, UNICODE = 0x0600, 0x0010, 1200  # of Excel 97 and later
PLAIN_FORMATS = {0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 37, 38, 39, 40, 41, 42, 43, 44, 48, 49}
BESIDE = re.compile(r'general|"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
OF_TIMES = re.compile("[dmyhsabeg]", re.IGNORECASE)  # also of eras, which calamine does not know
TEXTS = 8  # every eighth cell of a column: then it is kept as objects


@dataclass(frozen=True)
class PlainSheet:
    """A worksheet of numbers and texts.

    Attributes:
        name: of the sheet.
        hidden: whether it is.
        columns: its cells from A1 on; none where it is empty.
        marks: what it says beside its cells.
    """

    name: str
    hidden: bool
    columns: tuple[Column, ...]
    marks: SheetMarks


@dataclass(frozen=True)
class _Numbers:
    """Cells with numbers (n)."""

    row: Index
    column: Index
    style: Index
    value: NDArray[np.float64]


def plain_sheets(book: Book) -> list[PlainSheet] | None:
    """Read the worksheets of a workbook.

    Args:
        book: its records, which were checked.

    Returns:
        The worksheets; None where there is anything but numbers, texts and errors in them, or
        where the records are not as they should be.
    """
    try:
        return _sheets(book) if _is_known(book) else None
    except (struct.error, IndexError, UnicodeDecodeError, _NotPlainError):
        return None


class _NotPlainError(Exception):
    """Something that is left to calamine."""


def _is_known(book: Book) -> bool:
    """Whether the workbook is of Excel 97 or later, and not protected."""
    pages = [int.from_bytes(data[:2], "little") for data in book.common.of(CODE_PAGE).data()]
    return (
        _begins(book.common, None)
        and set(pages) <= {UNICODE}
        and not len(book.common.of(PROTECTED).at)
    )


def _begins(records: Records, kind: int | None) -> bool:
    """Whether records begin as those of a workbook, or of a sheet of a ``kind``, do."""
    if not len(records.at) or records.kind[0] != BEGIN or records.length[0] < 4:
        return False
    version, found = records.number(records.at[0] + np.array([4, 6])).tolist()
    return version == VERSION and kind in (None, found)


def _sheets(book: Book) -> list[PlainSheet]:
    texts = np.array([*shared_texts(book.common), ""], dtype=object)[:-1]
    timeless = _timeless_styles(book.common)
    made = []
    for data, sheet in zip(book.common.of(SHEET).data(), book.sheets, strict=True):
        if data[5]:
            continue  # charts and macros
        if not _begins(sheet.records, WORKSHEET):
            raise _NotPlainError
        columns = _columns(sheet, texts, timeless)
        made.append(PlainSheet(short_text(data, 6, "<B"), bool(data[4] & 3), columns, sheet.marks))
    return made


def _timeless_styles(common: Records) -> NDArray[np.bool_]:
    """Whether numbers of a style are surely no times."""
    own = {int.from_bytes(data[:2], "little"): short_text(data, 2, "<H")
           for data in common.of(FORMAT).data()}  # fmt: skip
    plain = PLAIN_FORMATS - set(own)
    plain |= {key for key, text in own.items() if not OF_TIMES.search(BESIDE.sub("", text))}
    styles = [int.from_bytes(data[2:4], "little") in plain for data in common.of(STYLE).data()]
    return np.array([*styles, False])


def _columns(
    sheet: SheetRecords, texts: NDArray[np.object_], timeless: NDArray[np.bool_]
) -> tuple[Column, ...]:
    """The columns of a sheet (C of R cells)."""
    records = sheet.records
    if len(records.of(LABEL, RICH_LABEL, TEXT_RESULT).at):
        raise _NotPlainError
    shape = sheet.right + 1, sheet.bottom + 1
    values, known = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    count = 0
    for cells in (_single(records), _compact(records), _many(records)):
        _check_styles(cells.style, timeless)
        place = cells.column * shape[1] + cells.row
        values.ravel()[place], known.ravel()[place] = cells.value, True
        count += len(place)
    if known.sum() != count:
        raise _NotPlainError  # a cell stands there twice
    others = _others(sheet, texts)
    if sum(known[column, row] for column, cells in others.items() for row in cells):
        raise _NotPlainError
    return tuple(_column(*each, others.get(at, {})) for at, each in enumerate(
        zip(values, known, strict=True)))  # fmt: skip


def _column(
    values: NDArray[np.float64], known: NDArray[np.bool_], others: dict[int, object]
) -> Column:
    column = NumberColumn(values, known, others)
    return tuple(column) if len(others) * TEXTS > len(values) else column


def _check_styles(style: Index, timeless: NDArray[np.bool_]) -> None:
    seen = np.zeros(1 << 16, dtype=bool)
    seen[style] = True
    used = np.flatnonzero(seen)
    if len(used) and (used[-1] >= len(timeless) or not timeless[used].all()):
        raise _NotPlainError


def _others(sheet: SheetRecords, texts: NDArray[np.object_]) -> dict[int, dict[int, object]]:
    """Column -> row -> what stands there, for texts, errors and truth values."""
    records = sheet.records
    found: dict[int, dict[int, object]] = {}
    cells = records.of(SHARED_TEXT)
    row, column = _place(cells)
    text = texts[cells.number(cells.at + 10, "<u4").astype(np.int64)].tolist()
    for each in zip(column.tolist(), row.tolist(), text, strict=True):
        found.setdefault(each[0], {})[each[1]] = each[2]
    cells = records.of(BOOL_ERROR)
    row, column = _place(cells)
    truth = (cells.number(cells.at + 10, "u1") != 0).tolist()
    for at in zip(row.tolist(), column.tolist(), truth, strict=True):
        found.setdefault(at[1], {})[at[0]] = sheet.marks.errors.get((at[0], at[1]), at[2])
    if sum(map(len, found.values())) != len(text) + len(truth):
        raise _NotPlainError
    return found


def _place(cells: Records) -> tuple[Index, Index]:
    row, column = (cells.number(cells.at + at).astype(np.int64) for at in (4, 6))
    return row, column


def _single(records: Records) -> _Numbers:
    """Numbers of eight bytes, also those that formulas gave."""
    cells = records.of(NUMBER, FORMULA)
    if (cells.number(cells.at[cells.kind == FORMULA] + 16) == 0xFFFF).any():
        raise _NotPlainError  # it gave no number
    style = cells.number(cells.at + 8).astype(np.int64)
    value = cells.number(cells.at + 10, "<f8").astype(np.float64)
    if not np.isfinite(value).all():
        raise _NotPlainError
    return _Numbers(*_place(cells), style, value)


def _compact(records: Records) -> _Numbers:
    """Numbers of four bytes."""
    cells = records.of(RK)
    style = cells.number(cells.at + 8).astype(np.int64)
    return _Numbers(*_place(cells), style, _rk(cells.number(cells.at + 10, "<u4")))


def _many(records: Records) -> _Numbers:
    """Numbers of four bytes, several beside each other in one record."""
    cells = records.of(MANY_NUMBERS)
    row, first = _place(cells)
    count = (cells.length - 6) // 6
    if (cells.length % 6).any() or (count < 1).any():
        raise _NotPlainError
    inside = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    at = np.repeat(cells.at + 8, count) + 6 * inside
    style = cells.number(at).astype(np.int64)
    value = _rk(cells.number(at + 2, "<u4"))
    return _Numbers(np.repeat(row, count), np.repeat(first, count) + inside, style, value)


def _rk(packed: NDArray[np.generic]) -> NDArray[np.float64]:
    """Numbers as they are packed into four bytes. [MS-XLS] 2.5.217"""
    bits = packed.astype(np.uint32)
    whole = (bits.view(np.int32) >> 2).astype(np.float64)
    long = ((bits & np.uint32(0xFFFFFFFC)).astype(np.uint64) << np.uint64(32)).view(np.float64)
    value = np.where(bits & 2, whole, long)
    hundredth = (bits & 1).astype(bool)
    if hundredth.any():
        value[hundredth] /= 100
    if not np.isfinite(value).all():
        raise _NotPlainError
    return value
