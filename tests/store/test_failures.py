"""Killed at any moment, two at once, a full disk: nothing is lost, nothing is half there."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from plan_files import Row, by_day, history, write

from calloff.store import converting, folder
from calloff.store.adding import Adding, add
from calloff.store.converting import current
from calloff.store.folder import LOG, MARK, STAGING, Store, make_store
from calloff.store.load import load
from calloff.store.manifest import reading, writing
from calloff.store.staging import write_staged
from calloff.texts.errors import CalloffError

PARTS, DAYS = 2, 12
ADD = (
    "import sys; from calloff.store.adding import add, Adding; print('ready', flush=True); "
    "sys.stdin.readline(); "
    "[add(sys.argv[1], each, how=Adding(arrived='issued')) for each in sys.argv[2:]]"
)


def rows_by_day() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in history(DAYS, PARTS):
        found.setdefault(row[2][:10], []).append(row)
    return found


def start(store: Path, files: Sequence[Path]) -> subprocess.Popen[str]:
    """A process that adds files one by one as soon as it is told to."""
    words = [sys.executable, "-c", ADD, str(store), *map(str, files)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin and process.stdout
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def whole_files_only(store: Path) -> int:
    """Every day in the store is whole, for those who read the log and for those who read the
    tables alone. How many days there are."""
    expected = rows_by_day()
    try:
        triangle = load(store).triangle
    except CalloffError as error:
        assert {each.code for each in error.problems} <= {"store.empty", "file.absent"}
        return 0
    for at, day in enumerate(map(str, triangle.days)):
        assert triangle.quantity[:, at].tolist() == [row[3] for row in expected[day]]
    tables = sorted((store / "plans").rglob("*.parquet"))
    days = {str(each) for path in tables for each in pl.read_parquet(path)["issued_at"].dt.date()}
    assert days <= set(map(str, triangle.days))
    return len(triangle.days)


# A hundred kills in five stores: those of one need not wait for those of another.
KILLS = [(3, 8), *(pytest.param(seed, 20, marks=pytest.mark.exhaustive) for seed in range(4, 9))]


@pytest.mark.parametrize(("seed", "kills"), KILLS)
def test_killed_again_and_again(tmp_path: Path, seed: int, kills: int) -> None:
    """A process that adds is killed at a random moment, again and again; what it had added stays,
    and in the end all is there."""
    files, store = by_day(tmp_path / "in", history(DAYS, PARTS)), tmp_path / "store"
    rng, known, cut_short = random.Random(seed), 0, 0
    first = start(tmp_path / "trial", files)
    go(first)
    begun = time.monotonic()
    first.communicate()
    assert first.returncode == 0
    took = time.monotonic() - begun
    for turn in range(kills):
        if known == DAYS:  # begin anew, beside
            store, known = tmp_path / f"store{turn}", 0
        process = start(store, files)
        go(process)
        pause = rng.uniform(0, 0.5) * took
        time.sleep(pause)
        if process.poll() is None:
            cut_short += 1
        else:  # the machine was busier when it was measured
            took = pause
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = whole_files_only(store)
        assert now >= known
        known = now
    assert cut_short > kills / 2
    add(store, *files, how=Adding(arrived="issued"))
    assert whole_files_only(store) == DAYS
    assert not list((store / STAGING).iterdir())


def test_a_store_that_cannot_be_begun_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not half of it either, as when the process is killed before the folder is marked."""
    (file,) = by_day(tmp_path / "in", history(1, PARTS))
    before = sorted(tmp_path.iterdir())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("calloff.store.folder.os.fsync", full)
        with pytest.raises(CalloffError):
            add(tmp_path / "store", file)
    assert sorted(tmp_path.iterdir()) == before
    add(tmp_path / "store", file)


def test_two_add_at_once(tmp_path: Path) -> None:
    files, store = by_day(tmp_path / "in", history(DAYS, PARTS)), tmp_path / "store"
    both = [start(store, files), start(store, files[::-1])]
    for each in both:
        go(each)
    for each in both:
        each.communicate()
        assert each.returncode == 0
    assert whole_files_only(store) == DAYS
    with sqlite3.connect(store / LOG) as log:
        assert log.execute("SELECT count(*), count(DISTINCT hash) FROM files").fetchone() == (
            DAYS,
            DAYS,
        )
    log.close()
    tables = [pl.read_parquet(path) for path in (store / "plans").rglob("*.parquet")]
    assert sum(table.height for table in tables) == 6 * DAYS * PARTS  # nothing twice


def test_a_power_cut_takes_nothing_that_the_log_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte of a table, and its name, are on the disk before the log has the file; the name
    that it gets at last is soon after."""
    store, sync = tmp_path / "store", os.fsync
    synced: dict[int, tuple[int, int]] = {}  # inode -> bytes, and files in the log by then

    def watched(handle: int) -> None:
        sync(handle)
        found = os.fstat(handle)
        synced[found.st_ino] = found.st_size, files_in(store)

    monkeypatch.setattr(os, "fsync", watched)
    add(store, *by_day(tmp_path / "in", history(1, PARTS)))
    (table,) = (store / "plans").rglob("*.parquet")
    for path in (table, store / MARK):
        assert synced[path.stat().st_ino] == (path.stat().st_size, 0)
    assert [synced[each.stat().st_ino][1] for each in (store / STAGING, table.parent)] == [0, 1]
    with writing(Store(store)) as log:
        assert log.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def files_in(store: Path) -> int:
    if not (store / LOG).exists():
        return 0
    with reading(Store(store)) as log:
        return int(log.execute("SELECT count(*) FROM files").fetchone()[0])


def test_who_reads_the_log_cannot_change_it(tmp_path: Path) -> None:
    add(tmp_path / "store", *by_day(tmp_path / "in", history(1, PARTS)))
    with pytest.raises(CalloffError), reading(Store(tmp_path / "store")) as log:
        log.execute("DELETE FROM files")
    assert files_in(tmp_path / "store") == 1


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no /dev/full here")
@pytest.mark.parametrize("name", ["a table", "the log"])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    files, store = by_day(tmp_path / "in", history(DAYS, PARTS)), tmp_path / "store"
    add(store, *files[:5], how=Adding(arrived="issued"))
    with monkeypatch.context() as full:
        if name == "a table":
            full.setattr("calloff.store.writing.write_staged", _no_room)
        else:
            full.setattr("calloff.store.writing.insert_table", _log_full)
        with pytest.raises(CalloffError) as refused:
            add(store, files[5], how=Adding(arrived="issued"))
        assert refused.value.problems[0].code == "store.write"
    assert whole_files_only(store) == 5
    add(store, *files, how=Adding(arrived="issued"))
    assert whole_files_only(store) == DAYS
    assert not list((store / STAGING).iterdir())


def _no_room(store: folder.Store, name: str, frame: pl.DataFrame) -> None:
    (store.staging / name).symlink_to("/dev/full")
    write_staged(store, name, frame)


def _log_full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize(("new", "days"), [(True, 4), (False, 3)])
def test_a_table_that_could_not_be_moved_is_read_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new: bool, days: int
) -> None:
    """Until the next file comes, also where that brings nothing."""
    files, store = by_day(tmp_path / "in", history(DAYS, PARTS)), tmp_path / "store"
    with monkeypatch.context() as stopped:
        for module in ("writing", "staging"):
            stopped.setattr(f"calloff.store.{module}.publish", lambda *_: None)
        add(store, *files[:3], how=Adding(arrived="issued"))
    assert whole_files_only(store) == 3
    assert len(list((store / STAGING).iterdir())) == 3
    add(store, files[3 if new else 2], how=Adding(arrived="issued"))
    assert whole_files_only(store) == days
    assert len(list((store / "plans").rglob("*.parquet"))) == days
    assert not list((store / STAGING).iterdir())


def test_leftovers_are_not_read_and_swept(tmp_path: Path) -> None:
    files, store = by_day(tmp_path / "in", history(DAYS, PARTS)), tmp_path / "store"
    add(store, files[0])
    (store / STAGING / "half").write_bytes(b"PAR1 and no more")
    assert whole_files_only(store) == 1
    add(store, files[1], how=Adding(arrived="issued"))
    assert not list((store / STAGING).iterdir())


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", history(3, 2)))
    (table,) = (tmp_path / "store" / "plans").rglob("*.parquet")
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(CalloffError) as refused:
        load(tmp_path / "store")
    assert refused.value.problems[0].where.file == str(table)
    (tmp_path / "store" / LOG).write_bytes(b"no database, but long enough to be one" * 99)
    with pytest.raises(CalloffError, match=r"cannot be read"):
        load(tmp_path / "store")


def version(store: Path, number: int) -> None:
    mark = json.loads((store / MARK).read_text())
    (store / MARK).write_text(json.dumps({**mark, "version": number}))


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", history(3, 2))
    add(tmp_path / "store", file)
    version(tmp_path / "store", folder.VERSION + 1)
    for use in (lambda: load(tmp_path / "store"), lambda: add(tmp_path / "store", file)):
        with pytest.raises(CalloffError, match="newer"):
            use()


def test_an_older_store_is_converted_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", history(3, 2)))
    version(tmp_path / "store", 0)
    with pytest.raises(CalloffError):
        load(tmp_path / "store")  # no step from version 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.csv", "store"]
    monkeypatch.setattr(converting, "STEPS", {0: lambda root: (root / "step").touch()})
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}
    assert len(load(tmp_path / "store").triangle.days) == 3
    assert current(tmp_path / "store").root.name == f"store-v{folder.VERSION}"
    assert (tmp_path / f"store-v{folder.VERSION}" / "step").exists()
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}


def test_a_folder_of_a_killed_beginning_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store" / STAGING).mkdir(parents=True)
    (tmp_path / "store" / f"{MARK}.new").write_text("{")
    make_store(tmp_path / "store")
    add(tmp_path / "store", write(tmp_path / "a.csv", history(3, 2)))
    assert len(load(tmp_path / "store").triangle.days) == 3
