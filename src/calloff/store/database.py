"""The small SQLite files of a store: read, or changed as a whole or not at all.

Their rollback journals make a commit whole or nothing, also on shared folders.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail

PATIENCE = 120.0  # seconds to wait for another that writes


@dataclass(frozen=True)
class Database:
    """A SQLite in the folder of a store.

    Attributes:
        path: the file.
        schema: statements that make its tables.
        newest: the table that is made last; where it is not there, the schema is made.
    """

    path: Path
    schema: str
    newest: str

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Look into it; yields the connection. Raises CalloffError where it cannot be read."""
        with self._told(), self._connection() as data:
            data.execute("PRAGMA query_only = ON")
            yield data

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change it, as a whole or not at all, while no other does; yields the connection. Raises
        CalloffError where it cannot be written."""
        with self._told(), self._connection() as data:
            data.execute("BEGIN IMMEDIATE")
            try:
                yield data
                data.execute("COMMIT")
            except BaseException:
                if data.in_transaction:
                    data.execute("ROLLBACK")
                raise

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        data = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            data.row_factory = sqlite3.Row
            data.execute("PRAGMA synchronous = FULL")
            there = "SELECT 1 FROM sqlite_master WHERE name = ?"
            if not data.execute(there, [self.newest]).fetchone():
                data.executescript(f"BEGIN IMMEDIATE; {self.schema} COMMIT;")
            yield data
        finally:
            data.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        where = Where(file=plain(str(self.path.parent)))
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = "store.write" if isinstance(error, sqlite3.OperationalError) else "store.damaged"
            raise fail(code, where, error=error) from error


def rows_in(
    data: sqlite3.Connection, query: str, values: Sequence[Any], more: Sequence[Any] = ()
) -> list[sqlite3.Row]:
    """Ask about many values at once.

    Args:
        data: the connection.
        query: with "{}" where the values stand.
        values: any number of them.
        more: values before them.

    Returns:
        All rows.
    """
    found: list[sqlite3.Row] = []
    for at in range(0, len(values), 500):  # SQLite takes 999 at once
        some = list(values[at : at + 500])
        found += data.execute(query.format(", ".join("?" * len(some))), [*more, *some]).fetchall()
    return found
