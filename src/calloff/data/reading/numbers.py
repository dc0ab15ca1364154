"""Columns of quantities to pieces. All texts of a table are read in one form: the same sign before
decimals, the same between thousands. What can be read in two ways is a fault, never a guess.

Dimensions: R rows, C columns.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.reading.cells import CODE, LARGEST, NUMBERS, Codes, Values, is_blank, is_error
from calloff.data.reading.distinct import distinct
from calloff.data.reading.sheets import Column, NumberColumn

PLAIN = r"^[0-9]{1,9}$"
GROUPS = re.compile(r"\d{1,3}([.,' \u00a0\u202f\u2019])\d{3}(\1\d{3})*([.,]\d*)?")
BODY = re.compile(r"(\d[\d.,]*|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
NOTHING = ("-", "–", "—", "\u2212")  # as spreadsheets show 0 or nothing in accounts
SPACES = " '\u00a0\u202f\u2019"
LEAST = 10  # texts of plain digits that show how numbers below 1,000 are written
NOISE = 1e-15  # of a number: digits that no spreadsheet shows, as of 0.1 * 3 * 10
GROUP = 3  # digits between signs of thousands


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written.

    Attributes:
        decimal: sign before decimals; empty where the texts do not say.
        thousands: sign between groups of three digits; empty where the texts do not say.
    """

    decimal: str = ""
    thousands: str = ""


NO_FORM = NumberForm()


def parse_columns(columns: Sequence[Column], form: NumberForm = NO_FORM) -> tuple[Values, Codes]:
    """Read columns of quantities, all texts among them in one form.

    Args:
        columns: their cells (C of R rows).
        form: what is declared of it.

    Returns:
        Pieces (R, C), NaN where there are none, and the fault of each cell (R, C).
    """
    rows = len(columns[0]) if columns else 0
    values = np.empty((rows, len(columns)), order="F")
    codes = np.zeros((rows, len(columns)), dtype=np.int8, order="F")
    later: list[tuple[int, NDArray[np.int64], list[object], NDArray[np.int64]]] = []
    most, plain = 0.0, 0
    for at, column in enumerate(columns):
        known, numbers = _numbers(column)
        where = known if len(numbers) < rows else slice(None)  # many times quicker
        values[where, at], codes[where, at] = _judged(numbers)
        if isinstance(column, pl.Series) or (isinstance(column, NumberColumn) and column.spelt):
            most = max(most, float(numbers.max(initial=0)))
            plain += int((numbers > 0).sum()) if plain < LEAST else 0
        rest = np.flatnonzero(~known)
        if len(rest):
            later.append((at, rest, *distinct(column, rest)))
    texts = {cell for *_, cells, _ in later for cell in cells if isinstance(cell, str)}
    digits = [float(text) for text in texts if re.fullmatch(PLAIN, text.strip())]
    enough = plain + sum(number > 0 for number in digits) >= LEAST
    found = find_form(texts, max(most, *digits, 0.0) if enough else math.inf, form)
    for at, rest, cells, index in later:
        each = [parse_quantity(cell, found) for cell in cells]
        values[rest, at] = np.array([value for value, _ in each])[index]
        codes[rest, at] = np.array([CODE[fault] for _, fault in each], dtype=np.int8)[index]
    return values, codes


def _numbers(column: Column) -> tuple[NDArray[np.bool_], Values]:
    """Which cells are plainly numbers (R), and these."""
    if isinstance(column, pl.Series):
        return _digits(column)
    if isinstance(column, NumberColumn):
        whole = column.known.all()
        return column.known, column.values if whole else column.values[column.known]
    if set(map(type, column)) <= {int, float}:
        with suppress(OverflowError):  # of an int that no float holds
            return np.ones(len(column), bool), np.fromiter(column, np.float64, len(column))
    kinds = list(map(type, column))
    small = (kind is float or (kind is int and -(2**62) < cell < 2**62)  # type: ignore[operator]
             for kind, cell in zip(kinds, column, strict=True))  # fmt: skip
    known = np.fromiter(small, bool, len(kinds))
    return known, np.array(list(compress(column, known)), dtype=np.float64)


def _digits(texts: pl.Series) -> tuple[NDArray[np.bool_], Values]:
    """The same for texts."""
    numbers = texts.cast(pl.Int64, strict=False)
    if not numbers.null_count():
        return np.ones(len(numbers), bool), numbers.to_numpy().astype(np.float64)
    known = numbers.is_not_null().to_numpy()
    return known, numbers.drop_nulls().to_numpy().astype(np.float64)


def _judged(values: Values) -> tuple[Values, Codes]:
    codes = np.zeros(values.shape, dtype=np.int8)
    whole = values == np.floor(values)
    if whole.all() and values.min(initial=0) >= 0 and values.max(initial=0) <= LARGEST:
        return values, codes
    values = _shown(values)
    codes[values != np.floor(values)] = CODE["fractional"]
    codes[np.isnan(values)] = CODE["blank"]
    codes[values > LARGEST] = CODE["too_large"]
    codes[values < 0] = CODE["negative"]
    return values, codes


def _shown(values: Values) -> Values:
    """Numbers that are whole but for digits that no spreadsheet shows as whole ones."""
    near = np.rint(values)
    with np.errstate(invalid="ignore"):  # infinite ones
        return np.where(np.abs(values - near) <= NOISE * np.abs(near), near, values)


def find_form(texts: Iterable[str], most: float, declared: NumberForm = NO_FORM) -> NumberForm:
    """Find which sign stands before decimals, and which between thousands.

    Args:
        texts: the texts that are no plain digits.
        most: the largest text of plain digits beside them; infinite where there are too few.
        declared: what is known already.

    Returns:
        The form; a sign is empty where the texts do not say, and "?" where they contradict each
        other.
    """
    decimal, thousands, unclear = set[str](), set[str](), set[str]()
    for text in texts:
        _evidence(_bare(text)[0], decimal, thousands, unclear)
    decimal = {declared.decimal} if declared.decimal else decimal
    thousands = {declared.thousands} - set(SPACES) if declared.thousands else thousands
    for sign in unclear - decimal - thousands:
        if decimal or most < 1000:  # 1,234 beside 12.5; or beside 999, and never 1234
            thousands.add(sign)
    clash = bool(decimal & thousands)
    return NumberForm(*("?" if clash or len(signs) > 1 else "".join(signs)
                        for signs in (decimal, thousands)))  # fmt: skip


def _evidence(body: str, decimal: set[str], thousands: set[str], unclear: set[str]) -> None:
    """What one number says of the signs in it."""
    signs = [sign for sign in body if sign in ".,"]
    if not signs or not BODY.fullmatch(body) or "e" in body.lower():
        return
    first, last = signs[0], signs[-1]
    after = len(body) - body.rindex(last) - 1
    if first != last:
        thousands.add(first)
        decimal.add(last)
    elif len(signs) > 1:
        thousands.add(first)
    elif after != GROUP or body.index(last) > GROUP or body[0] in "0.,":
        decimal.add(last)
    else:
        unclear.add(last)


def _bare(text: str) -> tuple[str, bool]:
    """A number without its sign and without spaces between thousands, and whether it is below 0."""
    body = "".join(text.split("\u2212")) if text.startswith("\u2212") else text
    minus = body != text
    body = body.strip()
    if body.startswith(("+", "-")):
        minus, body = minus or body[0] == "-", body[1:].lstrip()
    elif body.endswith("-"):
        minus, body = True, body[:-1].rstrip()
    elif body.startswith("(") and body.endswith(")"):
        minus, body = True, body[1:-1].strip()
    found = GROUPS.fullmatch(body)
    if found and found[1] in SPACES:
        body = body.replace(found[1], "")
    return body, minus


def parse_quantity(cell: object, form: NumberForm = NO_FORM) -> tuple[float, str]:
    """Read one quantity.

    Args:
        cell: a number or a text.
        form: in which texts are read.

    Returns:
        The pieces, NaN where there are none, and the name of the fault, or "".
    """
    if is_blank(cell):
        return math.nan, "blank"
    if isinstance(cell, str):
        return _quantity_text(cell.strip(), form)
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, NUMBERS):
        return math.nan, "text"
    try:
        return _quantity_number(float(cell))
    except OverflowError:
        return math.nan, "too_large"


def _quantity_text(text: str, form: NumberForm) -> tuple[float, str]:
    if is_error(text):
        return math.nan, "error"
    body, minus = _bare(text)
    if text in NOTHING:
        return math.nan, "blank"
    if not BODY.fullmatch(body):
        return math.nan, "text"
    if _is_rounded(body):
        return math.nan, "rounded"
    spelt = _spelt(body, form)
    if spelt is None:
        return math.nan, "ambiguous"
    try:
        value = float(spelt)
    except ValueError:
        return math.nan, "text"
    return _quantity_number(-value if minus else value)


def _is_rounded(body: str) -> bool:
    """Whether it is what Excel shows of a number with more digits: 7.4E+05."""
    digits, _, power = body.lower().partition("e+")
    return (
        power.isdecimal()
        and len(re.split("[.,]", digits)[-1]) < int(power)
        and ("." in digits or "," in digits)
    )


def _spelt(body: str, form: NumberForm) -> str | None:
    """A number as Python writes it; None where it can be read in two ways, or not in this form."""
    decimal, thousands, unclear = set[str](), set[str](), set[str]()
    _evidence(body, decimal, thousands, unclear)
    if unclear == {form.decimal}:
        decimal = unclear
    elif unclear == {form.thousands}:
        thousands = unclear
    elif unclear:
        return None
    other = (decimal and form.decimal not in ("", *decimal)) or (
        thousands and form.thousands not in ("", *thousands, *SPACES)
    )
    crossed = form.thousands in decimal or form.decimal in thousands
    return None if other or crossed else _in_form(body, decimal, thousands)


def _in_form(body: str, decimal: set[str], thousands: set[str]) -> str | None:
    for sign in thousands:
        head = body.split(next(iter(decimal)))[0] if decimal else body
        first, *others = map(len, head.split(sign))
        threes = 1 <= first <= GROUP and all(length == GROUP for length in others)
        lakhs = 1 <= first <= 2 and others == [2] * (len(others) - 1) + [GROUP]  # 1,52,700
        if not (threes or lakhs):
            return "?"  # no number: "text"
        body = body.replace(sign, "")
    for sign in decimal:
        body = body.replace(sign, ".")
    return body.replace(",", ".") if "e" in body.lower() else body


def _quantity_number(value: float) -> tuple[float, str]:
    if value < 0:
        return value, "negative"
    if value > LARGEST:
        return value, "too_large"
    if not value.is_integer():
        value = float(_shown(np.array(value)))
    return value, "" if value.is_integer() else "fractional"
