"""What a run may cost: from the options of the command line to the process that does the work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.cli.main import main
from calloff.web import worker as module
from calloff.web import worker_process
from calloff.web.limits import Limits
from calloff.web.worker_process import WorkerProcess
from serving import ended, server, upload, wait_for

MEGABYTE = 1 << 20


def test_options_are_the_limits_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Limits] = []
    monkeypatch.setattr("calloff.web.server.serve", lambda *given: asked.append(given[2]))
    options = ["--memory", "1500", "--seconds", "70", "--upload", "3"]
    assert main(["serve", "--folder", str(tmp_path), *options]) == 0
    (limits,) = asked
    found = (limits.memory, limits.seconds, limits.upload)
    assert found == (1500 * MEGABYTE, 70, 3 * MEGABYTE)


def data_limit(pid: int) -> str:
    """The most bytes of data that the system gives to a process."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (line,) = (each for each in lines if each.startswith("Max data size"))
    return line.split()[3]


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="no /proc to look it up in")
def test_a_worker_is_held_to_its_memory() -> None:
    worker = WorkerProcess(1500 * MEGABYTE)
    try:
        pid = worker.prepare().pid
        wait_for(lambda: data_limit(pid) == str(1500 * MEGABYTE))
    finally:
        worker.stop()


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="no limit of memory")
def test_a_run_that_needs_more_fails_and_the_server_goes_on(tmp_path: Path, plan: Path) -> None:
    limits = Limits(workers=1, memory=40 * MEGABYTE)  # less than the libraries take
    with server(tmp_path, limits) as address, httpx.Client(base_url=address, timeout=60) as client:
        for _ in range(2):
            run = ended(client, upload(client, plan)["id"])
            assert run["state"] == "failed"
            assert run["problems"][0]["code"] in ("web.died", "web.memory")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to look it up in")
@pytest.mark.parametrize("given_back", [True, False])
def test_what_polars_frees_does_not_count_against_the_limit(given_back: bool) -> None:
    code = (
        "import time, polars as pl\n"
        "many = [pl.int_range(0, 4_000_000, eager=True).cast(pl.String) for _ in range(3)]\n"
        "del many\n"
        "for _ in range(40):\n"
        "    pl.int_range(0, 1000, eager=True).cast(pl.String); time.sleep(0.05)\n"
        "lines = open('/proc/self/status').read().splitlines()\n"
        "print(next(int(line.split()[1]) for line in lines if line.startswith('VmData')) >> 10)"
    )
    there = {**os.environ, **(worker_process.GIVE_BACK if given_back else {})}
    done = subprocess.run([sys.executable, "-c", code], env=there, capture_output=True, text=True)
    megabytes = int(done.stdout)
    assert (megabytes < 200) == given_back, megabytes


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc to look it up in")
def test_a_worker_gives_memory_back_whatever_polars_has_set_here() -> None:
    import polars as pl  # sets what its allocator does, where that is not set

    assert pl.thread_pool_size() > 0
    worker = WorkerProcess(1 << 30)
    try:
        place = Path(f"/proc/{worker.prepare().pid}/environ")
        there = wait_for(place.read_bytes).decode()  # the system fills it a moment later
        assert all(f"{name}={value}\0" in there for name, value in worker_process.GIVE_BACK.items())
    finally:
        worker.stop()


@pytest.mark.parametrize(("full", "code"), [(True, "web.memory"), (False, "web.fault")])
def test_a_library_that_panics_when_memory_is_full_is_no_fault_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool, code: str
) -> None:
    class Panic(BaseException):
        """As a library in Rust raises it."""

    def panics(*given: Any) -> None:
        raise Panic

    monkeypatch.setattr(module, "perform", panics)
    monkeypatch.setattr(module, "_memory_is_full", lambda: full)
    (problem,) = module.answer({"folder": str(tmp_path)}, lambda value: None)["problems"]
    assert problem["code"] == code


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="no limit of memory")
def test_memory_is_full_near_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    for limit, full in ((int(1.2 * taken), True), (2 * taken, False), (-1, False)):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, most=limit: (most, most))
        assert module._memory_is_full() == full


def test_too_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def needs_more(*given: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "perform", needs_more)
    (problem,) = module.answer({"folder": str(tmp_path)}, lambda value: None)["problems"]
    assert problem["code"] == "web.memory"
