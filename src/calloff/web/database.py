"""The one database of a folder: its tables, the way from older ones, and who may write when.

The write-ahead log lets readers go on while another writes, or holds the lock: there is one
connection for each. Whoever waits for the lock gives up after a few seconds with sqlite3's error;
whoever asked may try again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calloff.texts.errors import Where, fail

NAME = "runs.sqlite"
PATIENCE = 5.0  # seconds to wait for the lock
TURNS = 4  # times as long for one's turn among our own threads, of which each takes a moment only
FORMATS = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
        created TEXT NOT NULL, started TEXT, finished TEXT, job TEXT NOT NULL,
        facts TEXT NOT NULL DEFAULT '{}', problems TEXT NOT NULL DEFAULT '[]');
    CREATE INDEX runs_by_owner ON runs (owner, created);
    CREATE INDEX runs_by_state ON runs (state, created);
    CREATE TABLE overrides (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        part TEXT NOT NULL, pieces REAL NOT NULL, made TEXT NOT NULL, PRIMARY KEY (run, part));
    """,
    """
    ALTER TABLE runs ADD COLUMN author TEXT NOT NULL DEFAULT '';
    ALTER TABLE overrides ADD COLUMN author TEXT NOT NULL DEFAULT '';
    ALTER TABLE overrides ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    CREATE TABLE override_changes (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        part TEXT NOT NULL, before REAL, pieces REAL, made TEXT NOT NULL,
        author TEXT NOT NULL, reason TEXT NOT NULL);
    CREATE INDEX changes_by_run ON override_changes (run, id);
    """,
    """
    CREATE TABLE dated (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        part TEXT NOT NULL, target TEXT NOT NULL, pieces REAL NOT NULL, made TEXT NOT NULL,
        author TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (run, target, part));
    INSERT INTO dated SELECT run, part, json_extract(facts, '$.targets[0]'), pieces, made,
        overrides.author, reason FROM overrides JOIN runs ON runs.id = run
        WHERE json_extract(facts, '$.targets[0]') IS NOT NULL;
    DROP TABLE overrides;
    ALTER TABLE dated RENAME TO overrides;
    ALTER TABLE override_changes ADD COLUMN target TEXT NOT NULL DEFAULT '';
    UPDATE override_changes SET target = COALESCE((SELECT json_extract(facts, '$.targets[0]')
        FROM runs WHERE runs.id = run), '');
    """,
)  # what each format adds to the one before


@contextmanager
def let_go(data: sqlite3.Connection) -> Iterator[None]:
    """Close ``data`` where what is done inside fails, so that no file stays open."""
    try:
        yield
    except BaseException:
        data.close()
        raise


class Database:
    """Reading and writing, from any thread."""

    def __init__(self, root: Path) -> None:
        """Open or make it. Raises CalloffError where a newer calloff wrote it, sqlite3.Error
        where it cannot be used."""
        self._writer = _connect(root / NAME)
        with let_go(self._writer):
            _upgrade(self._writer, root)
            self._reader = _connect(root / NAME)
            with let_go(self._reader):
                self._reader.execute("PRAGMA query_only = ON")
        self._writing, self._reading = threading.Lock(), threading.Lock()

    def close(self) -> None:
        """Let go of the file, when whoever is at it has done."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a question."""
        with self._reading:
            return self._reader.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, kept whole or not at all. Raises sqlite3.OperationalError where the
        lock is not to be had in time."""
        if not self._writing.acquire(timeout=TURNS * PATIENCE):
            raise sqlite3.OperationalError("database is locked")
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                _roll_back(self._writer)
                raise
            self._commit()
        finally:
            self._writing.release()

    def change(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """One change, and the rows that it returns."""
        with self.writing() as data:
            return data.execute(query, values).fetchall()

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error:  # a full disk: the transaction may still be open
            _roll_back(self._writer)
            raise


def _roll_back(data: sqlite3.Connection) -> None:
    if data.in_transaction:
        data.execute("ROLLBACK")


def _connect(path: Path) -> sqlite3.Connection:
    data = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False, isolation_level=None)
    data.row_factory = sqlite3.Row
    with let_go(data):
        data.execute("PRAGMA foreign_keys = ON")
    return data


def _upgrade(data: sqlite3.Connection, root: Path) -> None:
    (found,) = data.execute("PRAGMA user_version").fetchone()
    if found > len(FORMATS):
        raise fail("history.newer", Where(file=str(root)))
    data.execute("PRAGMA journal_mode = WAL")
    for number in range(found, len(FORMATS)):
        data.executescript(f"BEGIN; {FORMATS[number]} PRAGMA user_version = {number + 1}; COMMIT;")
