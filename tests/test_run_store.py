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
from calloff.web.run_store import History, Run


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "kept")
    yield opened
    opened.close()


def queue(history: History, owner: str = "ann", kind: str = "forecast") -> Run:
    return history.add(history.new_id(), owner, kind, {"lead": 3, "files": ["계획.xls"]})


def test_a_run_from_queue_to_done(history: History) -> None:
    run = queue(history)
    assert (run.state, run.job) == ("queued", {"lead": 3, "files": ["계획.xls"]})
    claimed = history.claim()
    assert claimed is not None and claimed.id == run.id and claimed.state == "running"
    assert history.claim() is None
    history.finish(run.id, {"method": "ratio"})
    done = history.get(run.id, "ann")
    assert done is not None and (done.state, done.facts) == ("done", {"method": "ratio"})
    assert done.created <= str(done.started) <= str(done.finished)


def test_nobody_sees_the_run_of_another(history: History) -> None:
    run = queue(history)
    assert history.get(run.id, "bob") is None
    assert history.runs("bob") == []
    assert [each.id for each in history.runs("ann")] == [run.id]


def test_a_short_pile_does_not_wait_for_a_long_one(history: History) -> None:
    first, *_ = [queue(history, "ann") for _ in range(5)]
    late = queue(history, "bob")
    order = [history.claim() for _ in range(3)]
    assert [run.id for run in order if run][:2] == [first.id, late.id]


def test_problems_are_kept_without_words(history: History) -> None:
    run = queue(history)
    history.claim()
    history.fail(run.id, [Problem("cell.text", Where("a.xls", row=7), {"value": "x"})])
    failed = history.get(run.id, "ann")
    assert failed is not None and failed.state == "failed"
    assert "a.xls, row 7" in failed.problems[0].text("en")
    assert "7행" in failed.problems[0].text("ko")
    history.restart(run.id)
    again = history.claim()
    assert again is not None and (again.id, again.problems) == (run.id, ())


def test_only_what_ran_can_finish_and_only_what_came_to_nothing_starts_again(
    history: History,
) -> None:
    run = queue(history)
    history.finish(run.id, {})
    waiting = history.get(run.id, "ann")
    assert waiting is not None and waiting.state == "queued"
    history.claim()
    history.finish(run.id, {})
    history.restart(run.id)
    done = history.get(run.id, "ann")
    assert done is not None and done.state == "done"


def test_after_a_start_the_cut_short_are_marked_and_the_queued_stay(tmp_path: Path) -> None:
    before = History(tmp_path)
    cut, stays = queue(before), queue(before)
    queue(before, kind="inspect")
    before.claim()
    orphan = before.folder(before.new_id())
    before.close()
    after = History(tmp_path)
    after.recover()
    states = {run.id: run.state for run in after.runs("ann")}
    assert states == {cut.id: "interrupted", stays.id: "queued"}
    assert not orphan.exists() and after.folder(stays.id).exists()
    assert after.waiting() == 1
    after.close()


def test_deleting_takes_files_and_overrides_along(history: History) -> None:
    run = queue(history)
    history.set_overrides(run.id, {"A": 3, "나": 0})
    history.set_overrides(run.id, {"나": 1.0})
    assert history.overrides(run.id) == {"나": 1.0}
    history.delete(run.id)
    assert history.get(run.id, "ann") is None
    assert not history.folder(run.id).exists()
    assert history.overrides(run.id) == {}


def test_one_process_at_a_time(tmp_path: Path) -> None:
    kept = History(tmp_path)
    with pytest.raises(CalloffError) as error:
        History(tmp_path)
    assert error.value.problems[0].code == "history.busy"
    kept.close()
    History(tmp_path).close()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CalloffError) as error:
        History(tmp_path / "file")
    assert error.value.problems[0].code == "history.refused"


KILLED = """
import sys, time
from calloff.web.run_store import History
history = History(sys.argv[1])
for _ in range(2):
    history.add(history.new_id(), "ann", "forecast", {})
history.finish(history.claim().id, {"kept": True})
history.claim()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
    after = History(tmp_path)
    after.recover()
    assert [run.state for run in after.runs("ann")] == ["interrupted", "done"]
    assert after.runs("ann")[1].facts == {"kept": True}
    after.close()


def test_a_number_keeps_the_time_at_which_it_was_given(history: History) -> None:
    run, again = queue(history), queue(history)
    history.set_overrides(run.id, {"A": 3})
    made = history.own(run.id)["A"].made
    wait_a_moment()
    history.set_overrides(run.id, {"A": 3, "B": 4})
    assert history.own(run.id)["A"].made == made < history.own(run.id)["B"].made
    assert history.overrides(run.id, before=history.own(run.id)["B"].made) == {"A": 3}
    history.inherit(again.id, run.id)
    assert history.own(again.id) == history.own(run.id)


def wait_a_moment() -> None:
    time.sleep(0.005)  # times are kept to the millisecond


def day(number: int) -> date:
    return date(2024, 3, number)


def done(history: History, cutoff: int, target: int, known: dict[int, float]) -> Run:
    """A finished run of one evening: part A is forecast 8 and planned 12, B 5 and 5."""
    run = queue(history)
    folder = history.folder(run.id) / "result"
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
    history.claim()
    facts = {"cutoff": str(day(cutoff)), "targets": [str(day(target))], "lead": 3}
    history.finish(run.id, {**facts, "method": "ratio"})
    found = history.get(run.id, "ann")
    assert found is not None
    return found


def test_an_earlier_forecast_is_scored_when_its_day_has_come(history: History) -> None:
    first = done(history, 4, 7, {1: 10.0, 4: 11.0})
    history.set_overrides(first.id, {"A": 9.0})
    too_soon = done(history, 6, 9, {1: 10.0, 4: 11.0, 6: 3.0})
    assert earlier_forecasts(history, too_soon) == []
    wait_a_moment()
    today = done(history, 7, 10, {1: 10.0, 4: 11.0, 6: 3.0, 7: 10.0})
    (found,) = earlier_forecasts(history, today)
    assert (found["run"], found["made"], found["target"]) == (first.id, "2024-03-04", "2024-03-07")
    assert found["pairs"] == 2  # C is not scored
    assert found["plan"] == {"mae": 4.0, "bias": -2.0}  # 12 - 10, 5 - 11
    assert found["forecast"] == {"mae": 4.0, "bias": -4.0}  # 8 - 10, 5 - 11
    assert found["override"] == {"mae": 1.0, "bias": -1.0}  # 9 - 10
    assert found["on_override"]["forecast"]["mae"] == 2.0
    assert [row["part"] for row in found["rows"]] == ["B", "A"]
    wait_a_moment()
    history.set_overrides(first.id, {"A": 10.0})  # now that it is known
    assert earlier_forecasts(history, today)[0]["override"] is None


def test_the_file_of_another_customer_scores_nothing(history: History) -> None:
    done(history, 4, 7, {1: 10.0, 4: 11.0})
    other = done(history, 7, 10, {1: 99.0, 4: 98.0, 7: 10.0})
    assert earlier_forecasts(history, other) == []


def test_files_without_a_common_day_are_not_taken_for_the_same_customer() -> None:
    schema = {"part": pl.String, "day": pl.Date, "pieces": pl.Float64}
    one = pl.DataFrame({"part": ["A"], "day": [day(1)], "pieces": [1.0]}, schema=schema)
    other = one.with_columns(day=pl.lit(day(2)))
    assert same_customer(one, one)
    assert not same_customer(one, other)
