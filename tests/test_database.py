"""The database of a folder: what older versions wrote, what a lock stops, what is kept whole."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calloff.texts.errors import CalloffError
from calloff.web import database
from calloff.web.database import Database
from calloff.web.run_store import RunStore

TARGET = "2024-03-07"
FIRST = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, finished TEXT,
    job TEXT NOT NULL, facts TEXT NOT NULL DEFAULT '{}', problems TEXT NOT NULL DEFAULT '[]');
CREATE INDEX runs_by_owner ON runs (owner, created);
CREATE INDEX runs_by_state ON runs (state, created);
CREATE TABLE overrides (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    part TEXT NOT NULL, pieces REAL NOT NULL, made TEXT NOT NULL, PRIMARY KEY (run, part));
INSERT INTO runs VALUES ('1f', 'a-digest', 'forecast', 'done', '2024-03-04T05:06:07.000Z', NULL,
    NULL, '{"files": ["계획.xls"], "settings": {"lead": 3}}',
    '{"lead": 3, "targets": ["2024-03-07"]}', '[]');
INSERT INTO overrides VALUES ('1f', 'Part 1', 7.0, '2024-03-04T06:00:00.000Z');
PRAGMA user_version = 1;
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder as the first version left it."""
    (tmp_path / "runs" / "1f" / "input").mkdir(parents=True)
    with sqlite3.connect(tmp_path / database.NAME) as data:
        data.executescript(FIRST)
    data.close()
    return tmp_path


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    yield made
    made.close()


def test_a_folder_of_the_first_version_goes_on(old: Path) -> None:
    store = RunStore(old)
    store.recover()
    (run,) = store.runs()  # whoever is at this computer sees it, whatever its key was
    assert (run.id, run.owner, run.files) == ("1f", "a-digest", ["계획.xls"])
    assert store.numbers.pieces("1f") == {(TARGET, "Part 1"): 7.0}
    assert store.numbers.of("1f")[TARGET, "Part 1"].made == "2024-03-04T06:00:00.000Z"
    store.numbers.change("1f", (TARGET, "Part 1"), 8.0, 7.0, "ann", "more is coming")
    store.close()
    again = RunStore(old)
    assert again.numbers.pieces("1f") == {(TARGET, "Part 1"): 8.0}
    assert (old / "runs" / "1f" / "input").exists()
    again.close()


def test_a_folder_of_a_newer_version_is_left_alone(old: Path) -> None:
    with sqlite3.connect(old / database.NAME) as data:
        data.execute("PRAGMA user_version = 99")
    data.close()
    with pytest.raises(CalloffError) as error:
        RunStore(old)
    assert error.value.problems[0].code == "history.newer"


def test_a_change_that_fails_half_way_changes_nothing(data: Database) -> None:
    with pytest.raises(ZeroDivisionError), data.writing() as inside:
        inside.execute("INSERT INTO runs (id, owner, kind, state, created, job) "
                       "VALUES ('a', 'b', 'c', 'd', 'e', '{}')")  # fmt: skip
        raise ZeroDivisionError
    assert data.read("SELECT * FROM runs") == []
    assert data.change("SELECT 1")[0][0] == 1  # and the next one begins afresh


def test_readers_go_on_while_another_program_holds_the_lock(
    data: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    held = sqlite3.connect(tmp_path / database.NAME, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    data._writer.execute("PRAGMA busy_timeout = 200")
    began = time.monotonic()
    errors: list[str] = []

    def write() -> None:
        try:
            data.change("DELETE FROM runs")
        except sqlite3.OperationalError as error:
            errors.append(str(error))

    writers = [threading.Thread(target=write) for _ in range(5)]
    for writer in writers:
        writer.start()
    assert data.read("SELECT COUNT(*) FROM runs")[0][0] == 0
    for writer in writers:
        writer.join()
    assert errors == ["database is locked"] * 5
    assert time.monotonic() - began < 5.0  # one does not wait for the other's whole wait
    held.execute("ROLLBACK")
    held.close()
    data.change("DELETE FROM runs")


def test_who_waits_for_others_of_ours_has_more_patience(
    data: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty uploads at once on a slow disk: none is refused because forty-nine were first."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    began = threading.Event()

    def write() -> None:
        with data.writing():
            began.set()
            time.sleep(0.4)

    other = threading.Thread(target=write)
    other.start()
    assert began.wait(10)
    data.change("DELETE FROM runs")
    other.join()
