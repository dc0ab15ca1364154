"""Whether a file that comes in can be from the customer and for the plant of those in a store."""

from __future__ import annotations

import numpy as np
import polars as pl

from calloff.data.reading.plans import Plans, join_plans
from calloff.data.reading.sources import check_two
from calloff.store.content import Content
from calloff.store.frames import is_beside, plans_of
from calloff.store.standing import Standing


def check_agreement(content: Content, there: Standing) -> None:
    """Refuse a file whose plans contradict those of another one in the store all over.

    As with files that are read together, these are plans for two plants or from two customers, and
    no column says so.

    Args:
        content: the file.
        there: what is in the store of its issue days.

    Raises:
        CalloffError: naming both files, and a part and day.
    """
    if not there.rows.height:
        return
    own = _last_plans(content.tables["plans"])
    if own is None:
        return
    for (_,), rows in there.rows.group_by("file", maintain_order=True):
        other = _last_plans(rows)
        if other is not None:
            check_two(join_plans([own, other]), len(own), content.file, rows["source_file"][0])


def _last_plans(rows: pl.DataFrame) -> Plans | None:
    """The plans of days among rows."""
    single = rows.filter((pl.col("days") == 1) & ~is_beside())
    if not single.height:
        return None
    leads = np.unique(np.append(single["lead"].to_numpy(), 0)).tolist()
    codes = single.select(pl.struct("sheet", "row").rank("dense").alias("row"))["row"]
    ordered = single.with_columns(codes.cast(pl.Int64)).sort("row", maintain_order=True)
    return plans_of(ordered, leads, 0)
