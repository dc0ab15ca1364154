"""What was read of a file of messages, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from calloff.texts.errors import Problem

STAMP = pl.Datetime("ms")  # polars has no seconds
LINES: dict[str, Any] = {
    "part": pl.String, "ship_to": pl.String, "customer": pl.String, "kind": pl.String,
    "issued_at": STAMP, "has_time": pl.Boolean, "target": pl.Date, "days": pl.Int64,
    "status": pl.String, "quantity": pl.Float64, "unit": pl.String, "document": pl.String,
    "message": pl.Int64, "segment": pl.Int64,
}  # fmt: skip
RECEIPTS: dict[str, Any] = {
    "part": pl.String, "ship_to": pl.String, "customer": pl.String, "issued_at": STAMP,
    "day": pl.Date, "cumulative": pl.Float64, "since": pl.Date, "message": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Schedules:
    """All delivery schedules of a file.

    Attributes:
        lines: a row for each quantity that is wanted. part, ship_to and customer say whose it is;
            kind is "plan" or, of DELJIT and 862, "call"; issued_at is midnight where has_time is
            false; target is the first of so many days; status is "firm", "forecast", "backlog" or
            "immediate"; document is the schedule's own number; message and segment are its place.
        receipts: cumulative quantities that the customer received, up to day, since a day; both
            are null where the message does not say.
        problems: why messages were refused; they give no lines.
        warnings: what was read, but is odd.
    """

    lines: pl.DataFrame
    receipts: pl.DataFrame
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def table(rows: Sequence[tuple[object, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    """Lay ``rows`` out as the columns of a ``schema``."""
    if not rows:
        return pl.DataFrame(schema=schema)
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, list(values), dtype=kind)
            for (name, kind), values in zip(schema.items(), columns, strict=True)
        ]
    )
