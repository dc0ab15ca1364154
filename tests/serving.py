"""A server of our own on the loopback, in this process or as a process that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from calloff.web.app import create_app
from calloff.web.callers import Access
from calloff.web.limits import Limits
from calloff.web.run_store import RunStore
from calloff.web.server import quiet_config
from calloff.web.worker_process import WorkerProcess

PATIENCE = 180.0  # seconds; a test machine may be busy
ONE = Limits(workers=1)  # each worker is begun, libraries and all, before there is work for it
PAUSE, LONG_PAUSE = 0.02, 0.5  # seconds between two questions, at first and at the end of a run


@contextmanager
def server(
    folder: Path,
    limits: Limits = ONE,
    access: Access | None = None,
    plans: Path | None = None,
) -> Iterator[str]:
    """The address of a server that runs in a thread of this process."""
    store = RunStore(folder, plans)
    app = create_app(store, limits, access)
    running = uvicorn.Server(quiet_config(app, limits))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: running.started)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join()
        store.close()


@contextmanager
def process(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """calloff serve as a process, and its address."""
    command = [sys.executable, "-m", "calloff", "serve", "--port", "0", "--lang", "en"]
    with subprocess.Popen(
        [*command, "--folder", str(folder), *words], stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        try:
            line = running.stderr.readline()
            assert "http://" in line, line
            yield running, line.split()[4]
        finally:
            running.kill()


def wait_for(holds: Any, patience: float = PATIENCE, longest: float = PAUSE) -> Any:
    """What a question gives as soon as it gives anything; asked ever less often, up to the longest
    pause in seconds."""
    until, pause = time.monotonic() + patience, PAUSE
    while not (found := holds()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(pause)
        pause = min(1.3 * pause, longest)
    return found


def dead(worker: WorkerProcess) -> bool:
    """Whether the process of a worker has ended, and no other has been begun."""
    return worker._process is None or worker._process.poll() is not None


def halt(worker: WorkerProcess) -> None:
    """Have the process of a worker go no further, while it lives."""
    if worker._process is not None and worker._process.poll() is None:
        os.kill(worker._process.pid, signal.SIGSTOP)


def upload(client: httpx.Client, path: Path, **fields: Any) -> dict[str, Any]:
    """Begin a run with one file, by a method that needs no training unless another is named."""
    files = [("files", (path.name, path.read_bytes()))]
    answer = client.post("/api/runs", files=files, data={"method": "ratio", **fields})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(client: httpx.Client, run: str) -> dict[str, Any]:
    """A run, when it has come to its end, its past scored."""

    def at_end() -> Any:
        found = client.get(f"/api/runs/{run}").json()
        at_end = found["state"] in ("done", "failed", "interrupted")
        return found if at_end and found["stage"] != "scores" else None

    found: dict[str, Any] = wait_for(at_end, longest=LONG_PAUSE)
    return found


def codes(answer: httpx.Response) -> list[str]:
    """What an answer says is wrong; it always says so in the one shape."""
    problems = answer.json()["problems"]
    assert problems and all(set(each) == {"code", "message", "where"} for each in problems)
    return [each["code"] for each in problems]


def numbers_of(found: dict[str, Any]) -> dict[str, float]:
    """Part -> own number, of an answer with numbers for one target day at most."""
    (numbers,) = found["overrides"].values() or [{}]
    return dict(numbers)
