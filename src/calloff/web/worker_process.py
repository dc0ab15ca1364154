"""A process that does one job and ends: what it took of memory goes back to the system with it,
and nothing of one caller's plans is there when it works for another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from calloff.texts.errors import CalloffError, Problem
from calloff.web.run_store import unpack

# polars' allocator keeps the addresses of what it frees, and the limit of memory counts these: of
# 11,700 parts a worker ended at 4 GB with 1 GB in use.
GIVE_BACK = {"_RJEM_MALLOC_CONF": "retain:false,dirty_decay_ms:500,muzzy_decay_ms:0"}

Tell = Callable[[float, str], None]
Ready = Callable[[dict[str, Any]], None]


class WorkerProcess:
    """The process for the next job; begun ahead of it, so that nobody waits for its start."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._process: subprocess.Popen[str] | None = None

    def do(
        self, job: Mapping[str, Any], seconds: float, tell: Tell, ready: Ready = lambda facts: None
    ) -> dict[str, Any] | Problem:
        """The facts that the job's work gives; a Problem where the process was killed or died.
        ``ready`` is told the facts when a forecast is there whose past is still to be scored.

        Raises CalloffError with the problems that the work found, OSError where no process can be
        begun.
        """
        process = self.prepare()
        late = threading.Event()
        timer = threading.Timer(seconds, _end, (process, late))
        timer.daemon = True
        timer.start()
        try:
            found = _converse(process, job, tell, ready)
        finally:
            timer.cancel()
            self.stop()
        if found is None:
            facts = {"seconds": f"{seconds:g}"}
            return Problem("web.timeout", facts=facts) if late.is_set() else Problem("web.died")
        if "problems" in found:
            raise CalloffError(unpack(value) for value in found["problems"])
        return dict(found["facts"])

    def prepare(self) -> subprocess.Popen[str]:
        """The process, begun where there is none that lives."""
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = _begin(self._memory)
        return self._process

    def kill(self) -> None:
        """End the process at once; ``do`` then answers that it died."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process and let go of its pipes."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    _close(pipe)


def _begin(memory: int) -> subprocess.Popen[str]:
    quiet = None if os.environ.get("CALLOFF_DEBUG") else subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "calloff.web.worker", str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=quiet,
        text=True,
        encoding="utf-8",
        env=os.environ | GIVE_BACK,  # polars has put its own there
        start_new_session=True,  # Ctrl+C is the server's to handle
    )


def _end(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    process.kill()


def _converse(
    process: subprocess.Popen[str], job: Mapping[str, Any], tell: Tell, ready: Ready
) -> dict[str, Any] | None:
    """Give a job and hear of its progress until its answer; None where the process ends first."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "ready" in said:
                ready(said["ready"])
            elif "share" in said:
                tell(said["share"], said["stage"])
            else:
                return said
    except (OSError, ValueError):  # a pipe that broke, a line that was cut off
        pass
    return None


def _close(pipe: Any) -> None:
    with suppress(OSError):  # what was still to be written has nowhere to go
        pipe.close()
