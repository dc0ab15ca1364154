"""Frames of pandas, polars, Arrow or DuckDB as sheets, so that they are parsed and checked as files
are."""

from __future__ import annotations

from os import PathLike
from typing import Any

from calloff.data.reading.sheets import Sheet
from calloff.data.reading.workbooks import short
from calloff.texts.errors import Where, fail


def is_frame(thing: object) -> bool:
    """Whether narwhals knows a ``thing`` as a frame, or as one that is still to be computed."""
    if isinstance(thing, str | PathLike):
        return False
    import narwhals as nw

    try:
        known = nw.from_native(thing, pass_through=True)
        return isinstance(known, nw.DataFrame | nw.LazyFrame)
    except nw.exceptions.NarwhalsError:  # a frame with two columns of one name
        return True


def frame_sheet(frame: Any, name: str) -> Sheet:
    """Turn a frame into a sheet whose row 1 are the column names, as in a file.

    Args:
        frame: a frame of pandas, polars or Arrow, or a lazy one, as DuckDB's relations are.
        name: what messages call it.

    Returns:
        The sheet.

    Raises:
        CalloffError: the frame cannot be gone through, as with two columns of one name.
    """
    import narwhals as nw

    try:
        known = nw.from_native(frame)
        eager = known.collect("polars") if isinstance(known, nw.LazyFrame) else known
        columns = list(eager.iter_columns())
        cells = [[column.name, *column.to_list()] for column in columns]
    except Exception as error:  # each library has its own
        raise fail("file.frame", Where(file=name), error=short(error)) from error
    return Sheet(name, "", tuple(map(tuple, cells)))
