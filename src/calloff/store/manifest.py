"""Which files were added to a store, and which tables are from them: a small SQLite.

What it does not name is not in the store. Whoever writes holds its lock from the first look to the
commit.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from calloff.store.database import Database
from calloff.store.folder import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, hash TEXT NOT NULL, file TEXT NOT NULL,
    arrived TEXT NOT NULL, added TEXT NOT NULL, facts TEXT NOT NULL, UNIQUE (key, arrived));
CREATE TABLE IF NOT EXISTS tables (
    path TEXT PRIMARY KEY, kind TEXT NOT NULL, file INTEGER NOT NULL REFERENCES files (id),
    customer TEXT NOT NULL, staged TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS tables_by_file ON tables (file);
CREATE TABLE IF NOT EXISTS issue_days (
    customer TEXT NOT NULL, day TEXT NOT NULL, arrived TEXT NOT NULL,
    path TEXT NOT NULL REFERENCES tables (path),
    PRIMARY KEY (customer, day, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS customers (name TEXT PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS removed (path TEXT PRIMARY KEY);
"""


@dataclass(frozen=True)
class Table:
    """A table of a store.

    Attributes:
        path: where it belongs, below the folder.
        kind: "plans", "calls", "receipts", "faults" or "rows_set_aside".
        file: number of the file that it is from.
        customer: whose plans it holds; empty in tables of all.
        staged: its name before it is where it belongs.
        rows: how many there are.
        days: issue day -> day of arrival, ISO.
    """

    path: str
    kind: str
    file: int
    customer: str
    staged: str
    rows: int
    days: dict[str, str]


def _log(store: Store) -> Database:
    return Database(store.log, SCHEMA, "removed")


def reading(store: Store) -> AbstractContextManager[sqlite3.Connection]:
    """Look into the log of a ``store``; gives the connection."""
    return _log(store).reading()


def writing(store: Store) -> AbstractContextManager[sqlite3.Connection]:
    """Change the log of a ``store``, as a whole or not at all, while no other does; gives the
    connection."""
    return _log(store).writing()


def insert_file(log: sqlite3.Connection, row: dict[str, Any]) -> int:
    """Write a file down.

    Args:
        log: from ``writing``.
        row: its key, hash, file, arrived, added and facts.

    Returns:
        Its number.
    """
    names = ("key", "hash", "file", "arrived", "added", "facts")
    query = f"INSERT INTO files ({', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?)"
    return int(log.execute(query, [row[name] for name in names]).lastrowid or 0)


def insert_table(log: sqlite3.Connection, table: Table) -> None:
    """Write a ``table`` with its issue days into the ``log``."""
    row = (table.path, table.kind, table.file, table.customer, table.staged, table.rows)
    log.execute("INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?)", row)
    days = [(table.customer, day, came, table.path) for day, came in table.days.items()]
    log.executemany("INSERT INTO issue_days VALUES (?, ?, ?, ?)", days)


def known_customers(log: sqlite3.Connection) -> list[str]:
    """Names of all customers of which the ``log`` has a table, in order."""
    query = "SELECT DISTINCT customer FROM tables WHERE customer != '' ORDER BY customer"
    return [row["customer"] for row in log.execute(query)]
