"""The distinct cells of a column: quantities, time stamps and names repeat by the thousand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.reading.sheets import Column

Index = NDArray[np.int64]
HASHABLE = {str, int, float, type(None)}  # kinds whose equal values mean the same


def distinct(column: Column, rows: Index | None = None) -> tuple[list[object], Index]:
    """Find the distinct cells of a column.

    Args:
        column: its cells (R).
        rows: which of them (n); all of them by default.

    Returns:
        The distinct cells, and for each of the rows its place among them (n).
    """
    if isinstance(column, pl.Series):
        return _of_texts(column if rows is None else column[rows])
    return _of_cells(list(column) if rows is None else [column[row] for row in rows.tolist()])


def _of_texts(texts: pl.Series) -> tuple[list[object], Index]:
    texts = texts.fill_null("")
    each = texts.unique(maintain_order=True)
    if not len(each):
        return [], np.zeros(0, np.int64)
    return each.to_list(), texts.cast(pl.Enum(each)).to_physical().to_numpy().astype(np.int64)


def _of_cells(cells: Sequence[object]) -> tuple[list[object], Index]:
    keys = _keys(cells)
    each = dict(zip(keys, cells, strict=True))
    place = dict(zip(each, range(len(each)), strict=True))
    index = np.fromiter(map(place.__getitem__, keys), dtype=np.int64, count=len(keys))
    return list(each.values()), index


def _keys(cells: Sequence[object]) -> Sequence[object]:
    """Hashable stand-ins for cells: the cells themselves where equal ones mean the same."""
    if set(map(type, cells)) <= HASHABLE:
        return cells
    return [
        (type(cell), cell if isinstance(cell, str | int | float) else repr(cell)) for cell in cells
    ]
