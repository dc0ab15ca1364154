"""A planner's own numbers, kept beside the forecasts that they replaced, none overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from calloff.data.reading.keys import Key
from calloff.ledger.database import ledger
from calloff.ledger.tables import by_key
from calloff.overrides.table import Overrides
from calloff.store.folder import Store

KEY = ["part", "plant", "target", "evening"]
VALUES = [*KEY, "made", "plan", "forecast", "override"]
COLUMNS = {**dict.fromkeys(("part", "plant"), pl.String),
           **dict.fromkeys(("target", "evening", "made"), pl.Date),
           **dict.fromkeys(("plan", "forecast", "override"), pl.Float64)}  # fmt: skip


def keep_own_numbers(
    store: Store,
    customer: str,
    own: Overrides,
    keys: Mapping[str, Key],
    *,
    source: str = "",
    noted: datetime | None = None,
) -> int:
    """Write a planner's numbers down. The same number again changes nothing.

    Args:
        store: the store.
        customer: whose plans they are for.
        own: the numbers; null takes one back.
        keys: name of a part -> whose plan it is.
        source: the file that they are from.
        noted: when they are written down; by default now.

    Returns:
        How many were new, or others than before.
    """
    table = by_key(own.table, keys).select(VALUES)
    there = own_numbers(store, customer).select(*KEY, before="override")
    fresh = table.join(there, on=KEY, how="left", maintain_order="left")
    fresh = fresh.filter(pl.col("override").ne_missing(pl.col("before"))).drop("before")
    if fresh.is_empty():
        return 0
    now = (noted or datetime.now()).replace(microsecond=0).isoformat()
    texts = fresh.with_columns(pl.col("target", "evening", "made").cast(pl.String))
    names = ["customer", "noted", "source", *VALUES]
    query = f"INSERT INTO own_numbers ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    with ledger(store).writing() as data:
        data.executemany(query, [(customer, now, source, *row) for row in texts.rows()])
    return fresh.height


def own_numbers(store: Store, customer: str) -> pl.DataFrame:
    """Look up a planner's numbers.

    Args:
        store: the store.
        customer: whose plans they are for.

    Returns:
        One row per part, plant, target and ``evening`` (as in ``Overrides``), with made, plan,
        forecast and override; the newest counts, made on the first day on which it was this
        number.
    """
    query = f"SELECT {', '.join(VALUES)} FROM own_numbers WHERE customer = ? ORDER BY id"
    with ledger(store).reading() as data:
        rows = [tuple(row) for row in data.execute(query, [customer])]
    texts = {name: pl.String if kind == pl.Date else kind for name, kind in COLUMNS.items()}
    table = pl.DataFrame(rows, schema=texts, orient="row")
    table = table.with_columns(pl.col("target", "evening", "made").str.to_date())
    same = pl.col("override") == pl.col("override").last()
    newest = table.group_by(KEY, maintain_order=True).agg(
        pl.col("plan", "forecast", "override").last(), made=pl.col("made").filter(same).min()
    )
    return newest.drop_nulls("override").select(VALUES)
