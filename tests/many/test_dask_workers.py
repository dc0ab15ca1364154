"""Tasks on Dask's workers; one that is killed stops nothing."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest
import worker_tasks as work

from calloff.planning import executors
from calloff.planning.executors import dask_executor
from calloff.planning.parallel import run_tasks
from calloff.texts.errors import CalloffError

NUMBERS = [(f"task {number}", number) for number in range(8)]


@pytest.fixture(scope="module")
def dask(cluster: Any) -> Iterator[Executor]:
    with dask_executor(cluster.scheduler_address) as executor:
        yield executor


def test_workers_of_dask_work(dask: Executor) -> None:
    found = run_tasks(work.double, NUMBERS, dask)
    assert [each.value for each in found] == [2 * number for _, number in NUMBERS]
    assert all(each.instruction_set for each in found)
    processes = {each.value for each in run_tasks(work.process, NUMBERS, dask)}
    assert os.getpid() not in processes
    assert {each.value for each in run_tasks(work.threads, NUMBERS, dask)} == {1}


def test_an_equal_call_is_a_new_one(dask: Executor, tmp_path: Path) -> None:
    found = [run_tasks(work.counted, [("count", tmp_path)], dask)[0].value for _ in range(2)]
    assert found == [1, 2]


def test_what_fails_is_tried_again(dask: Executor, tmp_path: Path) -> None:
    found = run_tasks(work.fail_once, [("full", tmp_path)], dask)
    assert [(each.value, each.attempts) for each in found] == [(2, 2)]
    (found,) = run_tasks(work.refuse, [("bad", 1)], dask)
    assert [problem.code for problem in found.problems] == ["file.empty", "many.blas"]


def test_a_worker_killed_in_the_middle_loses_nothing(dask: Executor, tmp_path: Path) -> None:
    tasks = [(f"task {n}", (n, tmp_path if n == 3 else None)) for n in range(8)]
    found = run_tasks(work.die_if_told, tasks, dask)
    assert [each.value for each in found] == [0, 2, 4, 2, 8, 10, 12, 14]


def test_what_always_kills_is_given_up_and_takes_nothing_along(dask: Executor) -> None:
    tasks = [(f"task {n}", -1 if n == 2 else n) for n in range(8)]
    found = run_tasks(work.die_if_negative, tasks, dask)
    assert [each.value for each in found] == [0, 2, None, 6, 8, 10, 12, 14]
    assert [problem.code for problem in found[2].problems] == ["many.lost"]


def test_where_no_scheduler_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: calloff[dask]")
    monkeypatch.setattr(executors, "SECONDS", 1)
    for address in ("tcp://127.0.0.1:9", "nowhere", "gone://x"):
        with pytest.raises(CalloffError) as caught:
            dask_executor(address)
        assert caught.value.problems[0].code == "many.scheduler"
        assert address in str(caught.value)


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: calloff[dask]")
    monkeypatch.setattr(executors, "SECONDS", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(CalloffError) as caught,
    ):
        dask_executor(empty.scheduler_address)
    assert caught.value.problems[0].code == "many.no_workers"


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "distributed":
            raise ModuleNotFoundError("No module named 'distributed'", name=name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CalloffError, match=r"pip install 'calloff\[dask\]'"):
        dask_executor("tcp://127.0.0.1:9")
