"""Sheets as found: a header and the cells below it, untouched, each row knowing its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from calloff.texts.errors import Where

Cells = NDArray[np.object_]


@dataclass(frozen=True)
class Sheet:
    """One table as it stands in its file.

    Attributes:
        file: path of the file, or "frame 1" for the first frame.
        sheet: name of the sheet; empty where there is just one table.
        cells: the cells (rows, columns), the header among them.
        first_row: number of the first row in the sheet, from 1.
    """

    file: str
    sheet: str
    cells: Cells
    first_row: int = 1

    def where(self, row: int | None = None, column: int | None = None) -> Where:
        """The address of the cell in ``row`` and ``column``, both counted from 0 in ``cells``."""
        number = None if row is None else self.first_row + row
        letter = "" if column is None else f"{column_letter(column)}{number or ''}"
        return Where(self.file, self.sheet, number, cell=letter)


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
