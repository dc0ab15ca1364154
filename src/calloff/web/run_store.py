"""Runs in a folder: what is known of each in SQLite, its files in a folder of its own.

    FOLDER/runs.sqlite        runs and own numbers
    FOLDER/runs/ID/input/     the files as they came
    FOLDER/runs/ID/result/    what was made of them
    FOLDER/store/             the plans that are kept, on this computer
    FOLDER/stores/OWNER/      those of each owner, where people log in

The write-ahead log keeps every committed state whatever kills the process; a file is written
beside its place and renamed. So a run is either done with all of its results, or it is not done.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from calloff.store.folder import is_store, spelt
from calloff.texts.errors import Problem, Where, fail
from calloff.web.clock import now
from calloff.web.database import Database, let_go
from calloff.web.kept import Kept, note_numbers, read_kept
from calloff.web.own_numbers import OwnNumber, OwnNumbers, Place

# The caller with the fewest runs at work is next, so that nobody waits for another's whole pile.
NEXT = """
UPDATE runs SET state = 'running', started = ? WHERE id = (
    SELECT waiting.id FROM runs AS waiting WHERE waiting.state = 'queued'
    ORDER BY (SELECT COUNT(*) FROM runs AS busy WHERE busy.state = 'running'
              AND busy.owner = waiting.owner AND busy.author = waiting.author),
             created, rowid LIMIT 1)
RETURNING *
"""
LOCAL = "local"  # owner of this computer's runs
FINAL = ("done", "failed", "interrupted")
Scope = Sequence[str] | None  # owners whose runs a caller sees; None: everybody's


@dataclass(frozen=True)
class Run:
    """One run. owner: whose it is; author: who began it; kind: "forecast" or "inspect"; state:
    queued, running, done, failed or interrupted; created, started, finished: UTC, ISO; job: what
    was asked for; facts: what is known of the result; problems: why it failed."""

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
    author: str = ""

    @property
    def files(self) -> list[str]:
        """Names of its input files."""
        return list(self.job.get("files", []))

    @property
    def kept_in(self) -> str:
        """The store that its plans are in: below the folder, or elsewhere; empty for none."""
        return str(self.job.get("kept_in") or "")

    @property
    def unmoved(self) -> tuple[Problem, ...]:
        """Why its plans could not be put into a store, where they were to be."""
        return tuple(map(unpack, self.job.get("unmoved", ())))

    @property
    def name(self) -> str:
        """What it is called; its files where nobody gave it a name."""
        return str(self.job.get("name") or ", ".join(self.files))


class RunStore:
    """The runs kept in one folder. One process at a time; its threads may share it."""

    def __init__(self, folder: str | Path, plans: Path | None = None) -> None:
        """Open or make it. plans: a store that is kept elsewhere. Raises CalloffError where it
        cannot be used, or another process does."""
        self.root = Path(folder).expanduser().absolute()
        self.given = plans.absolute() if plans else None
        try:
            (self.root / "runs").mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)  # plans are nobody else's business
            self._guard = _only_one(self.root)
            with let_go(self._guard):
                self._data = Database(self.root)
        except (OSError, sqlite3.Error) as error:
            raise fail("history.refused", Where(file=str(self.root)), error=error) from error
        self.numbers = OwnNumbers(self._data, self._note)

    def close(self) -> None:
        """Let go of the folder."""
        self._data.close()
        self._guard.close()

    def folder(self, run: str) -> Path:
        """Where the files of a run are."""
        return self.root / "runs" / run

    def place_of(self, owner: str) -> str:
        """Where plans of an owner are kept, as ``kept_in`` says it. Whoever has no name shares this
        computer's."""
        if self.given is not None:
            return str(self.given)
        if owner == LOCAL:
            return "store"
        mark = sha256(owner.encode()).hexdigest()[:12]  # names may differ in case only
        return f"stores/{spelt(owner)[:60]}-{mark}"

    def plans(self, run: Run) -> Path | None:
        """The store that a run's plans are in; None for one that is not kept."""
        return self.root / run.kept_in if run.kept_in else None

    def work_of(self, run: Run) -> dict[str, Any]:
        """What a worker is told of a run."""
        plans = self.plans(run)
        return {**run.job, "run": run.id, "folder": str(self.folder(run.id)), "sent": run.created,
                "store": str(plans) if plans else None}  # fmt: skip

    def kept(self, run: str) -> Kept | None:
        """What a run has in its store. Raises ValueError, KeyError or TypeError: damaged."""
        return read_kept(self.folder(run))

    def _note(self, run: str, numbers: Mapping[Place, OwnNumber | None]) -> None:
        """Own numbers of a run that is kept, into the ledger."""
        found = self.get(run)
        plans = self.plans(found) if found else None
        if plans and is_store(plans):
            note_numbers(self.folder(run), plans, run, numbers)

    def unmoved(self) -> list[Run]:
        """Runs that are done, whose plans are in no store and were not meant to stay out of one;
        the oldest first."""
        query = """SELECT * FROM runs WHERE kind = 'forecast' AND state = 'done'
                   AND json_extract(job, '$.kept_in') IS NULL
                   AND coalesce(json_extract(job, '$.keep'), 1) ORDER BY created, rowid"""
        return [run for run in map(_run, self._data.read(query)) if run.state == "done"]

    def moved(self, run: str, place: str, why: Sequence[Problem] = ()) -> None:
        """A run's plans are in a store now; an empty place: they cannot be, and why."""
        change = "job = json_set(job, '$.kept_in', ?, '$.unmoved', json(?))"
        row = (place, _text([pack(problem) for problem in why]), run)
        self._data.change(f"UPDATE runs SET {change} WHERE id = ?", row)

    def new_id(self) -> str:
        """An id that cannot be guessed, with a folder for its input."""
        made = secrets.token_hex(10)
        (self.folder(made) / "input").mkdir(parents=True)
        return made

    def add(self, run: str, owner: str, kind: str, job: Mapping[str, Any], author: str = "") -> Run:
        """Queue a run whose input is in its folder."""
        row = (run, owner, kind, "queued", now(), _text(job), author)
        names = "id, owner, kind, state, created, job, author"
        rows = self._data.change(
            f"INSERT INTO runs ({names}) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *", row
        )
        return _run(rows[0])

    def get(self, run: str, scope: Scope = None) -> Run | None:
        """A run that a caller may see; None also where it is another's."""
        condition, owners = _visible(scope)
        rows = self._data.read(f"SELECT * FROM runs WHERE id = ? AND {condition}", (run, *owners))
        return _run(rows[0]) if rows else None

    def runs(self, scope: Scope = None) -> list[Run]:
        """The forecasts that a caller may see, the newest first."""
        condition, owners = _visible(scope)
        wanted = f"kind = 'forecast' AND {condition}"
        query = f"SELECT * FROM runs WHERE {wanted} ORDER BY created DESC, rowid DESC"
        return [_run(row) for row in self._data.read(query, owners)]

    def waiting(self) -> int:
        """How many runs are queued."""
        (row,) = self._data.read("SELECT COUNT(*) FROM runs WHERE state = 'queued'")
        return int(row[0])

    def claim(self) -> Run | None:
        """Take the run that is next, if one waits: from now on it is running."""
        if not self.waiting():
            return None  # without a look that needs the lock
        rows = self._data.change(NEXT, (now(),))
        return _run(rows[0]) if rows else None

    def finish(self, run: str, facts: Mapping[str, Any]) -> None:
        """Its results are all there."""
        change = "state = 'done', finished = ?, facts = ?"
        row = (now(), _text(facts), run)
        self._data.change(f"UPDATE runs SET {change} WHERE id = ? AND state = 'running'", row)

    def fail(
        self, run: str, problems: Sequence[Problem], state: str = "failed", was: str = "running"
    ) -> None:
        """It came to nothing, and why."""
        change = "state = ?, finished = ?, problems = ?"
        row = (state, now(), _text([pack(problem) for problem in problems]), run, was)
        self._data.change(f"UPDATE runs SET {change} WHERE id = ? AND state = ?", row)

    def restart(self, run: str) -> None:
        """Queue a run once more that was interrupted or failed."""
        change = "state = 'queued', started = NULL, finished = NULL, problems = '[]'"
        states = "state IN ('interrupted', 'failed')"
        self._data.change(f"UPDATE runs SET {change} WHERE id = ? AND {states}", (run,))

    def rename(self, run: str, name: str) -> None:
        """Call a run so; an empty name: by its files."""
        change = "job = json_set(job, '$.name', ?)"
        self._data.change(f"UPDATE runs SET {change} WHERE id = ?", (name, run))

    def before(self, run: Run) -> int:
        """How many runs wait that came before a queued one."""
        query = "SELECT COUNT(*) FROM runs WHERE state = 'queued' AND created < ?"
        (row,) = self._data.read(query, (run.created,))
        return int(row[0])

    def delete(self, run: str) -> None:
        """Forget a run and its files."""
        self._data.change("DELETE FROM runs WHERE id = ?", (run,))
        shutil.rmtree(self.folder(run), ignore_errors=True)

    def give(self, owners: Sequence[str], to: str) -> int:
        """Make the runs of these owners another's; how many there were."""
        condition, values = _visible(owners)
        # What is in the store of one owner is not for another: the runs move to that one's.
        job = "job = json_remove(job, '$.kept_in')"
        query = f"UPDATE runs SET owner = ?, {job} WHERE {condition} RETURNING id"
        return len(self._data.change(query, (to, *values)))

    def owners(self) -> list[str]:
        """All to whom a run belongs."""
        return [str(row[0]) for row in self._data.read("SELECT DISTINCT owner FROM runs")]

    def recover(self) -> None:
        """After a start: mark what was cut short, and clear away what no run owns."""
        interrupted = _text([pack(Problem("history.interrupted"))])
        change = "state = 'interrupted', finished = ?, problems = ?"
        with self._data.writing() as data:
            data.execute(f"UPDATE runs SET {change} WHERE state = 'running'", (now(), interrupted))
            data.execute("DELETE FROM runs WHERE kind != 'forecast'")
        known = {row["id"] for row in self._data.read("SELECT id FROM runs")}
        for folder in (self.root / "runs").iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


def pack(problem: Problem) -> dict[str, Any]:
    """A problem as a plain value, without words."""
    facts = {name: str(fact) for name, fact in problem.facts.items()}
    return {"code": problem.code, "where": asdict(problem.where), "facts": facts}


def unpack(value: Mapping[str, Any]) -> Problem:
    """The problem that ``pack`` made plain."""
    return Problem(value["code"], Where(**value["where"]), value["facts"])


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _visible(scope: Scope) -> tuple[str, tuple[str, ...]]:
    if scope is None:
        return "1", ()
    return f"owner IN ({', '.join('?' * len(scope))})", tuple(scope)


def _run(row: sqlite3.Row) -> Run:
    """A row as a value; one that cannot be read is a run that failed, and says so."""
    fields = dict(row)
    texts = [fields.pop(name) for name in ("problems", "job", "facts")]
    try:
        packed, job, facts = map(json.loads, texts)
        if not (isinstance(job, dict) and isinstance(facts, dict)):
            raise ValueError("no table")
        return Run(**fields, job=job, facts=facts, problems=tuple(map(unpack, packed)))
    except (ValueError, TypeError, KeyError):
        fields["state"] = "failed"
        return Run(**fields, problems=(Problem("history.damaged"),))


def _only_one(root: Path) -> sqlite3.Connection:
    """A lock on the folder that the system lets go of when the process ends, however it ends."""
    guard = sqlite3.connect(
        root / "lock.sqlite", timeout=0.5, check_same_thread=False, isolation_level=None
    )
    with let_go(guard):
        try:
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise fail("history.busy", Where(file=str(root))) from error
    return guard
