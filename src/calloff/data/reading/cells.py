"""Cells to numbers, times and names. A cell that is not plainly right is a fault, never a guess.

Every parser takes cells and gives their values and a fault for each: an index into FAULTS.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.sheets import Cells
from calloff.texts.catalogue import plain

Values = NDArray[np.float64]
Codes = NDArray[np.int8]

# What can be wrong with a cell, and (the last three) with a row as a whole.
FAULTS = (
    "", "blank", "text", "negative", "fractional", "ambiguous", "too_large",
    "part_blank", "time_blank", "time_wrong", "time_serial", "target_past", "target_far",
    "row_blank", "row_header", "duplicate",
)  # fmt: skip
CODE = {name: np.int8(index) for index, name in enumerate(FAULTS)}
BLANKS = tuple(CODE[name] for name in ("blank", "part_blank", "time_blank"))

LARGEST = 1e9  # pieces in one cell; beyond it a cell holds something else
WHOLE = re.compile(r"\d{1,12}(\.0{1,2})?")
EITHER = re.compile(r"\d{1,3}([.,]\d{3})+")  # 1.234: a decimal point or thousands?
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
NUMBERS = (int, float, Decimal, np.integer, np.floating)
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
SERIAL = (32874.0, 73051.0)  # the same span as Excel's day numbers
SERIAL_TEXT = re.compile(r"[0-9]{5}(\.[0-9]+)?")
DIGIT_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
TEXT_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d")


def is_blank(cell: object) -> bool:
    """Whether there is nothing in a ``cell``: empty text, None, or a frame's NaN, NaT or NA."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    if isinstance(cell, float | Decimal):
        return math.isnan(cell)
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def cell_text(cell: object) -> str:
    """A ``cell`` as a person would read it, cut short; nothing for a frame's NaN."""
    return as_text(cell)[:80] if isinstance(cell, str) or not is_blank(cell) else ""


def as_text(cell: object) -> str:
    """A ``cell`` as one line of text; a number without needless decimals."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    try:
        return plain(str(cell))
    except ValueError:  # Python spells no number of more than 4,300 digits
        return type(cell).__name__


def parse_quantities(block: Cells) -> tuple[Values, Codes]:
    """Pieces and faults (rows, columns) of a ``block`` of cells. Text that spells a whole number
    counts as one."""
    cells = block.ravel().tolist()
    if not set(map(type, cells)) <= {int, float}:
        return _parse_each(cells, block.shape)
    try:
        values = block.astype(np.float64)
    except OverflowError:  # a number of more than 308 digits
        return _parse_each(cells, block.shape)
    codes = np.zeros(values.shape, dtype=np.int8)
    codes[values != np.floor(values)] = CODE["fractional"]
    codes[np.isnan(values)] = CODE["blank"]
    codes[values > LARGEST] = CODE["too_large"]
    codes[values < 0] = CODE["negative"]
    return values, codes


def _parse_each(cells: list[object], shape: tuple[int, ...]) -> tuple[Values, Codes]:
    values, codes, index = _distinct(cells, parse_quantity)
    return values.astype(np.float64)[index].reshape(shape), codes[index].reshape(shape)


def parse_quantity(cell: object) -> tuple[float, str]:
    """The pieces in a ``cell``, NaN where there are none, and the name of its fault, or ""."""
    if is_blank(cell):
        return math.nan, "blank"
    if isinstance(cell, str):
        return _quantity_text(cell.strip())
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, NUMBERS):
        return math.nan, "text"
    try:
        return _quantity_number(float(cell))
    except OverflowError:
        return math.nan, "too_large"


def _quantity_text(text: str) -> tuple[float, str]:
    if WHOLE.fullmatch(text):
        return _quantity_number(float(text))
    if EITHER.fullmatch(text):
        return math.nan, "ambiguous"
    if NUMBER.fullmatch(text):
        return _quantity_number(float(text.replace(",", ".")))
    return math.nan, "text"


def _quantity_number(value: float) -> tuple[float, str]:
    if value < 0:
        return value, "negative"
    if value > LARGEST:
        return value, "too_large"
    return value, "" if value.is_integer() else "fractional"


def parse_times(column: Sequence[object], formats: Sequence[str] = ()) -> tuple[Any, Codes]:
    """Read a column of time stamps, as local time as they are written.

    Args:
        column: its cells (rows).
        formats: formats to try first, as strptime reads them.

    Returns:
        The times (rows) as datetime64[s], NaT where faulty, and the faults (rows).
    """
    values, codes, index = _distinct(column, lambda cell: parse_time(cell, formats))
    return values.astype("datetime64[s]")[index], codes[index]


def parse_time(cell: object, formats: Sequence[str] = ()) -> tuple[datetime | None, str]:
    """Read one time stamp.

    Args:
        cell: the cell: a date, a time, or a text of digits or ISO or in one of the formats.
        formats: formats to try first, as strptime reads them.

    Returns:
        The time, None where faulty, and the name of the fault, or "".
    """
    if is_blank(cell):
        return None, "time_blank"
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, datetime):  # not cell.replace(): pandas' time stamps keep nanoseconds
        return _in_span(datetime(*cell.timetuple()[:6]))
    text = as_text(cell).strip().removesuffix(".0")
    stamp = _time_text(text, formats)
    if stamp is None and SERIAL_TEXT.fullmatch(text) and SERIAL[0] <= float(text) <= SERIAL[1]:
        return None, "time_serial"
    return _in_span(stamp) if stamp else (None, "time_wrong")


def _time_text(text: str, formats: Sequence[str]) -> datetime | None:
    if text.isdecimal() and text.isascii():
        wanted = DIGIT_FORMATS.get(len(text))
        return _strptime(text, (*formats, wanted) if wanted else formats)
    stamp = _strptime(text, formats)
    if stamp:
        return stamp
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return _strptime(text, TEXT_FORMATS)


def _strptime(text: str, formats: Sequence[str]) -> datetime | None:
    for wanted in formats:
        try:
            return datetime.strptime(text, wanted).replace(tzinfo=None)
        except ValueError:
            continue
    return None


def _in_span(stamp: datetime) -> tuple[datetime | None, str]:
    return (stamp, "") if EARLIEST <= stamp < LATEST else (None, "time_wrong")


def parse_parts(column: Sequence[object]) -> tuple[NDArray[np.object_], Codes]:
    """Names of parts and faults (rows) of a ``column`` of cells."""
    values, codes, index = _distinct(column, parse_part)
    return values[index], codes[index]


def parse_part(cell: object) -> tuple[str, str]:
    """The name of a part in a ``cell``, its spaces trimmed and a number as its digits, and the name
    of its fault, or ""."""
    return ("", "part_blank") if is_blank(cell) else (" ".join(as_text(cell).split()), "")


def _distinct(
    column: Sequence[object], parse: Callable[[object], tuple[Any, str]]
) -> tuple[NDArray[np.object_], Codes, NDArray[np.int64]]:
    """Values and faults of the distinct cells, and for each cell its index among them.

    Quantities, time stamps and parts repeat by the thousand.
    """
    keys = _keys(column)
    cells = dict(zip(keys, column, strict=True))
    place = dict(zip(cells, range(len(cells)), strict=True))
    index = np.fromiter(map(place.__getitem__, keys), dtype=np.int64, count=len(keys))
    values = np.empty(len(cells), dtype=object)
    codes = np.zeros(len(cells), dtype=np.int8)
    for at, cell in enumerate(cells.values()):
        values[at], fault = parse(cell)
        codes[at] = CODE[fault]
    return values, codes, index


def _keys(column: Sequence[object]) -> Sequence[object]:
    """Hashable stand-ins for cells: the cells themselves where equal ones mean the same."""
    if set(map(type, column)) <= {str, int, float, type(None)}:
        return column
    return [
        (type(cell), cell if isinstance(cell, str | int | float) else repr(cell)) for cell in column
    ]
