"""Tasks on workers: one outcome for each, whatever becomes of the others.

The executor is anything with ``submit``, as in ``concurrent.futures``. What a task raises is caught
where it runs, so an error that comes from the executor itself means that the worker was lost, or
never had the task. Such a task is tried again when no other is at work: then one that takes its
worker along takes nothing else, and is known for it.
"""

from __future__ import annotations

import gc
import os
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import current_thread, main_thread
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from calloff.lstm import engines
from calloff.planning.executors import local_executor
from calloff.rolling.blas import blas_threads, one_thread
from calloff.texts.arguments import instance, require, several, whole
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, fail
from calloff.texts.version import version

Argument = TypeVar("Argument")
Value = TypeVar("Value")

MOST_ATTEMPTS = 10
LOST = {  # names of errors by which an executor says that the worker has gone
    "BrokenProcessPool",
    "KilledWorker",  # of Dask
    *("WorkerCrashedError", "NodeDiedError", "OutOfMemoryError"),  # of Ray
}


@runtime_checkable
class Submits(Protocol):
    """What takes tasks: an executor of the standard library, of Dask, or one that wraps another."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Have ``fn`` called with ``args`` elsewhere."""


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What came of a task.

    Attributes:
        name: of the task.
        value: what the function gave; None where it failed.
        problems: why it failed; none where it did not.
        attempts: how often it was tried; what Dask tries again by itself is not known here.
        seconds: of work in the last attempt; 0 where the worker was lost.
        instruction_set: of the processor, as the worker's engine runs it; empty where there is no
            engine, or the worker was lost.
        warnings: what the last attempt warned of.
    """

    name: str
    value: Value | None = None
    problems: tuple[Problem, ...] = ()
    attempts: int = 1
    seconds: float = 0.0
    instruction_set: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there is no value."""
        return bool(self.problems)


@dataclass(frozen=True)
class _Attempt:
    """An outcome, and how the task may be tried again: "together" with others, "alone", or not
    at all (empty)."""

    outcome: Outcome[Any]
    again: str = ""


def run_tasks(
    function: Callable[[Argument], Value],
    tasks: Iterable[tuple[str, Argument]],
    executor: Submits | None = None,
    *,
    attempts: int = 2,
    progress: Callable[[Outcome[Value]], object] | None = None,
) -> list[Outcome[Value]]:
    """Call a function for each task, on workers or here, with one BLAS thread.

    A task that raises CalloffError has failed: what it was given is as it is. After any other error
    or the loss of its worker it is tried again, and given up after so many attempts.

    Args:
        function: what is done; importable by the workers, so of a module, not a lambda.
        tasks: a name and an argument for each, both of which can be pickled.
        executor: who works, such as ``local_executor(2)``; None: this process, one task after the
            other.
        attempts: how often a task is tried at most, from 1 to 10.
        progress: called with each outcome when it is final.

    Returns:
        The outcomes in the order of the tasks.

    Raises:
        CalloffError: an argument is not as above.
    """
    require(
        instance(function, "function", Callable),  # type: ignore[arg-type]
        several(tasks, "tasks"),
        instance(executor, "executor", Submits, optional=True),
        whole(attempts, "attempts", 1, MOST_ATTEMPTS),
    )
    listed = list(tasks)
    found: dict[int, Outcome[Value]] = {}
    with one_thread(), ExitStack() as stack:
        waiting = _Waiting(list(range(len(listed))))
        for attempt in range(1, attempts + 1):
            task, now, waiting = _Task(function, listed, attempt), waiting, _Waiting()
            for number, each in _round(task, executor, now):
                if attempt < attempts and waiting.takes(number, each):
                    continue
                found[number] = replace(each.outcome, attempts=attempt)
                if progress:
                    progress(found[number])
            if waiting.alone and isinstance(executor, ProcessPoolExecutor):
                # The standard library's pool takes nothing any more once a process has died.
                executor = stack.enter_context(local_executor(1))
    return [found[number] for number in sorted(found)]


def instruction_sets(outcomes: Iterable[Outcome[Any]]) -> tuple[Problem, ...]:
    """Whether the workers ran different instruction sets.

    Args:
        outcomes: of tasks.

    Returns:
        A notice of it; none where they did not.
    """
    names = sorted({each.instruction_set for each in outcomes if each.instruction_set})
    return (Problem("many.mixed", facts={"found": ", ".join(names)}),) if len(names) > 1 else ()


@dataclass(frozen=True)
class _Waiting:
    """Numbers of tasks that wait: for all others to be done, where they go alone."""

    together: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)

    def takes(self, number: int, tried: _Attempt) -> bool:
        if tried.again:
            (self.alone if tried.again == "alone" else self.together).append(number)
        return bool(tried.again)


@dataclass(frozen=True)
class _Task:
    """The tasks in one attempt, by number."""

    function: Callable[[Any], Any]
    listed: Sequence[tuple[str, Any]]
    attempt: int

    def call(self, number: int) -> tuple[Any, ...]:
        """What a worker is to be called with. The attempt is among it as Dask gives the result of
        an equal call again."""
        return (self.function, *self.listed[number], version(), self.attempt)

    def submit(self, executor: Submits, number: int) -> Future[_Attempt]:
        try:
            return executor.submit(work, *self.call(number))
        except Exception as error:  # the executor takes nothing any more
            refused: Future[_Attempt] = Future()
            refused.set_exception(error)
            return refused


def _round(
    task: _Task, executor: Submits | None, waiting: _Waiting
) -> Iterator[tuple[int, _Attempt]]:
    """One attempt at the tasks that wait, each as it ends."""
    if executor is None:
        for number in (*waiting.together, *waiting.alone):
            yield number, work(*task.call(number))
        return
    for numbers in (waiting.together, *([number] for number in waiting.alone)):
        futures = {task.submit(executor, number): number for number in numbers}
        try:
            for future in as_completed(futures):
                yield futures[future], _received(future, task.listed[futures[future]][0])
        finally:
            for future in futures:
                future.cancel()


def _received(future: Future[_Attempt], name: str) -> _Attempt:
    try:
        error = future.exception()
    except CancelledError as cancelled:
        error = cancelled
    if error is None:
        return future.result()
    if isinstance(error, KeyboardInterrupt):
        raise error
    kind = type(error).__name__
    lost = Problem("many.lost") if kind in LOST else _fault(error)
    return _Attempt(Outcome(name, problems=(lost,)), "alone")


def work(
    function: Callable[[Any], Any], name: str, argument: Any, wanted: str, attempt: int
) -> _Attempt:
    """What a worker does for a task.

    Args:
        function: what is done.
        name: of the task.
        argument: what the function is given.
        wanted: the version of calloff that asks.
        attempt: its number.

    Returns:
        The outcome.
    """
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        value, problems, again, instructions = None, tuple[Problem, ...](), "", ""
        try:
            with one_thread():
                instructions = _instruction_set()
                _check(wanted)
                value = function(argument)
        except KeyboardInterrupt:
            raise
        except CalloffError as error:
            problems = tuple(map(_picklable, error.problems))
        except MemoryError:
            problems, again = (Problem("many.memory"),), "alone"
        except BaseException as error:  # a panic of a library in Rust is no Exception
            if os.environ.get("CALLOFF_DEBUG"):
                traceback.print_exc()
            problems, again = (_fault(error),), "together"
    gc.collect()  # what a past remembers refers to it: it would stay, task after task
    seconds, told = time.perf_counter() - start, tuple(str(each.message) for each in noted)
    return _Attempt(Outcome(name, value, problems, attempt, seconds, instructions, told), again)


def _check(wanted: str) -> None:
    """Refuse what could give other numbers than a lone run, in silence."""
    if (found := version()) != wanted:
        raise fail("many.version", found=found, wanted=wanted)
    if current_thread() is not main_thread() and (count := blas_threads()) > 1:
        raise fail("many.blas", count=count)


def _instruction_set() -> str:
    try:
        return str(engines.fast_engine().instruction_set())
    except engines.EngineMissing:
        return ""


def _fault(error: BaseException) -> Problem:
    words = plain(str(error)).strip()
    short = words if len(words) <= 200 else f"{words[:200]}..."
    return Problem("many.fault", facts={"kind": type(error).__name__, "error": short or "-"})


def _picklable(problem: Problem) -> Problem:
    """Facts may be whatever a text can be made of, also what another process knows nothing of."""
    return replace(problem, facts={name: str(fact) for name, fact in problem.facts.items()})
