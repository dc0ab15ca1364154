"""Cells to numbers, times and names. A cell that is not plainly right is a fault, never a guess.

Every parser takes cells and gives their values and a fault for each: an index into FAULTS.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.reading.sheets import Cells

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
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
SERIAL = (32874.0, 73051.0)  # the same span as Excel's day numbers
DIGIT_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
TEXT_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d")


def is_blank(cell: object) -> bool:
    """Nothing in it: empty text, None, or a frame's NaN."""
    return (
        cell is None or cell == "" or cell != cell or (isinstance(cell, str) and not cell.strip())
    )


def cell_text(cell: object) -> str:
    """A cell as a person would read it, cut short."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell)[:80]


def parse_quantities(block: Cells) -> tuple[Values, Codes]:
    """Pieces (rows, columns): whole numbers from 0. Text that spells a whole number counts."""
    kinds = set(map(type, block.ravel().tolist()))
    if not kinds <= {int, float}:
        return _parse_each(block)
    values = block.astype(np.float64)
    codes = np.zeros(values.shape, dtype=np.int8)
    codes[values != np.floor(values)] = CODE["fractional"]
    codes[np.isnan(values)] = CODE["blank"]
    codes[values > LARGEST] = CODE["too_large"]
    codes[values < 0] = CODE["negative"]
    return values, codes


def _parse_each(block: Cells) -> tuple[Values, Codes]:
    values = np.full(block.shape, np.nan)
    codes = np.zeros(block.shape, dtype=np.int8)
    known: dict[tuple[type, object], tuple[float, np.int8]] = {}  # few cells are distinct
    for index, cell in enumerate(block.ravel().tolist()):
        key = _key(cell)
        if key not in known:
            value, fault = parse_quantity(cell)
            known[key] = value, CODE[fault]
        values.flat[index], codes.flat[index] = known[key]
    return values, codes


def parse_quantity(cell: object) -> tuple[float, str]:
    """One quantity and its fault code."""
    if is_blank(cell):
        return math.nan, "blank"
    if isinstance(cell, str):
        return _quantity_text(cell.strip())
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number):
        return math.nan, "text"
    return _quantity_number(float(cell))


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
    """Time stamps as datetime64[s] (NaT where faulty), local time as written."""
    values, codes = _map(column, lambda cell: parse_time(cell, formats))
    return np.array(values, dtype="datetime64[s]"), codes


def parse_time(cell: object, formats: Sequence[str] = ()) -> tuple[datetime | None, str]:
    """One time stamp and its fault code."""
    if is_blank(cell):
        return None, "time_blank"
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, datetime):
        return _in_span(cell.replace(tzinfo=None, microsecond=0))
    if isinstance(cell, float) and not cell.is_integer() and SERIAL[0] <= cell <= SERIAL[1]:
        return None, "time_serial"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip().removesuffix(".0")
    stamp = _time_text(text, formats)
    if stamp is None and text.isdigit() and SERIAL[0] <= float(text) <= SERIAL[1]:
        return None, "time_serial"
    return _in_span(stamp) if stamp else (None, "time_wrong")


def _time_text(text: str, formats: Sequence[str]) -> datetime | None:
    if text.isdigit() and text.isascii():
        wanted = DIGIT_FORMATS.get(len(text))
        return _strptime(text, (*formats, wanted) if wanted else formats)
    stamp = _strptime(text, formats)
    if stamp:
        return stamp
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
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


def parse_parts(column: Sequence[object]) -> tuple[list[str], Codes]:
    """Part names, trimmed; a number becomes its digits."""
    return _map(column, parse_part)


def parse_part(cell: object) -> tuple[str, str]:
    """One part name and its fault code."""
    if is_blank(cell):
        return "", "part_blank"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()), ""


def _map(
    column: Sequence[object], parse: Callable[[object], tuple[Any, str]]
) -> tuple[list[Any], Codes]:
    """Parse each distinct cell once; time stamps and parts repeat by the thousand."""
    known: dict[tuple[type, object], tuple[Any, np.int8]] = {}
    keys = list(map(_key, column))
    for key, cell in zip(keys, column, strict=True):
        if key not in known:
            value, fault = parse(cell)
            known[key] = value, CODE[fault]
    codes = np.array([known[key][1] for key in keys], dtype=np.int8)
    return [known[key][0] for key in keys], codes


def _key(cell: object) -> tuple[type, object]:
    return type(cell), cell if isinstance(cell, str | int | float | datetime) else repr(cell)
