"""Threads that take the runs which wait, and hand each to a process of their own.

No step of a run ends its thread. Where the disk is full or the database locked, what cannot be
recorded is tried again until it can, and then the queue goes on.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from calloff.texts.errors import CalloffError, Problem
from calloff.web.limits import Limits
from calloff.web.moves import Moves
from calloff.web.run_store import Run, RunStore
from calloff.web.worker_process import Ready, Tell, WorkerProcess

TELLING = 0.05  # share of the work from which on it tells how long the rest will take
ENDING = 5.0  # seconds that a worker has for its end
AGAIN = 1.0  # seconds until what failed is tried again
SPACE = 1 << 20  # bytes of the disk that must be free before the next run is taken
BLOCKED = "blocked"  # stage of a run whose outcome cannot be recorded yet

Rendering = tuple[dict[str, Any], "Future[None]"]


@dataclass(frozen=True)
class Outcome:
    """What came of the work on a run."""

    state: str
    problems: tuple[Problem, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class WorkerPool:
    """As many runs at work at once as there are workers; the others wait."""

    def __init__(self, store: RunStore, limits: Limits, alone: bool = True) -> None:
        """alone: whether nobody logs in."""
        self.store, self.limits = store, limits
        self._moves = Moves(store, alone)
        self._wake = threading.Condition()
        self._stopping = False
        self._renderings: deque[Rendering] = deque()
        self._workers = [WorkerProcess(limits.memory) for _ in range(limits.workers)]
        self._at_work: dict[str, WorkerProcess] = {}
        self._ready: set[str] = set()  # at work still, but their lists are there
        self._scoring: dict[str, Future[None]] = {}  # files whose scores are made anew
        self._progress: dict[str, tuple[float, str]] = {}
        self._began: dict[str, float] = {}
        self._cancelled: set[str] = set()
        self._unrecorded: dict[str, Outcome] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Mark what was cut short before, and begin with what waits."""
        self.store.recover()
        self._moves.find()
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

    def left(self, run: str) -> float | None:
        """Seconds until the list is there, or the past is scored, if the rest takes as long as what
        is done; None while too little is done to tell."""
        share, began = self.progress(run)[0], self._began.get(run)
        passed = time.monotonic() - began if began is not None else 0.0
        if share < TELLING or passed < 1.0:
            return None
        return passed * (1 - share) / share

    def scoring(self, run: str) -> bool:
        """Whether the past of a forecast that is there is still being scored."""
        return run in self._ready or (run in self._scoring and not self._scoring[run].done())

    def score(self, run: Run) -> None:
        """Have the past of a run scored that was cut short, unless that was tried before."""
        with self._wake:
            if run.id in self._at_work or run.id in self._scoring:
                return
            self._scoring[run.id] = Future()  # holds the place
        self._scoring[run.id] = self.render(run, {"what": "summary"})

    def shown(self, run: Run) -> Run:
        """A run as it stands; one that has failed says so also where that cannot be recorded."""
        outcome = self._unrecorded.get(run.id)
        if outcome is None or run.state != "running":
            return run
        return replace(run, state=outcome.state, problems=outcome.problems)

    def cancel(self, run: str) -> None:
        """End the work on a run: it is then interrupted, or done where its list is there."""
        self.store.fail(run, [Problem("web.cancelled")], "interrupted", was="queued")
        with self._wake:
            if worker := self._at_work.get(run):
                self._cancelled.add(run)
                worker.kill()

    def wait_for(self, run: str) -> None:
        """Until nobody works on a run that was cancelled, or for a while."""
        with self._wake:
            self._wake.wait_for(lambda: run not in self._at_work, ENDING)

    def render(self, run: Run, what: Mapping[str, Any]) -> Future[None]:
        """Have a file made of a run, ahead of the runs that wait."""
        job = {**self.store.work_of(run), **what, "kind": "render"}
        done: Future[None] = Future()
        with self._wake:
            self._renderings.append((job, done))
            self._wake.notify()
        return done

    def _work(self, worker: WorkerProcess) -> None:
        while not self._stopping:
            try:
                self._step(worker)
            except Exception:  # whatever it was: the next run is not to wait for ever
                self._pause()
        worker.stop()

    def _step(self, worker: WorkerProcess) -> None:
        """Do what is next, or wait for it."""
        worker.prepare()
        if rendering := self._next_rendering():
            self._render(worker, *rendering)
        elif move := self._moves.next():
            self._move(worker, move)
        elif run := self._next_run():
            self._run(worker, run)
        else:
            self._wait()

    def _next_rendering(self) -> Rendering | None:
        with self._wake:
            return self._renderings.popleft() if self._renderings else None

    def _next_run(self) -> Run | None:
        if self._moves.going or not self.store.waiting():
            return None  # what came before is in the store first
        if shutil.disk_usage(self.store.root).free < SPACE:
            self._pause()
            return None
        return self.store.claim()

    def _wait(self) -> None:
        with self._wake:
            waiting = self.store.waiting() and not self._moves.going
            if not (self._stopping or self._renderings or waiting):
                self._wake.wait()

    def _pause(self) -> bool:
        """A moment; whether all work ends."""
        with self._wake:
            return self._wake.wait_for(lambda: self._stopping, AGAIN)

    def _move(self, worker: WorkerProcess, run: Run) -> None:
        """Move a run from before there was a store into it; none is moved twice."""
        try:
            with self._wake:
                self._at_work[run.id] = worker
            outcome = self._worked(worker, self._moves.job(run), _unheard, _unheard)
            self._moves.done(run, outcome.state, outcome.problems)
        finally:
            with self._wake:
                self._at_work.pop(run.id, None)
                self._moves.end()
                self._wake.notify_all()

    def _run(self, worker: WorkerProcess, run: Run) -> None:
        with self._wake:
            self._at_work[run.id] = worker
            self._began[run.id] = time.monotonic()
        try:
            self._record(run, self._outcome(worker, run))
        finally:
            with self._wake:
                self._at_work.pop(run.id, None)
                self._ready.discard(run.id)
                self._progress.pop(run.id, None)
                self._began.pop(run.id, None)
                self._cancelled.discard(run.id)
                self._unrecorded.pop(run.id, None)
                self._wake.notify_all()

    def _outcome(self, worker: WorkerProcess, run: Run) -> Outcome:
        """Do the work; what is to be recorded of it."""

        def tell(share: float, stage: str) -> None:
            if stage == "scores" != self.progress(run.id)[1]:
                self._began[run.id] = time.monotonic()
            self._progress[run.id] = (share, stage)

        facts: dict[str, Any] = {}

        def ready(told: dict[str, Any]) -> None:
            self._ready.add(run.id)
            try:
                self._finish(run, told)
                facts.update(told)
            except (sqlite3.Error, OSError):  # then it is done when all is
                self._ready.discard(run.id)

        job = {**self.store.work_of(run), "kind": run.kind}
        outcome = self._worked(worker, job, tell, ready)
        if run.id in self._cancelled and outcome.state == "failed":
            outcome = Outcome("interrupted", (Problem("web.cancelled"),))
        return Outcome("done", facts=facts) if facts else outcome  # the list is there all the same

    def _worked(
        self, worker: WorkerProcess, job: Mapping[str, Any], tell: Tell, ready: Ready
    ) -> Outcome:
        try:
            found = worker.do(job, self.limits.seconds, tell, ready)
        except CalloffError as error:
            return Outcome("failed", error.problems)
        except Exception as error:
            return Outcome("failed", (system_problem(error),))
        if not isinstance(found, Problem):
            return Outcome("done", facts=found)
        if self._stopping and found.code == "web.died":
            return Outcome("interrupted", (Problem("history.interrupted"),))
        return Outcome("failed", (found,))

    def _record(self, run: Run, outcome: Outcome) -> None:
        """Try until it is recorded, or all work ends: then the next start marks it."""
        if outcome.state != "done":  # half a result helps nobody, and may be what filled the disk
            shutil.rmtree(self.store.folder(run.id) / "result", ignore_errors=True)
            self._unrecorded[run.id] = outcome
        while True:
            try:
                return self._write(run, outcome)
            except (sqlite3.Error, OSError):
                self._progress[run.id] = (self.progress(run.id)[0], BLOCKED)
                if self._pause():
                    return None

    def _write(self, run: Run, outcome: Outcome) -> None:
        if run.id in self._ready:
            return
        if outcome.state == "done":
            self._finish(run, dict(outcome.facts))
        else:
            self.store.fail(run.id, outcome.problems, outcome.state)

    def _finish(self, run: Run, facts: dict[str, Any]) -> None:
        before = self.store.get(run.job.get("again", ""))
        same = before and before.facts.get("targets") == facts.get("targets")
        if before and same and before.facts.get("kept") == facts.get("kept"):
            self.store.numbers.inherit(run.id, before.id)
        try:
            self.store.numbers.note_all(run.id)
        except CalloffError as error:  # the store is locked, or the disk is full: not for ever
            raise OSError(str(error)) from error
        self.store.finish(run.id, facts)

    def _render(self, worker: WorkerProcess, job: dict[str, Any], done: Future[None]) -> None:
        if not done.set_running_or_notify_cancel():
            return  # nobody waits for it any more
        try:
            found = worker.do(job, self.limits.seconds, lambda share, stage: None)
            if isinstance(found, Problem):
                raise CalloffError([found])
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)


def _unheard(*told: object) -> None:
    """Nobody waits for it."""


def system_problem(error: Exception) -> Problem:
    """What kept the work from being begun, in words; paths are nobody's business."""
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Problem("web.system", facts={"error": reason})
    return Problem("web.fault", facts={"kind": type(error).__name__})
