"""Who may enter a server that others can reach: accounts with a key each, and their sessions.

    FOLDER/accounts.sqlite

Keys and sessions are random; only their digests are kept. A key is shown once, when it is made on
the command line; a lost one is replaced there, and every session of the old one ends with it.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calloff.texts.errors import Where, fail
from calloff.web.clock import now
from calloff.web.database import let_go

NAME = "accounts.sqlite"
LONGEST = 60  # characters of a name
DAY = 24 * 3600.0
SESSION = 30 * DAY  # seconds for which a session lives without being used
RENEWED = DAY  # age at which it gets another secret
OVERLAP = 3600.0  # seconds for which the old secret counts as well: answers may be lost
TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, team TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, made TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL,
    made TEXT NOT NULL, ends TEXT NOT NULL, renewed INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True)
class Account:
    """name: who; team: with whom runs are shared (empty: nobody); digest: of the key."""

    name: str
    team: str
    digest: str
    made: str


@dataclass(frozen=True)
class Session:
    """Who has logged in with which key (its digest), when, and whether it goes on as another."""

    name: str
    key: str
    made: str
    renewed: int


class Accounts:
    """The accounts of one folder. The command line may change them while a server runs."""

    def __init__(self, root: Path) -> None:
        """Open or make them. Raises CalloffError where the folder cannot be used."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
            self._data = sqlite3.connect(
                root / NAME, timeout=5.0, check_same_thread=False, isolation_level=None
            )
            with let_go(self._data):
                self._data.execute("PRAGMA journal_mode = WAL")
                self._data.executescript(TABLES)
        except (OSError, sqlite3.Error) as error:
            raise fail("history.refused", Where(file=str(root)), error=error) from error
        self._data.row_factory = sqlite3.Row
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._data.close()

    def all(self) -> list[Account]:
        """The accounts, by name."""
        return [_account(row) for row in self._run("SELECT * FROM accounts ORDER BY name")]

    def get(self, name: str) -> Account | None:
        """The account of a name."""
        rows = self._run("SELECT * FROM accounts WHERE name = ?", (clean_name(name),))
        return _account(rows[0]) if rows else None

    def of_key(self, key: str) -> Account | None:
        """Whose key it is."""
        rows = self._run("SELECT * FROM accounts WHERE digest = ?", (digest(key),))
        return _account(rows[0]) if rows else None

    def new_key(self, name: str, team: str | None = None) -> str:
        """Make a key for a name, in place of the one before; the team stays where none is given.
        Raises CalloffError for what is no name."""
        name = check_name(name)
        before = self.get(name)
        team = check_name(team) if team else (before.team if before and team is None else "")
        key = secrets.token_urlsafe(32)
        row = (name, team, digest(key), now())
        self._run("INSERT OR REPLACE INTO accounts (name, team, digest, made) "
                  "VALUES (?, ?, ?, ?)", row)  # fmt: skip
        return key

    def end_key(self, name: str) -> bool:
        """Let nobody in by this name any more; whether anybody could."""
        return bool(self._run("DELETE FROM accounts WHERE name = ? RETURNING 1",
                              (clean_name(name),)))  # fmt: skip

    def open_session(self, name: str, key: str) -> str:
        """The secret of a new session of somebody who has shown a key (its digest)."""
        secret = secrets.token_urlsafe(32)
        self._run("DELETE FROM sessions WHERE ends < ?", (now(),))
        row = (digest(secret), name, key, now(), now(-SESSION))
        self._run("INSERT INTO sessions (digest, name, key, made, ends) VALUES (?, ?, ?, ?, ?)",
                  row)  # fmt: skip
        return secret

    def session(self, secret: str) -> Session | None:
        """The session of a secret, if it has not ended."""
        query = "SELECT name, key, made, renewed FROM sessions WHERE digest = ? AND ends > ?"
        rows = self._run(query, (digest(secret), now()))
        return Session(*rows[0]) if rows else None

    def renew(self, secret: str) -> str | None:
        """Another secret for a session that has had its own for a day; it counts from now on, and
        the old one for a while."""
        found = self.session(secret)
        if found is None or found.renewed or found.made > now(RENEWED):
            return None  # without a change that needs the lock
        query = (
            "UPDATE sessions SET renewed = 1, ends = ? WHERE digest = ? AND NOT renewed RETURNING 1"
        )
        rows = self._run(query, (now(-OVERLAP), digest(secret)))
        return self.open_session(found.name, found.key) if rows else None

    def end_session(self, secret: str) -> None:
        """Log out."""
        self._run("DELETE FROM sessions WHERE digest = ?", (digest(secret),))

    def _run(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._data.execute(query, values).fetchall()


def digest(key: str) -> str:
    """What is kept of a key: it is random, so that one plain hash is enough."""
    return hashlib.sha256(b"calloff key " + key.encode()).hexdigest()


def clean_name(name: str) -> str:
    """A name as it is compared: one spelling of each letter, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def check_name(name: str) -> str:
    """A name as it is kept. Raises CalloffError for what is none."""
    found = clean_name(name)
    if not found or len(found) > LONGEST or not found.isprintable():
        raise fail("serve.bad_name", name=found[:LONGEST], limit=LONGEST)
    return found


def _account(row: sqlite3.Row) -> Account:
    return Account(row["name"], row["team"], row["digest"], row["made"])
