"""A delivered file's plans are removed for good, as a whole or not at all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from plan_files import by_day, history, write

from calloff.cli.main import main
from calloff.store.adding import Adding, add
from calloff.store.folder import STAGING, open_store
from calloff.store.forgetting import deliveries, forget
from calloff.store.load import load
from calloff.store.manifest import reading
from calloff.texts.errors import CalloffError

ISSUED = Adding(arrived="issued")
DAYS = 8
AGAIN = (
    "import sys; from calloff.store.adding import add, Adding; "
    "from calloff.store.folder import open_store; from calloff.store.forgetting import *\n"
    "store, file = open_store(sys.argv[1]), sys.argv[2]\n"
    "name = deliveries(store)[-1].hash; print('ready', flush=True); sys.stdin.readline()\n"
    "while True:\n"
    "    forget(store, name); add(store.root, file, how=Adding(arrived='issued'))\n"
)


def tables(store: Path) -> set[str]:
    return {path.relative_to(store).as_posix() for path in store.rglob("*.parquet")}


def logged(store: Path) -> set[str]:
    with reading(open_store(store)) as log:
        return {row["path"] for row in log.execute("SELECT path FROM tables")}


def test_a_file_is_forgotten_and_can_come_again(tmp_path: Path) -> None:
    files, root = by_day(tmp_path / "in", history(DAYS, 3)), tmp_path / "store"
    add(root, *files, how=ISSUED)
    before = load(root).triangle
    store = open_store(root)
    gone = deliveries(store)[4]
    (found,) = forget(store, gone.hash[:8])
    assert (found.file, found.quantities) == (str(files[4]), gone.quantities)
    assert load(root).triangle.days.tolist() == before.days[[0, 1, 2, 3, 5, 6, 7]].tolist()
    assert tables(root) == logged(root)
    content = b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())
    assert files[4].name.encode() not in content and gone.hash.encode() not in content
    (again,) = add(root, files[4], how=ISSUED).written
    assert not again.known
    assert load(root).triangle.quantity.tolist() == before.quantity.tolist()


def test_plans_that_a_later_file_brought_too_come_back_with_it(tmp_path: Path) -> None:
    rows, root = history(DAYS, 3), tmp_path / "store"
    first = write(tmp_path / "first.csv", rows[:12])
    whole = write(tmp_path / "whole.csv", rows)
    add(root, first, how=ISSUED)
    add(root, whole, how=ISSUED)
    store = open_store(root)
    forget(store, deliveries(store)[0].hash)
    assert len(load(root).triangle.days) == 4
    (again,) = add(root, whole, how=ISSUED).written
    assert not again.known and again.customers["unnamed"].same == 12
    assert load(root).triangle.days.tolist() == load(whole).triangle.days.tolist()
    assert not load(root).triangle.conflict.any()


def test_files_of_other_customers_stay_known(tmp_path: Path) -> None:
    root = tmp_path / "store"
    first, later = (write(tmp_path / f"{name}.csv", history(3, 2, (name,))) for name in "AB")
    add(root, first, later, how=ISSUED)
    forget(open_store(root), deliveries(open_store(root))[0].hash)
    assert [each.known for each in add(root, first, later, how=ISSUED).written] == [False, True]


def test_what_is_left_is_the_history_of_nobody(tmp_path: Path) -> None:
    """A customer of whom all is forgotten begins anew."""
    rows, root = history(4, 2), tmp_path / "store"
    path = write(tmp_path / "a.csv", rows)
    add(root, path)
    store = open_store(root)
    forget(store, deliveries(store)[0].hash)
    assert deliveries(store) == [] and tables(root) == set()
    assert add(root, path).history == {"unnamed"}


def test_what_cannot_be_forgotten(tmp_path: Path) -> None:
    root = tmp_path / "store"
    add(root, *by_day(tmp_path / "in", history(20, 2)), how=ISSUED)
    names = [each.hash for each in deliveries(open_store(root))]
    shared = next(a[0] for a in names if sum(b[0] == a[0] for b in names) > 1)
    for name, code in (
        ("x", "store.no_file"),
        ("", "store.no_file"),
        (shared, "store.several_files"),
    ):
        with pytest.raises(CalloffError) as error:
            forget(open_store(root), name)
        assert error.value.problems[0].code == code
    assert len(load(root).triangle.days) == 20


def test_the_command_asks_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "store"
    add(root, write(tmp_path / "a.csv", history(4, 2)))
    (delivery,) = deliveries(open_store(root))
    words = ["--lang", "en", "--no-color", "forget", str(root)]
    assert main(words) == 0
    assert delivery.hash[:12] in capsys.readouterr().out
    assert main([*words, delivery.hash[:6]]) == 0
    assert "--yes" in capsys.readouterr().err
    assert len(load(root).triangle.days) == 4
    assert main([*words, delivery.hash[:6], "--yes"]) == 0
    assert main([*words, delivery.hash[:6], "--yes"]) == 2
    assert tables(root) == set()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_again_and_again_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    files, root = by_day(tmp_path / "in", history(DAYS, 2)), tmp_path / "store"
    add(root, *files, how=ISSUED)
    whole, rng, seen = load(root).triangle, random.Random(1), set()
    for kills in range(60):
        if kills >= 10 and len(seen) == 2:  # both were met, however fast the machine is
            break
        add(root, files[-1], how=ISSUED)
        words = [sys.executable, "-c", AGAIN, str(root), str(files[-1])]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("\n")
        process.stdin.flush()
        time.sleep(rng.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = load(root).triangle
        seen.add(len(now.days))
        assert now.quantity.tolist() == whole.quantity[:, : len(now.days)].tolist()
    assert seen == {DAYS - 1, DAYS}
    add(root, files[-1], how=ISSUED)
    assert load(root).triangle.quantity.tolist() == whole.quantity.tolist()
    assert tables(root) == logged(root)
    assert not list((root / STAGING).iterdir())
    found = pl.concat([pl.read_parquet(root / path) for path in tables(root)])
    assert found["issued_at"].dt.date().n_unique() == DAYS
