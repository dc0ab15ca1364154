"""Which files were added to a store, and which tables are from them: a small SQLite.

Its rollback journal makes a commit whole or nothing, also on shared folders; what it does not name
is not in the store. Whoever writes holds its lock from the first look to the commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from calloff.store.folder import Store
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail

PATIENCE = 120.0  # seconds to wait for another that adds
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


@contextmanager
def reading(store: Store) -> Iterator[sqlite3.Connection]:
    """Look into the log of a ``store``; yields the connection."""
    with _told(store), _connection(store) as log:
        log.execute("PRAGMA query_only = ON")
        yield log


@contextmanager
def writing(store: Store) -> Iterator[sqlite3.Connection]:
    """Change the log of a ``store``, as a whole or not at all, while no other does; yields the
    connection."""
    with _told(store), _connection(store) as log:
        log.execute("BEGIN IMMEDIATE")
        try:
            yield log
            log.execute("COMMIT")
        except BaseException:
            if log.in_transaction:
                log.execute("ROLLBACK")
            raise


@contextmanager
def _connection(store: Store) -> Iterator[sqlite3.Connection]:
    log = sqlite3.connect(store.log, timeout=PATIENCE, isolation_level=None)
    try:
        log.row_factory = sqlite3.Row
        log.execute("PRAGMA synchronous = FULL")
        if not log.execute("SELECT 1 FROM sqlite_master WHERE name = 'customers'").fetchone():
            log.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        yield log
    finally:
        log.close()


@contextmanager
def _told(store: Store) -> Iterator[None]:
    where = Where(file=plain(str(store.root)))
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = "store.write" if isinstance(error, sqlite3.OperationalError) else "store.damaged"
        raise fail(code, where, error=error) from error


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


def rows_in(
    log: sqlite3.Connection, query: str, values: Sequence[Any], more: Sequence[Any] = ()
) -> list[sqlite3.Row]:
    """Ask about many values at once.

    Args:
        log: from ``reading`` or ``writing``.
        query: with "{}" where the values stand.
        values: any number of them.
        more: values before them.

    Returns:
        All rows.
    """
    found: list[sqlite3.Row] = []
    for at in range(0, len(values), 500):  # SQLite takes 999 at once
        some = list(values[at : at + 500])
        found += log.execute(query.format(", ".join("?" * len(some))), [*more, *some]).fetchall()
    return found
