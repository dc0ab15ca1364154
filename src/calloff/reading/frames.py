"""Frames of pandas, polars or Arrow as sheets, so that they pass the same door as files."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from calloff.problems import Where, fail
from calloff.reading.sheets import Sheet


def is_frame(thing: object) -> bool:
    """Whether narwhals knows it as an eager frame."""
    native = nw.from_native(thing, eager_only=True, pass_through=True)
    return isinstance(native, nw.DataFrame)


def frame_sheet(frame: Any, name: str) -> Sheet:
    """A frame as a sheet: its column names become row 1, as in a file."""
    try:
        table = nw.from_native(frame, eager_only=True)
    except Exception as error:
        raise fail("file.frame", Where(file=name), error=error) from error
    cells = np.empty((len(table) + 1, len(table.columns)), dtype=object)
    for index, column in enumerate(table.iter_columns()):
        cells[0, index] = column.name
        cells[1:, index] = column.to_list()
    return Sheet(name, "", cells)
