"""Sheets as found: a header and the cells below it, untouched, each row knowing its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.texts.errors import Where

Cells = NDArray[np.object_]
Column = pl.Series | Sequence[object]  # texts, or cells of any kind


class NumberColumn(Sequence[object]):
    """A column of a workbook that holds numbers, and few other cells.

    Attributes:
        values: the numbers (R); NaN where there is none.
        known: where there is one (R).
        others: row -> what else stands there. All other cells are blank.
        spelt: whether they stand there as texts of digits.
    """

    def __init__(
        self, values: NDArray[np.float64], known: NDArray[np.bool_], others: Mapping[int, object],
        spelt: bool = False,
    ) -> None:  # fmt: skip
        self.values, self.known, self.others, self.spelt = values, known, others, spelt

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, at: int) -> object: ...

    @overload
    def __getitem__(self, at: slice) -> NumberColumn: ...

    def __getitem__(self, at: int | slice) -> object:
        if isinstance(at, slice):
            begin, end, step = at.indices(len(self))
            assert step == 1
            others = {row - begin: cell for row, cell in self.others.items() if begin <= row < end}
            return NumberColumn(self.values[at], self.known[at], others, self.spelt)
        row = range(len(self))[at]
        return float(self.values[row]) if self.known[row] else self.others.get(row, "")

    def __iter__(self) -> Iterator[object]:
        cells: list[object] = self.values.tolist()
        for row in np.flatnonzero(~self.known).tolist():
            cells[row] = self.others.get(row, "")
        return iter(cells)


@dataclass(frozen=True)
class Marks:
    """What a sheet says beside its cells.

    Attributes:
        unused: why it is no plan: "hidden", "pivot", "own"; empty where nothing says so.
        merged: cells that stand for several rows: column, first and last row, from 0.
        uncalculated: column -> cells whose formula was never calculated.
        since_1904: whether day numbers count from 1904, as in workbooks of old Macintoshes.
    """

    unused: str = ""
    merged: tuple[tuple[int, int, int], ...] = ()
    uncalculated: Mapping[int, int] = field(default_factory=dict)
    since_1904: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table as it stands in its file.

    Attributes:
        file: path of the file, or "frame 1" for the first frame.
        sheet: name of the sheet; empty where there is just one table.
        columns: the cells, column by column, the header among them; all of one length.
        first_row: number of the first row in the sheet, from 1.
        marks: what the sheet says beside its cells.
        separated: whether it is text with separators, so that a cell too many moves the others.
    """

    file: str
    sheet: str
    columns: tuple[Column, ...]
    first_row: int = 1
    marks: Marks = Marks()
    separated: bool = False

    @property
    def rows(self) -> int:
        """How many rows there are, the header among them."""
        return len(self.columns[0]) if self.columns else 0

    @cached_property
    def cells(self) -> Cells:
        """All cells (rows, columns)."""
        return as_cells(self.head(self.rows))

    def head(self, rows: int) -> list[tuple[object, ...]]:
        """The first ``rows``."""
        return list(zip(*(_listed(column[:rows]) for column in self.columns), strict=True))

    def below(self, row: int) -> Sheet:
        """The rows from ``row`` on, counted from 0."""
        columns = tuple(column[row:] for column in self.columns)
        merged = tuple((c, top - row, end - row) for c, top, end in self.marks.merged if top >= row)
        marks = replace(self.marks, merged=merged)
        return Sheet(self.file, self.sheet, columns, self.first_row + row, marks, self.separated)

    def where(self, row: int | None = None, column: int | None = None) -> Where:
        """The address of the cell in ``row`` and ``column``, both counted from 0."""
        number = None if row is None else self.first_row + row
        letter = "" if column is None else f"{column_letter(column)}{number or ''}"
        return Where(self.file, self.sheet, number, cell=letter)


def sheet_of_rows(file: str, name: str, rows: Sequence[Sequence[object]]) -> Sheet:
    """Make a sheet of rows.

    Args:
        file: what messages call the file.
        name: of the sheet.
        rows: of equal length.

    Returns:
        The sheet.
    """
    return Sheet(file, name, tuple(zip(*rows, strict=True)))


def _listed(column: Column) -> Sequence[object]:
    if isinstance(column, NumberColumn):
        return list(column)
    if not isinstance(column, pl.Series):
        return column
    return ["" if cell is None else cell for cell in column.to_list()]


def as_cells(rows: Sequence[Sequence[object]]) -> Cells:
    """``rows`` of equal length as an array of objects (rows, columns)."""
    shape = len(rows), len(rows[0]) if rows else 0
    every = chain.from_iterable(rows)
    return np.fromiter(every, dtype=object, count=shape[0] * shape[1]).reshape(shape)


def column_letter(index: int) -> str:
    """The name of the column at ``index``: 0 -> "A", 25 -> "Z", 26 -> "AA", as in spreadsheets."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
