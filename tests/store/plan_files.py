"""Files of a customer's plans for tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

LEADS = 6
FIRST = np.datetime64("2024-03-04", "D")

Row = tuple[str, str, str, list[int]]  # part, customer, time of issue, quantities


def history(
    days: int, parts: int, customers: Sequence[str] = ("",), seed: int = 1, clock: str = "18:00"
) -> list[Row]:
    """Plans of parts with one name at all customers, an issue day after the other."""
    rng = np.random.default_rng(seed)
    base = {(c, p): rng.integers(50, 500, days + LEADS) for c in customers for p in range(parts)}
    rows: list[Row] = []
    for day in range(days):
        for (customer, part), true in base.items():
            ahead = true[day : day + LEADS] + rng.integers(-20, 20, LEADS) * (np.arange(LEADS) > 0)
            stamp = f"{FIRST + np.timedelta64(day, 'D')} {clock}:00"
            rows.append((f"P{part}", customer, stamp, [int(each) for each in ahead]))
    return rows


def write(path: Path, rows: Sequence[Row]) -> Path:
    """A file of such plans; without a column of customers where none is named."""
    named = any(row[1] for row in rows)
    heads = ["part", *(["customer"] if named else []), "issued_at",
             *(f"D+{lead}" if lead else "D" for lead in range(LEADS))]  # fmt: skip
    cells = [[row[0], *([row[1]] if named else []), row[2], *map(str, row[3])] for row in rows]
    pl.DataFrame(cells, schema=heads, orient="row").write_csv(path)
    return path


def by_day(folder: Path, rows: Sequence[Row]) -> list[Path]:
    """A file for each issue day."""
    folder.mkdir(parents=True, exist_ok=True)
    days = sorted({row[2][:10] for row in rows})
    return [write(folder / f"{day}.csv", [r for r in rows if r[2][:10] == day]) for day in days]
