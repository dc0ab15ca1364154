"""Text with separators to columns: no quote swallows lines, no line slips into the next."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from calloff.data.reading import workbooks
from calloff.data.reading.sheets import Column, NumberColumn

DELIMITERS = (",", ";", "\t", "|")
DECLARED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)  # Excel's own first line
FORMULA = '="'
BESIDE_PLAIN = (b'"', b"\0", b"\n\n", b"\n\r\n")  # quotes, and blank lines
HEAD = 20  # lines among which the header stands
LINES = 20  # at most of one cell with line breaks in it
LONGEST = 1 << 20  # bytes in which the header stands
MAX_PLAIN = 60_000_000  # cells that become no objects: some 60 bytes each until they are read
Fits = Callable[[Sequence[Sequence[str]]], int]  # rows -> columns of a layout that fits, or 0
Quantities = Callable[[Sequence[Sequence[str]]], Sequence[int]]  # rows -> columns of quantities


def read_text(
    content: bytes, fits: Fits, quantities: Quantities = lambda rows: []
) -> tuple[Column, ...]:
    """Read a text with separators.

    Args:
        content: the text, in UTF-8: signs are found in bytes many times faster.
        fits: how many columns of a known layout the first rows have; 0 where none fits.
        quantities: which columns hold quantities, by the first rows.

    Returns:
        Its columns of texts, or of numbers where all quantities are plain ones, all of one length.
        A line with fewer cells than the others is filled up with nothing.

    Raises:
        CalloffError: it is too large.
    """
    if content.count(b"\r") > content.count(b"\r\n"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head = _text(content[:LONGEST], errors="ignore")
    delimiter = _delimiter(head, fits)
    cells = 0
    if len(content) > workbooks.MAX_CELLS:  # else there cannot be too many
        cells = content.count(delimiter.encode()) + content.count(b"\n")
        workbooks.check_size(cells, MAX_PLAIN)
    bare = content.rstrip(b"\r\n")
    rows = list(_rows(head.split("\n", HEAD)[:HEAD], delimiter))
    numbers = _number_columns(bare, delimiter, rows, quantities(rows[:1]))
    if plain := numbers or _plain_columns(bare, delimiter):
        return plain
    workbooks.check_size(cells)
    text = _text(content)
    rows = _strict_rows(text, delimiter) or list(_rows(text.split("\n"), delimiter))
    columns = _table(rows)
    return tuple(map(_bare, columns)) if FORMULA in text else columns


def _text(content: bytes, errors: str = "strict") -> str:
    return content.replace(b"\r\n", b"\n").decode(errors=errors)


def _bare(column: pl.Series) -> pl.Series:
    """Cells as they are meant that are written as formulas, to keep zeros in front: ="0047"."""
    return column.str.replace(r'^="([^"]*)"$', "${1}")


def _delimiter(text: str, fits: Fits) -> str:
    """The sign with which a layout fits; else that which one of the first lines holds most of."""
    lines = text.split("\n", HEAD)[:HEAD]
    if lines and (declared := DECLARED.fullmatch(lines[0])):
        return declared[1]
    there = [sign for sign in DELIMITERS if any(sign in line for line in lines)]
    found = dict.fromkeys(DELIMITERS, 0) | {s: fits(list(_rows(lines, s))) for s in there}
    if any(found.values()):
        return max(DELIMITERS, key=found.__getitem__)
    return max(DELIMITERS, key=lambda sign: max((line.count(sign) for line in lines), default=0))


def _plain_columns(content: bytes, delimiter: str) -> tuple[Column, ...]:
    """The columns of a text without quotes and blank lines, by a parser that is quick; none where
    it does not fit: a line has more cells than the first one."""
    first = content[: max(content.find(b"\n"), 0)]
    if delimiter.encode() not in first or any(sign in content for sign in BESIDE_PLAIN):
        return ()
    try:
        frame = pl.read_csv(
            content, separator=delimiter, has_header=False, infer_schema=False, quote_char=None
        )
    except pl.exceptions.ComputeError:
        return ()
    columns = frame.get_columns()
    return tuple(c.fill_null("") if c.null_count() else c for c in columns)


def _number_columns(
    content: bytes, delimiter: str, head: Sequence[Sequence[str]], quantities: Sequence[int]
) -> tuple[Column, ...]:
    """The same where all quantities below the first line are whole numbers: these are no texts at
    all, which is quicker still."""
    digits = (row[at].isdecimal() for row in head[1:] for at in quantities if at < len(row))
    if not quantities or not all(digits) or any(sign in content for sign in BESIDE_PLAIN):
        return ()
    begin = content.find(b"\n") + 1
    if not begin:
        return ()
    names = [f"column_{at + 1}" for at in range(len(head[0]))]
    kinds = dict.fromkeys(names, pl.String) | {names[at]: pl.Int64 for at in quantities}
    try:
        frame = pl.read_csv(
            content[begin:], separator=delimiter, has_header=False, schema=kinds, quote_char=None
        )
    except pl.exceptions.PolarsError:
        return ()
    both = zip(head[0], frame.get_columns(), strict=True)
    return tuple(_below(title, column) for title, column in both)


def _below(title: str, column: pl.Series) -> Column:
    """A column with its header above it."""
    if column.dtype == pl.String:
        return pl.concat([pl.Series([title], dtype=pl.String), column.fill_null("")])
    values, known = np.full(len(column) + 1, np.nan), np.zeros(len(column) + 1, dtype=bool)
    known[1:] = column.is_not_null().to_numpy() if column.null_count() else True
    values[1:] = column.to_numpy()
    return NumberColumn(values, known, {0: title}, spelt=True)


def _strict_rows(text: str, delimiter: str) -> list[list[str]]:
    """Rows by Python's reader, where each line is a row and all rows have as many cells; else none.
    It is quick, but lets a quote that is not closed swallow the lines that follow."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return []
    lines = text.count("\n") + (not text.endswith("\n"))
    even = len({len(row) for row in rows if row}) == 1
    return rows if even and len(rows) == lines else []


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of lines. Quotes hold a cell together only where they are closed before the line ends,
    or where the lines together have as many cells as the rows before, and the line alone not."""
    width, at = 0, 0
    while at < len(lines):
        line = lines[at]
        cells, at = _split(line, delimiter), at + 1
        if cells is None:
            bare = line.split(delimiter)
            joined, used = _joined(lines, at - 1, delimiter)
            taken = joined is not None and len(bare) != width and len(joined) >= width
            cells, at = (joined, at - 1 + used) if taken and joined else (bare, at)
        width = max(width, len(cells)) if at <= HEAD else width
        if at < len(lines) or line:
            yield cells


def _joined(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """The cells of several lines together where a quote is closed in a later one, and how many
    lines these are."""
    for used in range(2, LINES + 1):
        if at + used > len(lines):
            break
        cells = _split("\n".join(lines[at : at + used]), delimiter)
        if cells is not None:
            return cells, used
    return None, 1


def _split(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line; None where a quote that opens a cell is not closed at its end."""
    if '"' not in line:
        return line.split(delimiter)
    cells: list[str] = []
    at = 0
    while at <= len(line):
        if line[at : at + 1] == '"':
            end = _closing(line, at + 1, delimiter)
            if end < 0:
                return None
            cells.append(line[at + 1 : end].replace('""', '"'))
            at = end + 2
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end])
            at = end + 1
    return cells


def _closing(line: str, at: int, delimiter: str) -> int:
    """Where the quote stands that closes a cell; -1 where there is none."""
    while (at := line.find('"', at)) >= 0:
        after = line[at + 1 : at + 2]
        if after == '"':
            at += 2
        elif after in ("", delimiter):
            return at
        else:
            return -1
    return -1


def _table(rows: list[list[str]]) -> tuple[pl.Series, ...]:
    """Rows filled up to the width of the widest, with None where a row has no cell."""
    width = max(map(len, rows), default=0)
    workbooks.check_size(len(rows) * width)
    filled = [row + [None] * (width - len(row)) if len(row) < width else row for row in rows]
    columns = zip(*filled, strict=True) if width else ()
    return tuple(pl.Series(column, dtype=pl.String) for column in columns)
