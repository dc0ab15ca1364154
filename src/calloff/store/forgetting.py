"""The plans of a delivered file, removed from a store for good.

The log forgets them as a whole or not at all; then their tables are removed. Where the process is
killed in between, the next one that adds or removes does that.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from calloff.store.database import rows_in
from calloff.store.folder import STAGING, Store
from calloff.store.manifest import reading, writing
from calloff.store.staging import sweep_removed
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail

SHORT = 12  # letters by which a file is named


@dataclass(frozen=True)
class Delivery:
    """A file that was added.

    Attributes:
        hash: of its bytes, SHA-256 in hexadecimal.
        file: its path when it was added.
        arrived: when it arrived (ISO, or "issued").
        customers: whose plans it held.
        quantities: how many of it are in the store; what was there before it is not counted.
    """

    hash: str
    file: str
    arrived: str
    customers: tuple[str, ...]
    quantities: int


def deliveries(store: Store, name: str = "") -> list[Delivery]:
    """List the files that were added.

    Args:
        store: the store.
        name: the beginning of the hash of those that are wanted.

    Returns:
        The files, the oldest first; one that was added with several times of arrival for each.
    """
    query = """SELECT f.*, coalesce(sum(t.rows), 0) AS quantities FROM files f
               LEFT JOIN tables t ON t.file = f.id AND t.kind = 'plans'
               WHERE f.hash != '' AND substr(f.hash, 1, ?) = ? GROUP BY f.id ORDER BY f.id"""
    with reading(store) as log:
        rows = log.execute(query, [len(name), name]).fetchall()
    return [Delivery(row["hash"], row["file"], row["arrived"], _customers(row), row["quantities"])
            for row in rows]  # fmt: skip


def find_delivery(store: Store, name: str) -> list[Delivery]:
    """Find a file that was added.

    Args:
        store: the store.
        name: its hash, or the beginning of it.

    Returns:
        The file, once for each of its times of arrival.

    Raises:
        CalloffError: there is none, or more than one.
    """
    found = deliveries(store, name) if name else []
    if len({each.hash for each in found}) != 1:
        code = "store.several_files" if found else "store.no_file"
        raise fail(code, Where(file=plain(str(store.root))), name=name)
    return found


def forget(store: Store, name: str) -> list[Delivery]:
    """Remove the plans of a file, and all else that was read of it, for good. Files that were added
    after it can be added again, as they may have brought the same plans.

    Args:
        store: the store.
        name: hash of the file, or the beginning of it.

    Returns:
        What was removed.

    Raises:
        CalloffError: there is no such file, or the store cannot be written; then it is as it was.
    """
    found = find_delivery(store, name)
    with writing(store) as log:
        ids = [row["id"] for row in log.execute("SELECT id FROM files WHERE hash = ?",
                                                [found[0].hash])]  # fmt: skip
        _forget(log, ids)
        _may_come_again(log, ids, {name for each in found for name in each.customers})
        log.execute("""DELETE FROM customers WHERE name NOT IN (SELECT customer FROM tables)""")
    with writing(store) as log:  # nobody adds the same file meanwhile
        sweep_removed(store, log)
    return found


def _forget(log: sqlite3.Connection, ids: Sequence[int]) -> None:
    rows = rows_in(log, "SELECT path, staged FROM tables WHERE file IN ({})", ids)
    paths = [row["path"] for row in rows]
    there = [*paths, *(f"{STAGING}/{row['staged']}" for row in rows)]
    log.executemany("INSERT OR IGNORE INTO removed VALUES (?)", [(path,) for path in there])
    log.executemany("DELETE FROM issue_days WHERE path = ?", [(path,) for path in paths])
    log.executemany("DELETE FROM tables WHERE path = ?", [(path,) for path in paths])
    now = datetime.now().replace(microsecond=0).isoformat()
    # The number stays taken: forecasts say by it which files counted.
    change = "key = 'forgotten ' || id, hash = '', file = '', facts = '{\"customers\": []}'"
    log.executemany(f"UPDATE files SET {change}, added = ? WHERE id = ?", [(now, at) for at in ids])


def _may_come_again(log: sqlite3.Connection, ids: Sequence[int], customers: set[str]) -> None:
    """Files of these customers that came later are not known any more when they come again."""
    rows = log.execute("SELECT * FROM files WHERE id > ? AND hash != ''", [min(ids)]).fetchall()
    later = [row["id"] for row in rows if customers & set(_customers(row))]
    log.executemany("UPDATE files SET key = 'again ' || id || ' ' || key WHERE id = ?",
                    [(at,) for at in later])  # fmt: skip


def _customers(row: sqlite3.Row) -> tuple[str, ...]:
    return tuple(json.loads(row["facts"])["customers"])
