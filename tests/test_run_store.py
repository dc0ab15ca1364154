"""Runs in a folder: states, owners, what survives, and how earlier forecasts are scored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from calloff.texts.errors import CalloffError, Problem, Where
from calloff.web.earlier import earlier_forecasts, same_customer
from calloff.web.run_store import Run, RunStore

TARGET = "2024-03-07"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(tmp_path / "kept")
    yield opened
    opened.close()


def queue(store: RunStore, owner: str = "ann", kind: str = "forecast") -> Run:
    return store.add(store.new_id(), owner, kind, {"lead": 3, "files": ["계획.xls"]})


def test_a_run_from_queue_to_done(store: RunStore) -> None:
    run = queue(store)
    assert (run.state, run.job) == ("queued", {"lead": 3, "files": ["계획.xls"]})
    claimed = store.claim()
    assert claimed is not None and claimed.id == run.id and claimed.state == "running"
    assert store.claim() is None
    store.finish(run.id, {"method": "ratio"})
    done = store.get(run.id, ("ann",))
    assert done is not None and (done.state, done.facts) == ("done", {"method": "ratio"})
    assert done.created <= str(done.started) <= str(done.finished)


def test_nobody_sees_the_run_of_another(store: RunStore) -> None:
    run = queue(store)
    assert store.get(run.id, ("bob",)) is None
    assert store.runs(("bob",)) == []
    assert [each.id for each in store.runs(("ann",))] == [run.id]


def test_a_short_pile_does_not_wait_for_a_long_one(store: RunStore) -> None:
    first, *_ = [queue(store, "ann") for _ in range(5)]
    late = queue(store, "bob")
    order = [store.claim() for _ in range(3)]
    assert [run.id for run in order if run][:2] == [first.id, late.id]


def test_nobody_of_a_team_waits_for_the_pile_of_another(store: RunStore) -> None:
    def sent(author: str) -> str:
        return store.add(store.new_id(), "team:x", "forecast", {}, author).id

    first, *_ = [sent("ann") for _ in range(3)]
    late = sent("bob")
    assert [run.id for run in (store.claim(), store.claim()) if run] == [first, late]


def test_problems_are_kept_without_words(store: RunStore) -> None:
    run = queue(store)
    store.claim()
    store.fail(run.id, [Problem("cell.text", Where("a.xls", row=7), {"value": "x"})])
    failed = store.get(run.id, ("ann",))
    assert failed is not None and failed.state == "failed"
    assert "a.xls, row 7" in failed.problems[0].text("en")
    assert "7행" in failed.problems[0].text("ko")
    store.restart(run.id)
    again = store.claim()
    assert again is not None and (again.id, again.problems) == (run.id, ())


def test_only_what_ran_can_finish_and_only_what_came_to_nothing_starts_again(
    store: RunStore,
) -> None:
    run = queue(store)
    store.finish(run.id, {})
    waiting = store.get(run.id, ("ann",))
    assert waiting is not None and waiting.state == "queued"
    store.claim()
    store.finish(run.id, {})
    store.restart(run.id)
    done = store.get(run.id, ("ann",))
    assert done is not None and done.state == "done"


def test_after_a_start_the_cut_short_are_marked_and_the_queued_stay(tmp_path: Path) -> None:
    before = RunStore(tmp_path)
    cut, stays = queue(before), queue(before)
    queue(before, kind="inspect")
    before.claim()
    orphan = before.folder(before.new_id())
    before.close()
    after = RunStore(tmp_path)
    after.recover()
    states = {run.id: run.state for run in after.runs(("ann",))}
    assert states == {cut.id: "interrupted", stays.id: "queued"}
    assert not orphan.exists() and after.folder(stays.id).exists()
    assert after.waiting() == 1
    after.close()


def test_deleting_takes_files_and_overrides_along(store: RunStore) -> None:
    run = queue(store)
    store.numbers.set_all(run.id, TARGET, {"A": 3, "나": 0})
    store.numbers.set_all(run.id, TARGET, {"나": 1.0})
    assert store.numbers.pieces(run.id) == {(TARGET, "나"): 1.0}
    store.delete(run.id)
    assert store.get(run.id, ("ann",)) is None
    assert not store.folder(run.id).exists()
    assert store.numbers.pieces(run.id) == {}


def test_one_process_at_a_time(tmp_path: Path) -> None:
    kept = RunStore(tmp_path)
    with pytest.raises(CalloffError) as error:
        RunStore(tmp_path)
    assert error.value.problems[0].code == "history.busy"
    kept.close()
    RunStore(tmp_path).close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CalloffError) as error:
        RunStore(tmp_path / "file")
    assert error.value.problems[0].code == "history.refused"


KILLED = """
import sys, time
from calloff.web.run_store import RunStore
store = RunStore(sys.argv[1])
for _ in range(2):
    store.add(store.new_id(), "ann", "forecast", {})
store.finish(store.claim().id, {"kept": True})
store.claim()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
    after = RunStore(tmp_path)
    after.recover()
    assert [run.state for run in after.runs(("ann",))] == ["interrupted", "done"]
    assert after.runs(("ann",))[1].facts == {"kept": True}
    after.close()


def test_a_number_keeps_the_time_at_which_it_was_given(store: RunStore) -> None:
    run, again = queue(store), queue(store)
    store.numbers.set_all(run.id, TARGET, {"A": 3})
    made = store.numbers.of(run.id)[TARGET, "A"].made
    wait_a_moment()
    store.numbers.set_all(run.id, TARGET, {"A": 3, "B": 4})
    assert (
        store.numbers.of(run.id)[TARGET, "A"].made
        == made
        < store.numbers.of(run.id)[TARGET, "B"].made
    )
    assert store.numbers.pieces(run.id, before=store.numbers.of(run.id)[TARGET, "B"].made) == {
        (TARGET, "A"): 3
    }
    store.numbers.inherit(again.id, run.id)
    assert store.numbers.of(again.id) == store.numbers.of(run.id)


def wait_a_moment() -> None:
    time.sleep(0.005)  # times are kept to the millisecond


def day(number: int) -> date:
    return date(2024, 3, number)


def done(store: RunStore, cutoff: int, target: int, known: dict[int, float]) -> Run:
    """A finished run of one evening: part A is forecast 8 and planned 12, B 5 and 5."""
    run = queue(store)
    folder = store.folder(run.id) / "result"
    folder.mkdir()
    rows = [
        {"part": part, "day": day(at), "pieces": pieces + shift, "scored": part != "C"}
        for at, pieces in known.items()
        for part, shift in (("A", 0.0), ("B", 1.0), ("C", 2.0))
    ]
    pl.DataFrame(rows).write_parquet(folder / "calloffs.parquet")
    forecast = {"part": ["A", "B", "C"], "target": [day(target)] * 3,
                "plan": [12.0, 5.0, 1.0], "forecast": [8.0, 5.0, 1.0]}  # fmt: skip
    pl.DataFrame(forecast).write_parquet(folder / "forecasts.parquet")
    store.claim()
    facts = {"cutoff": str(day(cutoff)), "targets": [str(day(target))], "lead": 3}
    store.finish(run.id, {**facts, "method": "ratio"})
    found = store.get(run.id, ("ann",))
    assert found is not None
    return found


def test_an_earlier_forecast_is_scored_when_its_day_has_come(store: RunStore) -> None:
    first = done(store, 4, 7, {1: 10.0, 4: 11.0})
    store.numbers.set_all(first.id, TARGET, {"A": 9.0})
    too_soon = done(store, 6, 9, {1: 10.0, 4: 11.0, 6: 3.0})
    assert earlier_forecasts(store, too_soon) == []
    wait_a_moment()
    today = done(store, 7, 10, {1: 10.0, 4: 11.0, 6: 3.0, 7: 10.0})
    (found,) = earlier_forecasts(store, today)
    assert (found["run"], found["made"], found["target"]) == (first.id, "2024-03-04", "2024-03-07")
    assert found["pairs"] == 2  # C is not scored
    assert found["plan"] == {"mae": 4.0, "bias": -2.0}  # 12 - 10, 5 - 11
    assert found["forecast"] == {"mae": 4.0, "bias": -4.0}  # 8 - 10, 5 - 11
    assert found["override"] == {"mae": 1.0, "bias": -1.0}  # 9 - 10
    assert found["on_override"]["forecast"]["mae"] == 2.0
    assert [row["part"] for row in found["rows"]] == ["B", "A"]
    wait_a_moment()
    store.numbers.set_all(first.id, TARGET, {"A": 10.0})  # now that it is known
    assert earlier_forecasts(store, today)[0]["override"] is None


def test_the_file_of_another_customer_scores_nothing(store: RunStore) -> None:
    done(store, 4, 7, {1: 10.0, 4: 11.0})
    other = done(store, 7, 10, {1: 99.0, 4: 98.0, 7: 10.0})
    assert earlier_forecasts(store, other) == []


def test_files_without_a_common_day_are_not_taken_for_the_same_customer() -> None:
    schema = {"part": pl.String, "day": pl.Date, "pieces": pl.Float64}
    one = pl.DataFrame({"part": ["A"], "day": [day(1)], "pieces": [1.0]}, schema=schema)
    other = one.with_columns(day=pl.lit(day(2)))
    assert same_customer(one, one)
    assert not same_customer(one, other)
