"""A full disk, a lock, or a worker that cannot be begun: the queue goes on when they are over."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.texts.errors import Problem, Where
from calloff.web import pool as module
from calloff.web.accounts import Accounts
from calloff.web.callers import Access
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool, system_problem
from calloff.web.run_store import RunStore
from calloff.web.worker import without_folder
from calloff.web.worker_process import WorkerProcess
from serving import codes, ended, server, upload, wait_for


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "calloff-test", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here (root only)")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Take all that is left."""
    with (disk / "stone").open("ab", buffering=0) as file, pytest.raises(OSError) as error:
        while True:
            file.write(bytes(1 << 12))
    assert error.value.errno == errno.ENOSPC


def state(client: httpx.Client, run: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/runs/{run}").json()
    return found


@pytest.mark.parametrize(("customer", "inherited"), [("A", {("2024-03-07", "P"): 5.0}), ("B", {})])
def test_own_numbers_are_inherited_by_the_same_customer_s_run_only(
    tmp_path: Path, customer: str, inherited: dict[tuple[str, str], float]
) -> None:
    with closing(RunStore(tmp_path)) as store:
        pool, facts = WorkerPool(store, Limits(workers=1)), {"targets": ["2024-03-07"]}
        before = store.add(store.new_id(), "ann", "forecast", {})
        store.claim()
        pool._finish(before, {**facts, "kept": "A"})
        store.numbers.change(before.id, ("2024-03-07", "P"), 5.0, None)
        again = store.add(store.new_id(), "ann", "forecast", {"again": before.id})
        store.claim()
        pool._finish(again, {**facts, "kept": customer})
        assert store.numbers.pieces(again.id) == inherited


@pytest.mark.parametrize("state", ["done", "failed", "interrupted"])
def test_half_a_result_is_removed(tmp_path: Path, state: str) -> None:
    with closing(RunStore(tmp_path)) as store:
        pool, run = WorkerPool(store, Limits(workers=1)), store.new_id()
        made = store.add(run, "ann", "forecast", {})
        store.claim()
        (store.folder(run) / "result").mkdir()
        pool._record(made, module.Outcome(state))
        assert (store.folder(run) / "result").exists() == (state == "done")


@pytest.mark.parametrize("free", [(1 << 20) - 1, 1 << 20])
def test_no_run_is_taken_without_a_megabyte_of_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.0)
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage)
    with closing(RunStore(tmp_path)) as store:
        store.add(store.new_id(), "ann", "forecast", {})
        taken = WorkerPool(store, Limits(workers=1))._next_run()
    assert (taken is not None) == (free == 1 << 20)


def test_a_disk_that_fills_up_during_a_run(small_disk: Path, plan: Path) -> None:
    with (
        server(small_disk / "kept") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        first = upload(client, plan)["id"]
        wait_for(lambda: state(client, first)["state"] == "running")
        second = upload(client, plan)["id"]
        fill(small_disk)
        failed = ended(client, first)
        assert failed["state"] == "failed"
        assert failed["problems"][0]["code"] == "store.write"
        assert "No space left" in failed["problems"][0]["message"]
        assert str(small_disk) not in str(failed)
        fill(small_disk)  # also of what the failed run gave back
        answer = client.post("/api/runs", files={"files": (plan.name, plan.read_bytes())})
        assert (answer.status_code, codes(answer)) == (507, ["write.refused"])
        (small_disk / "stone").unlink()
        wait_for(lambda: state(client, second)["state"] in ("failed", "done"))
        third = upload(client, plan)["id"]
        assert ended(client, third)["state"] == "done"
        assert client.post(f"/api/runs/{first}/restart").status_code == 202
        assert ended(client, first)["state"] == "done"


def test_an_outcome_that_cannot_be_recorded_waits_for_space(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    sound = RunStore.finish

    def finish(store: RunStore, *given: Any) -> None:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        sound(store, *given)

    monkeypatch.setattr(RunStore, "finish", finish)
    monkeypatch.setattr(module, "AGAIN", 0.05)
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        run = upload(client, plan)["id"]
        wait_for(lambda: state(client, run)["stage"] == "blocked")
        full = False
        assert ended(client, run)["state"] == "done"
        assert client.get(f"/api/runs/{run}/forecast").status_code == 200


@pytest.mark.parametrize("seconds", [12.0, pytest.param(40.0, marks=pytest.mark.exhaustive)])
def test_a_lock_on_the_database(tmp_path: Path, plan: Path, seconds: float) -> None:
    with (
        server(tmp_path, Limits(workers=2)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        before = ended(client, upload(client, plan)["id"])["id"]
        at_work = [upload(client, plan)["id"] for _ in range(4)]
        held = sqlite3.connect(tmp_path / "runs.sqlite", isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            assert client.get(f"/api/runs/{before}/forecast").status_code == 200
            assert len(client.get("/api/runs").json()) == 5
            assert time.monotonic() - began < 3.0  # what is read does not wait
            time.sleep(0.5)
        change = {"part": "Part 0", "pieces": 1, "replaces": None}
        answer = client.patch(f"/api/runs/{before}/overrides", json=change)
        assert (answer.status_code, codes(answer)) == (503, ["web.locked"])
        assert answer.headers["retry-after"]
        held.execute("ROLLBACK")
        held.close()
        assert client.patch(f"/api/runs/{before}/overrides", json=change).status_code == 200
        assert {ended(client, run)["state"] for run in at_work} == {"done"}


def test_a_worker_that_cannot_be_begun_is_tried_again(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [OSError(errno.EAGAIN, "Resource temporarily unavailable")] * 3
    sound = WorkerProcess.prepare

    def prepare(worker: WorkerProcess) -> Any:
        if refused:
            raise refused.pop()
        return sound(worker)

    monkeypatch.setattr(WorkerProcess, "prepare", prepare)
    monkeypatch.setattr(module, "AGAIN", 0.05)
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert ended(client, upload(client, plan)["id"])["state"] == "done"


def test_a_worker_is_begun_before_there_is_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[WorkerProcess] = []
    monkeypatch.setattr(WorkerProcess, "prepare", lambda worker: began.append(worker))
    with closing(RunStore(tmp_path)) as store:
        pool = WorkerPool(store, Limits(workers=1))
        pool.start()
        try:
            wait_for(lambda: began)
        finally:
            pool.stop()


def test_what_the_system_refuses_is_told_without_a_path() -> None:
    error = OSError(errno.EAGAIN, "Resource temporarily unavailable", "/home/x/.calloff")
    assert "/home" not in system_problem(error).text("en")
    assert "Resource temporarily" in system_problem(error).text("en")
    assert system_problem(ValueError("/home/x")).text("en").count("/home") == 0


def test_no_problem_of_a_run_says_where_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "0123"
    made = Problem(
        "write.refused",
        Where(file=str(folder / "result" / "summary.json")),
        {"error": f"No space left on device: '{folder}/result/.calloff-x', see {tmp_path}"},
    )
    told = without_folder(made, folder)
    assert told.where.file == "summary.json"
    assert str(tmp_path) not in told.text("en") and "No space left" in told.text("en")


def test_no_process_works_for_two_callers(tmp_path: Path, plan: Path) -> None:
    """What one worked on cannot be in another's memory: each process ends with its run."""
    began: list[int] = []
    sound = WorkerProcess.do

    def do(worker: WorkerProcess, *given: Any) -> Any:
        began.append(worker.prepare().pid)
        found = sound(worker, *given)
        assert not alive(began[-1])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerProcess, "do", do)
        with closing(Accounts(tmp_path)) as accounts:
            keys = [accounts.new_key(name) for name in ("ann", "bob")]
            with server(tmp_path, access=Access(accounts)) as address:
                for key in (*keys, *keys):
                    headers = {"Authorization": f"Bearer {key}"}
                    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                        run = ended(client, upload(client, plan)["id"])
                        assert run["state"] == "done"
                        assert client.get(f"/api/runs/{run['id']}/report").status_code == 200
    assert len(began) == len(set(began)) == 8


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_store_that_fails_at_every_step_ends_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.01)
    with closing(RunStore(tmp_path)) as store:
        pool = WorkerPool(store, Limits(workers=2))
        broken = [0]

        def fails(*given: Any) -> Any:
            broken[0] += 1
            raise sqlite3.DatabaseError("disk I/O error")

        sound = store.waiting
        store.waiting = fails  # type: ignore[method-assign]
        pool.start()
        wait_for(lambda: broken[0] > 20)
        assert all(thread.is_alive() for thread in pool._threads)
        store.waiting = sound  # type: ignore[method-assign]
        pool.stop()
