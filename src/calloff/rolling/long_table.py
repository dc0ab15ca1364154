"""Hindcasts as a long table: one row for each method, part and target day."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import polars as pl

from calloff.data.triangle import Quantity
from calloff.rolling.hindcasts import Hindcasts

SCHEMA = {"method": pl.String, "part": pl.String, "origin": pl.Date, "target": pl.Date,
          "lead": pl.Int64, "forecast": pl.Float64, "plan": pl.Float64,
          "actual": pl.Float64, "used": pl.String}  # fmt: skip


def long_table(hindcasts: Hindcasts, more: dict[str, Quantity] | None = None) -> pl.DataFrame:
    """Lay out the scored pairs as a long table.

    Args:
        hindcasts: of M methods, T target days and P parts.
        more: further columns (M, T, P) by name; NaN becomes null.

    Returns:
        One row per method, target day and part, in this order, with method, part, origin, target,
        lead (calendar days from origin to target), forecast, plan, actual (in pieces), used (the
        method whose number it is), and the further columns.
    """
    row, part = np.nonzero(hindcasts.scored)
    parts, count = np.array(hindcasts.now.parts, dtype=object)[part].tolist(), len(row)
    target, origin = hindcasts.days[row], hindcasts.origin[row, part]
    lag = (target - origin).astype("timedelta64[D]").astype(np.int64)
    tables = []
    for place, method in enumerate(hindcasts.methods):
        columns = {
            "method": [method.name] * count,
            "part": parts,
            "origin": origin,
            "target": target,
            "lead": lag,
            "forecast": hindcasts.forecast[place, row, part],
            "plan": hindcasts.plan[row, part],
            "actual": hindcasts.actual[row, part],
            "used": hindcasts.used[place, row, part].tolist(),
        }
        further = {name: values[place, row, part] for name, values in (more or {}).items()}
        table = pl.DataFrame(columns, schema=SCHEMA)
        tables.append(
            table.with_columns(
                pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
                for name, values in further.items()
            )
        )
    return pl.concat(tables, rechunk=True)


def quantile_names(names: Iterable[str]) -> list[str]:
    """The columns of quantiles among the ``names`` of columns, rising."""
    found = [name for name in names if re.fullmatch(r"q[0-9][0-9.e-]*", name)]
    return sorted(found, key=lambda name: float(name[1:]))


def quantile_name(level: float) -> str:
    """The column of a ``level`` between 0 and 1: "q90" for 0.9."""
    return f"q{100 * level:g}"
