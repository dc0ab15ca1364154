"""The plans that stand in a store, for comparing with those of a file that comes in."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from calloff.store.database import rows_in
from calloff.store.digests import plan_keys
from calloff.store.folder import Store
from calloff.store.frames import KEY
from calloff.store.staging import table_path

NEW, SAME, LATER = "new", "same", "later"


@dataclass(frozen=True)
class Standing:
    """Plans in a store of the customers and issue days of a file.

    Attributes:
        rows: a row for each quantity, as in ``frames.PLANS``, with the number of the file.
        words: "new", "same" or "later" for each plan of the file, with its quantities.
    """

    rows: pl.DataFrame
    words: pl.DataFrame


def standing(store: Store, log: sqlite3.Connection, frame: pl.DataFrame) -> Standing:
    """Look up what is in a store of the issue days of a file.

    Args:
        store: the store.
        log: from ``writing``.
        frame: rows of the file, with digests and times of arrival.

    Returns:
        The plans there, and whether those of the file say something new, which is "same" where the
        plan that stands when it arrives is equal, "later" where another one stands.
    """
    days = frame.select(pl.col("customer"), day=pl.col("issued_at").dt.date()).unique()
    found = [
        pl.read_parquet(table_path(store, row["staged"], row["path"]), hive_partitioning=False)
        .with_columns(file=pl.lit(row["file"], dtype=pl.Int64))
        .filter(pl.col("issued_at").dt.date().is_in(days["day"].implode()))
        for row in _tables(log, days)
    ]
    empty = frame.clear().with_columns(file=pl.lit(0, dtype=pl.Int64))
    rows = pl.concat([empty, *found])
    return Standing(rows, _words(plan_keys(frame), rows))


def _tables(log: sqlite3.Connection, days: pl.DataFrame) -> Sequence[sqlite3.Row]:
    query = """SELECT DISTINCT t.path, t.staged, t.file FROM issue_days d JOIN tables t
               ON t.path = d.path WHERE t.kind = 'plans' AND d.customer = ? AND d.day IN ({})"""
    found = []
    for (customer,), own in days.group_by("customer", maintain_order=True):
        texts = sorted(map(str, own["day"].to_list()))
        found += rows_in(log, query, texts, (customer,))
    return list({row["path"]: row for row in found}.values())


def _words(keys: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    there = rows.select(*KEY, "plan", "arrived_at", "file").unique()
    known = (
        keys.select(*KEY, "arrived_at")
        .join(there, on=KEY, suffix="_there")
        .filter(pl.col("arrived_at_there") <= pl.col("arrived_at"))
        .sort("arrived_at_there", "file")
        .group_by(KEY, maintain_order=True)
        .last()
        .select(*KEY, there="plan")
    )
    word = (
        pl.when(pl.col("there").is_null()).then(pl.lit(NEW))
        .when(pl.col("there") == pl.col("plan")).then(pl.lit(SAME))
        .otherwise(pl.lit(LATER))
    )  # fmt: skip
    return keys.join(known, on=KEY, how="left", maintain_order="left").with_columns(word=word)
