"""Runs in a folder: what is known of each in SQLite, its files in a folder of its own.

    FOLDER/runs.sqlite        runs and overrides
    FOLDER/runs/ID/input/     the files as they came
    FOLDER/runs/ID/result/    what was made of them

The write-ahead log keeps every committed state whatever kills the process; a file is written
beside its place and renamed. So a run is either done with all of its results, or it is not done.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calloff.texts.errors import Problem, Where, fail

FORMAT = 1  # of the tables below
TABLES = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, finished TEXT,
    job TEXT NOT NULL, facts TEXT NOT NULL DEFAULT '{}', problems TEXT NOT NULL DEFAULT '[]');
CREATE INDEX runs_by_owner ON runs (owner, created);
CREATE INDEX runs_by_state ON runs (state, created);
CREATE TABLE overrides (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    part TEXT NOT NULL, pieces REAL NOT NULL, made TEXT NOT NULL, PRIMARY KEY (run, part));
"""
# The owner with the fewest runs at work is next, so that nobody waits for another's whole pile.
NEXT = """
UPDATE runs SET state = 'running', started = ? WHERE id = (
    SELECT waiting.id FROM runs AS waiting WHERE waiting.state = 'queued'
    ORDER BY (SELECT COUNT(*) FROM runs AS busy
              WHERE busy.state = 'running' AND busy.owner = waiting.owner), created, rowid LIMIT 1)
RETURNING *
"""
FINAL = ("done", "failed", "interrupted")


@dataclass(frozen=True)
class Run:
    """One run. owner: who may see it; kind: "forecast" or "inspect"; state: queued, running,
    done, failed or interrupted; created, started, finished: UTC, ISO; job: what was asked for;
    facts: what is known of the result; problems: why it failed."""

    id: str
    owner: str
    kind: str
    state: str
    created: str
    started: str | None
    finished: str | None
    job: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class OwnNumber:
    """A planner's own number, in pieces, and when it was given (UTC, ISO)."""

    pieces: float
    made: str


class RunStore:
    """The runs kept in one folder. One process at a time; its threads may share it."""

    def __init__(self, folder: str | Path) -> None:
        """Open or make it. Raises CalloffError where it cannot be used, or another process does."""
        self.root = Path(folder).expanduser().absolute()
        self._lock = threading.RLock()
        try:
            (self.root / "runs").mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)  # plans are nobody else's business
            self._guard = _only_one(self.root)
            self._data = _connect(self.root)
        except (OSError, sqlite3.Error) as error:
            raise fail("history.refused", Where(file=str(self.root)), error=error) from error

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._data.close()
            self._guard.close()

    def folder(self, run: str) -> Path:
        """Where the files of a run are."""
        return self.root / "runs" / run

    def new_id(self) -> str:
        """An id that cannot be guessed, with a folder for its input."""
        made = secrets.token_hex(10)
        (self.folder(made) / "input").mkdir(parents=True)
        return made

    def add(self, run: str, owner: str, kind: str, job: Mapping[str, Any]) -> Run:
        """Queue a run whose input is in its folder."""
        row = (run, owner, kind, "queued", _now(), json.dumps(job, ensure_ascii=False))
        names = "id, owner, kind, state, created, job"
        self._change(f"INSERT INTO runs ({names}) VALUES (?, ?, ?, ?, ?, ?)", row)
        return self._one("SELECT * FROM runs WHERE id = ?", (run,))[0]

    def get(self, run: str, owner: str) -> Run | None:
        """A run of this owner; None also for another's."""
        found = self._one("SELECT * FROM runs WHERE id = ? AND owner = ?", (run, owner))
        return found[0] if found else None

    def runs(self, owner: str) -> list[Run]:
        """The forecasts of an owner, the newest first."""
        wanted = "owner = ? AND kind = 'forecast'"
        return self._one(
            f"SELECT * FROM runs WHERE {wanted} ORDER BY created DESC, rowid DESC", (owner,)
        )

    def waiting(self) -> int:
        """How many runs are queued."""
        with self._lock:
            (count,) = self._data.execute(
                "SELECT COUNT(*) FROM runs WHERE state = 'queued'"
            ).fetchone()
        return int(count)

    def claim(self) -> Run | None:
        """Take the run that is next, if one waits: from now on it is running."""
        found = self._one(NEXT, (_now(),))
        return found[0] if found else None

    def finish(self, run: str, facts: Mapping[str, Any]) -> None:
        """Its results are all there."""
        row = (_now(), json.dumps(facts, ensure_ascii=False), run)
        change = "state = 'done', finished = ?, facts = ?"
        self._change(f"UPDATE runs SET {change} WHERE id = ? AND state = 'running'", row)

    def fail(self, run: str, problems: Sequence[Problem], state: str = "failed") -> None:
        """It came to nothing, and why."""
        told = json.dumps([pack(problem) for problem in problems], ensure_ascii=False)
        change = "state = ?, finished = ?, problems = ?"
        row = (state, _now(), told, run)
        self._change(f"UPDATE runs SET {change} WHERE id = ? AND state = 'running'", row)

    def restart(self, run: str) -> None:
        """Queue a run once more that was interrupted or failed."""
        change = "state = 'queued', started = NULL, finished = NULL, problems = '[]'"
        states = "state IN ('interrupted', 'failed')"
        self._change(f"UPDATE runs SET {change} WHERE id = ? AND {states}", (run,))

    def delete(self, run: str) -> None:
        """Forget a run and its files."""
        self._change("DELETE FROM runs WHERE id = ?", (run,))
        shutil.rmtree(self.folder(run), ignore_errors=True)

    def overrides(self, run: str, before: str = "~") -> dict[str, float]:
        """Part -> pieces that the planner holds against the forecast, made before a time."""
        return {part: own.pieces for part, own in self.own(run).items() if own.made < before}

    def own(self, run: str) -> dict[str, OwnNumber]:
        """The same with the time at which each number was given."""
        with self._lock:
            rows = self._data.execute(
                "SELECT part, pieces, made FROM overrides WHERE run = ? ORDER BY part", (run,)
            ).fetchall()
        return {row["part"]: OwnNumber(row["pieces"], row["made"]) for row in rows}

    def set_overrides(self, run: str, pieces: Mapping[str, float]) -> None:
        """Keep these in place of those before; a number that stays was made when it was made."""
        with self._lock:
            before, now = self.own(run), OwnNumber(-1, _now())
            rows = [
                (run, part, value, old.made if (old := before.get(part, now)).pieces == value
                 else now.made)
                for part, value in pieces.items()
            ]  # fmt: skip
            with self._data:
                self._data.execute("DELETE FROM overrides WHERE run = ?", (run,))
                self._data.executemany("INSERT INTO overrides VALUES (?, ?, ?, ?)", rows)

    def inherit(self, run: str, before: str) -> None:
        """Take the planner's numbers of another run of the same question along."""
        copied = "SELECT ?, part, pieces, made FROM overrides WHERE run = ?"
        self._change(f"INSERT OR IGNORE INTO overrides {copied}", (run, before))

    def recover(self) -> None:
        """After a start: mark what was cut short, and clear away what no run owns."""
        interrupted = json.dumps([pack(Problem("history.interrupted"))])
        change = "state = 'interrupted', finished = ?, problems = ?"
        self._change(f"UPDATE runs SET {change} WHERE state = 'running'", (_now(), interrupted))
        self._change("DELETE FROM runs WHERE kind != 'forecast'", ())
        known = {run.id for run in self._one("SELECT * FROM runs", ())}
        for folder in (self.root / "runs").iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _one(self, query: str, values: Sequence[Any]) -> list[Run]:
        with self._lock, self._data:
            return [_run(row) for row in self._data.execute(query, values).fetchall()]

    def _change(self, query: str, values: Sequence[Any]) -> None:
        with self._lock, self._data:
            self._data.execute(query, values)


def pack(problem: Problem) -> dict[str, Any]:
    """A problem as a plain value, without words."""
    facts = {name: str(fact) for name, fact in problem.facts.items()}
    return {"code": problem.code, "where": asdict(problem.where), "facts": facts}


def unpack(value: Mapping[str, Any]) -> Problem:
    """The problem that ``pack`` made plain."""
    return Problem(value["code"], Where(**value["where"]), value["facts"])


def _run(row: sqlite3.Row) -> Run:
    fields = dict(row)
    problems = tuple(unpack(value) for value in json.loads(fields.pop("problems")))
    job, facts = json.loads(fields.pop("job")), json.loads(fields.pop("facts"))
    return Run(**fields, job=job, facts=facts, problems=problems)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _only_one(root: Path) -> sqlite3.Connection:
    """A lock on the folder that the system lets go of when the process ends, however it ends."""
    guard = sqlite3.connect(
        root / "lock.sqlite", timeout=0.5, check_same_thread=False, isolation_level=None
    )
    try:
        guard.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        guard.close()
        raise fail("history.busy", Where(file=str(root))) from error
    return guard


def _connect(root: Path) -> sqlite3.Connection:
    data = sqlite3.connect(root / "runs.sqlite", timeout=10, check_same_thread=False)
    data.row_factory = sqlite3.Row
    (found,) = data.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        data.close()
        raise fail("history.newer", Where(file=str(root)))
    data.execute("PRAGMA journal_mode = WAL")
    data.execute("PRAGMA foreign_keys = ON")
    if not found:
        data.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")
    return data
