"""Worker processes for the runs that wait: a few at once, each held to its time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from calloff.texts.errors import CalloffError, Problem
from calloff.web.limits import Limits
from calloff.web.run_store import Run, RunStore, unpack

Tell = Callable[[float, str], None]
JOBS = 200  # of one process; then a new one, so that nothing piles up in it


class Worker:
    """One process that does one job at a time."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._process: subprocess.Popen[str] | None = None
        self._left = 0

    def do(self, job: Mapping[str, Any], seconds: float, tell: Tell) -> dict[str, Any] | Problem:
        """The facts that the job's work gives; a Problem where the process was killed or died.

        Raises CalloffError with the problems that the work found.
        """
        process = self.start()
        late = threading.Event()
        timer = threading.Timer(seconds, _end, (process, late))
        timer.daemon = True
        timer.start()
        try:
            found = _converse(process, job, tell)
        finally:
            timer.cancel()
        self._left -= 1
        if found is None:
            self.stop()
            facts = {"seconds": f"{seconds:g}"}
            return Problem("web.timeout", facts=facts) if late.is_set() else Problem("web.died")
        if self._left <= 0:
            self.stop()
        if "problems" in found:
            raise CalloffError(unpack(value) for value in found["problems"])
        return dict(found["facts"])

    def start(self) -> subprocess.Popen[str]:
        """The process, begun where there is none, or none that will do another job."""
        if self._process is None or self._left <= 0 or self._process.poll() is not None:
            self.stop()
            self._process, self._left = _begin(self._memory), JOBS
        return self._process

    def kill(self) -> None:
        """End the process at once; ``do`` then answers that it died."""
        self._left = 0  # it may take a moment to end, and must not be given another job
        if self._process is not None:
            self._process.kill()

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
        start_new_session=True,  # Ctrl+C is the server's to handle
    )


def _end(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    process.kill()


def _converse(
    process: subprocess.Popen[str], job: Mapping[str, Any], tell: Tell
) -> dict[str, Any] | None:
    """Give a job and hear of its progress until its answer; None where the process ends first."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            said: dict[str, Any] = json.loads(line)
            if "share" not in said:
                return said
            tell(said["share"], said["stage"])
    except (OSError, ValueError):  # a pipe that broke, a line that was cut off
        pass
    return None


def _close(pipe: Any) -> None:
    with suppress(OSError):  # what was still to be written has nowhere to go
        pipe.close()


class WorkerPool:
    """Threads that take the runs which wait, and hand each to a process of theirs."""

    def __init__(self, store: RunStore, limits: Limits) -> None:
        self.store, self.limits = store, limits
        self._wake = threading.Condition()
        self._stopping = False
        self._renderings: deque[tuple[dict[str, Any], Future[None]]] = deque()
        self._workers = [Worker(limits.memory) for _ in range(limits.workers)]
        self._at_work: dict[str, Worker] = {}
        self._progress: dict[str, tuple[float, str]] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Mark what was cut short before, and begin with what waits."""
        self.store.recover()
        for worker in self._workers:
            thread = threading.Thread(target=self._work, args=(worker,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End all work; runs that were at work are marked as interrupted."""
        with self._wake:
            self._stopping = True
            for worker in self._workers:
                worker.kill()
            for _, done in self._renderings:
                done.cancel()
            self._renderings.clear()
            self._wake.notify_all()
        for thread in self._threads:
            thread.join()

    def wake(self) -> None:
        """A run was queued."""
        with self._wake:
            self._wake.notify()

    def progress(self, run: str) -> tuple[float, str]:
        """Share of the work that is done, and its stage."""
        return self._progress.get(run, (0.0, ""))

    def cancel(self, run: str) -> None:
        """End the work on a run, if any."""
        with self._wake:
            if worker := self._at_work.get(run):
                worker.kill()

    def render(self, run: Run, what: Mapping[str, Any]) -> Future[None]:
        """Have a file made of a run, ahead of the runs that wait."""
        job = {**run.job, **what, "kind": "render", "folder": str(self.store.folder(run.id))}
        done: Future[None] = Future()
        with self._wake:
            self._renderings.append((job, done))
            self._wake.notify()
        return done

    def _work(self, worker: Worker) -> None:
        worker.start()
        try:
            while (task := self._next(worker)) is not None:
                if isinstance(task, Run):
                    self._run(worker, task)
                else:
                    self._rendering(worker, *task)
        finally:
            worker.stop()

    def _next(self, worker: Worker) -> Run | tuple[dict[str, Any], Future[None]] | None:
        with self._wake:
            while not self._stopping:
                if self._renderings:
                    return self._renderings.popleft()
                if run := self.store.claim():
                    self._at_work[run.id] = worker
                    return run
                self._wake.wait()
            return None

    def _run(self, worker: Worker, run: Run) -> None:
        def tell(share: float, stage: str) -> None:
            self._progress[run.id] = (share, stage)

        job = {**run.job, "kind": run.kind, "folder": str(self.store.folder(run.id))}
        try:
            found = worker.do(job, self.limits.seconds, tell)
            if isinstance(found, Problem):
                cut = self._stopping and found.code == "web.died"
                problem = Problem("history.interrupted") if cut else found
                self.store.fail(run.id, [problem], "interrupted" if cut else "failed")
            else:
                self._finish(run, found)
        except CalloffError as error:
            self.store.fail(run.id, error.problems)
        finally:
            with self._wake:
                self._at_work.pop(run.id, None)
                self._progress.pop(run.id, None)

    def _finish(self, run: Run, facts: dict[str, Any]) -> None:
        before = self.store.get(run.job.get("again", ""), run.owner)
        if before and before.facts.get("targets") == facts.get("targets"):
            self.store.inherit(run.id, before.id)
        self.store.finish(run.id, facts)

    def _rendering(self, worker: Worker, job: dict[str, Any], done: Future[None]) -> None:
        try:
            found = worker.do(job, self.limits.seconds, lambda share, stage: None)
            if isinstance(found, Problem):
                raise CalloffError([found])
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)
