"""What came of the target days of forecasts: kept as it is known now, and noted anew where a later
word changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import polars as pl

from calloff.data.reading.keys import Key
from calloff.data.triangle import Triangle
from calloff.ledger.database import ledger
from calloff.ledger.tables import by_key, digest, read_kept, write_kept
from calloff.store.folder import Store, place

SCHEMA = {"part": pl.String, "plant": pl.String, "actual": pl.Float64, "counts": pl.Boolean}


def note_outcomes(
    store: Store,
    customer: str,
    triangle: Triangle,
    keys: Mapping[str, Key],
    *,
    weeks: bool = False,
    noted: datetime | None = None,
) -> list[date]:
    """Note what was called off on target days of forecasts that have come.

    Args:
        store: the store.
        customer: whose plans they are.
        triangle: what is known of them by now.
        keys: name of a part -> whose plan it is.
        weeks: whether it holds plans of weeks.
        noted: when this is; by default now.

    Returns:
        The days of which something new is known, in order.
    """
    if len(triangle.days) < 2:
        return []
    # Whether the first day is stale is not known, as the one before it may have been left out.
    asked = _asked(store, customer, weeks, str(triangle.days[1]), str(triangle.days[-1]))
    known = _newest(store, customer, weeks, asked)
    fresh = []
    now = (noted or datetime.now()).replace(microsecond=0).isoformat()
    for target in asked:
        table = by_key(_outcome(triangle, np.datetime64(target)), keys)
        made, before = digest(table), known.get(target)
        if before == made or (before is None and table.is_empty()):
            continue
        with ledger(store).writing() as data:
            name = f"{target}-{'w' if weeks else 'd'}-{made[:12]}"
            path = place("outcomes", customer, target[:7], name)
            write_kept(store, path, table)
            data.execute("DELETE FROM outcomes WHERE path = ?", [path])  # known so once more
            row = (customer, weeks, target, now, path, table.height, made)
            names = "customer, weeks, target, noted, path, rows, digest"
            data.execute(f"INSERT INTO outcomes ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        fresh.append(date.fromisoformat(target))
    return fresh


def _asked(store: Store, customer: str, weeks: bool, first: str, last: str) -> list[str]:
    query = """SELECT DISTINCT t.target FROM targets t JOIN runs r ON r.id = t.run
               WHERE r.customer = ? AND r.weeks = ? AND t.target BETWEEN ? AND ? ORDER BY 1"""
    with ledger(store).reading() as data:
        return [row["target"] for row in data.execute(query, (customer, weeks, first, last))]


def _newest(store: Store, customer: str, weeks: bool, targets: Sequence[str]) -> dict[str, str]:
    """Target day -> digest of what is known of it."""
    if not targets:
        return {}
    query = """SELECT target, digest FROM outcomes WHERE customer = ? AND weeks = ?
               AND target BETWEEN ? AND ? ORDER BY id"""
    with ledger(store).reading() as data:
        rows = data.execute(query, (customer, weeks, targets[0], targets[-1]))
        return {row["target"]: row["digest"] for row in rows}


def _outcome(triangle: Triangle, target: np.datetime64) -> pl.DataFrame:
    """The call-offs of a target day by the protocol; no rows where it is none."""
    if target not in triangle.target_days:
        return pl.DataFrame(schema={name: SCHEMA[name] for name in ("part", "actual", "counts")})
    pieces = triangle.called_off(target)
    at = np.flatnonzero(~np.isnan(pieces))
    columns = {"part": [triangle.parts[part] for part in at], "actual": pieces[at],
               "counts": ~triangle.unscored[at]}  # fmt: skip
    return pl.DataFrame(columns, schema_overrides={"part": pl.String})


def outcomes(store: Store, customer: str, weeks: bool, first: date, last: date) -> pl.DataFrame:
    """Read what came of target days.

    Args:
        store: the store.
        customer: whose call-offs.
        weeks: whether of weeks.
        first: the first target day.
        last: the last one.

    Returns:
        One row per target day and part with target, part, plant, actual (pieces called off), and
        counts (whether the protocol scores the part).

    Raises:
        CalloffError: a table is not there, or damaged.
    """
    query = """SELECT target, path FROM outcomes WHERE customer = ? AND weeks = ?
               AND target BETWEEN ? AND ? ORDER BY id"""
    with ledger(store).reading() as data:
        rows = data.execute(query, (customer, weeks, str(first), str(last)))
        paths = {row["target"]: row["path"] for row in rows}
    found = [
        read_kept(store, path).select(pl.lit(date.fromisoformat(target)).alias("target"), *SCHEMA)
        for target, path in sorted(paths.items())
    ]
    empty = pl.DataFrame(schema={"target": pl.Date, **SCHEMA})
    return pl.concat([empty, *found])
