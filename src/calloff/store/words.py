"""Of several plans of one part and time of issue, from several files, the one that counts.

The last one to arrive counts where it contradicts an earlier one. Plans that agree complete each
other, and those that arrived together are left to cleaning, as in files.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from calloff.store.frames import KEY, counts
from calloff.store.selection import Selected

CELL = (*KEY, "status", "target", "days")


def without_superseded(
    frames: Mapping[int, pl.DataFrame], selected: Selected
) -> Mapping[int, pl.DataFrame]:
    """Leave out plans that a later file contradicts.

    Args:
        frames: number of the file -> its rows.
        selected: which issue days several files have plans of.

    Returns:
        The same, without the rows of such plans.
    """
    if not selected.contested:
        return frames
    gone = superseded(_contested(frames, selected))
    if not gone.height:
        return frames
    return {
        file: rows.join(gone.filter(pl.col("file") == file), on=KEY, how="anti")
        if file in set(gone["file"].to_list())
        else rows
        for file, rows in frames.items()
    }


def _contested(frames: Mapping[int, pl.DataFrame], selected: Selected) -> pl.DataFrame:
    days = pl.DataFrame(
        sorted(selected.contested), schema=["customer", "day"], orient="row"
    ).with_columns(pl.col("day").str.to_date())
    parts = [
        rows.select(*CELL, "quantity", "arrived_at")
        .with_columns(counts(), day=pl.col("issued_at").dt.date(), file=pl.lit(file))
        .join(days, on=["customer", "day"], how="semi")
        for file, rows in frames.items()
    ]
    together = pl.concat(parts)
    return together.filter(pl.col("file").n_unique().over(KEY) > 1)


def superseded(rows: pl.DataFrame) -> pl.DataFrame:
    """Find plans that a later one contradicts.

    Args:
        rows: of plans of the same parts and times, with "file", the file of each.

    Returns:
        KEY and file of each such plan.
    """
    other = rows.select(*CELL, "quantity", "arrived_at")
    pairs = rows.join(other, on=CELL, suffix="_later")
    later = pl.col("arrived_at") < pl.col("arrived_at_later")
    differs = pl.col("quantity") != pl.col("quantity_later")
    return pairs.filter(later & differs).select(*KEY, "file").unique()
