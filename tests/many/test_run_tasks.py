"""Tasks on workers: one outcome each, in order; what fails or dies stops nothing."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import worker_tasks as work

from calloff.planning import parallel
from calloff.planning.executors import LocalExecutor, local_executor
from calloff.planning.parallel import Outcome, instruction_sets, run_tasks
from calloff.rolling import blas
from calloff.texts.errors import CalloffError, Problem, Where, fail
from calloff.texts.version import version

NUMBERS = [(f"task {number}", number) for number in range(8)]


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalExecutor]:
    """Workers whose linear algebra begins with two threads, whatever this process has."""
    with pytest.MonkeyPatch.context() as patch, local_executor(2) as executor:
        patch.setenv("OPENBLAS_NUM_THREADS", "2")
        assert {future.result() for future in map(executor.submit, [work.blas_threads] * 4)} == {2}
        yield executor


@pytest.fixture(params=["alone", "workers"])
def executor(request: pytest.FixtureRequest) -> Executor | None:
    return request.getfixturevalue("workers") if request.param == "workers" else None


def codes(outcome: Outcome[object]) -> list[str]:
    return [problem.code for problem in outcome.problems]


def test_outcomes_come_in_the_order_of_the_tasks(executor: Executor | None) -> None:
    told: list[str] = []
    found = run_tasks(
        work.double, iter(NUMBERS), executor, progress=lambda each: told.append(each.name)
    )
    assert [(each.name, each.value) for each in found] == [(n, 2 * v) for n, v in NUMBERS]
    assert sorted(told) == [name for name, _ in NUMBERS]
    assert {each.attempts for each in found} == {1}
    assert all(each.instruction_set and each.seconds >= 0 and not each.failed for each in found)
    assert not instruction_sets(found)


class Waits(Executor):
    """Does the first task, and leaves the others waiting."""

    def __init__(self) -> None:
        self.futures: list[Future[object]] = []

    def submit(
        self, fn: Callable[..., object], /, *args: object, **kwargs: object
    ) -> Future[object]:
        future: Future[object] = Future()
        self.futures.append(future)
        if len(self.futures) == 1:
            future.set_result(fn(*args))
        return future


def test_what_waits_is_left_where_the_caller_ends_it() -> None:
    def stop(outcome: Outcome[int]) -> None:
        raise KeyboardInterrupt

    executor = Waits()
    with pytest.raises(KeyboardInterrupt):
        run_tasks(work.double, NUMBERS, executor, progress=stop)
    gc.collect()
    assert [future.cancelled() for future in executor.futures] == [False, *[True] * 7]


def needs_much(number: int) -> int:
    raise MemoryError


@pytest.mark.parametrize(("function", "again"), [(needs_much, "alone"), (work.double, "")])
def test_a_task_that_found_no_memory_is_tried_again_when_no_other_is_at_work(
    function: Callable[[int], int], again: str
) -> None:
    assert parallel.work(function, "task", 1, version(), 1).again == again


def test_workers_are_other_processes(workers: Executor) -> None:
    assert {each.value for each in run_tasks(work.process, NUMBERS)} == {os.getpid()}
    assert os.getpid() not in {each.value for each in run_tasks(work.process, NUMBERS, workers)}


def test_what_a_task_remembered_goes_with_it(executor: Executor | None) -> None:
    gc.disable()
    try:
        assert {each.value for each in run_tasks(work.rings_left, NUMBERS, executor)} == {0}
    finally:
        gc.enable()


def test_ending_python_ends_the_task_only() -> None:
    (found,) = run_tasks(work.leave, NUMBERS[:1])
    assert codes(found) == ["many.fault"]


def test_linear_algebra_has_one_thread(executor: Executor | None) -> None:
    assert {each.value for each in run_tasks(work.threads, NUMBERS, executor)} == {1}


def test_threads_of_the_caller_have_one_as_well() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert {each.value for each in run_tasks(work.threads, NUMBERS, executor)} == {1}


def test_a_worker_with_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a worker of Dask without its nanny: tasks are not in its main thread."""
    monkeypatch.setattr("calloff.planning.parallel.blas_threads", lambda: 4)
    with ThreadPoolExecutor(1) as executor:
        (found,) = run_tasks(work.double, NUMBERS[:1], executor)
    assert codes(found) == ["many.blas"]
    assert "OPENBLAS_NUM_THREADS=1" in found.problems[0].text()


def test_problems_stay_problems_and_are_not_tried_again(executor: Executor | None) -> None:
    (found,) = run_tasks(work.refuse, [("bad", 1)], executor)
    assert codes(found) == ["file.empty", "many.blas"]
    assert "has 17 threads" in found.problems[1].text()
    assert (found.attempts, found.value) == (1, None)


def test_what_fails_is_tried_again(executor: Executor | None, tmp_path: Path) -> None:
    (found,) = run_tasks(work.fail_once, [("full", tmp_path)], executor)
    assert (found.value, found.attempts) == (2, 2)
    assert not found.failed


def test_and_given_up_with_a_short_line(executor: Executor | None, tmp_path: Path) -> None:
    (found,) = run_tasks(work.fail_once, [("full", tmp_path)], executor, attempts=1)
    assert codes(found) == ["many.fault"]
    text = found.problems[0].text()
    assert "OSError: [Errno 28] No space left on device" in text
    assert "Traceback" not in text and "\n" not in text


@pytest.mark.parametrize(
    ("function", "words"), [(work.leave, "SystemExit"), (work.give_back, "give_back.<locals>")]
)
def test_what_cannot_come_back_is_a_fault(function: object, words: str, workers: Executor) -> None:
    found = run_tasks(function, NUMBERS[:2], workers)  # type: ignore[arg-type]
    assert [codes(each) for each in found] == [["many.fault"]] * 2
    assert words in found[0].problems[0].text()
    assert run_tasks(work.double, [("next", 1)], workers)[0].value == 2


def test_warnings_come_back(executor: Executor | None) -> None:
    (found,) = run_tasks(work.warn, [("odd", 1)], executor)
    assert found.warnings == ("the plan stands in",)


def test_a_worker_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calloff.planning.parallel.version", iter(["1.0", "0.9"]).__next__)
    (found,) = run_tasks(work.double, NUMBERS[:1])
    assert codes(found) == ["many.version"]
    assert "0.9" in found.problems[0].text()


def test_a_lost_worker_is_made_anew_and_its_task_tried_again(tmp_path: Path) -> None:
    tasks = [(f"task {n}", (n, tmp_path if n == 3 else None)) for n in range(8)]
    with local_executor(2) as executor:
        found = run_tasks(work.die_if_told, tasks, executor)
    assert [each.value for each in found] == [0, 2, 4, 2, 8, 10, 12, 14]
    assert [each.attempts for each in found] == [1, 1, 1, 2, 1, 1, 1, 1]


@pytest.mark.parametrize("pool", ["ours", "the standard library's"])
def test_what_always_kills_is_given_up_and_takes_nothing_along(pool: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours = pool == "ours"
    tasks = [(f"task {n}", -1 if n in (2, 5) else n) for n in range(8)]
    with local_executor(2) if ours else ProcessPoolExecutor(2, context) as executor:
        found = run_tasks(work.die_if_negative, tasks, executor)
    assert [each.value for each in found] == [0, 2, None, 6, 8, None, 12, 14]
    assert [codes(each) for each in found if each.failed] == [["many.lost"]] * 2
    assert [each.attempts for each in found if each.failed] == [2, 2]
    if ours:
        assert {each.attempts for each in found if not each.failed} == {1}


class Closed(Executor):
    def submit(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        raise BrokenProcessPool("no process")


def test_an_executor_that_takes_nothing_is_said() -> None:
    found = run_tasks(work.double, NUMBERS, Closed())
    assert {tuple(codes(each)) for each in found} == {("many.lost",)}


def test_mixed_instruction_sets_are_told() -> None:
    names = ["avx2", "", "sse2", "avx2"]
    (notice,) = instruction_sets([Outcome(n, instruction_set=n) for n in names])
    assert "avx2, sse2" in notice.text()


def test_errors_of_ours_can_be_sent() -> None:
    error = fail("store.none", Where(file="plans", row=3))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, CalloffError)
    assert again.problems == error.problems == (Problem("store.none", Where("plans", row=3)),)
    assert str(again) == str(error)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((3, NUMBERS), "function"),
        ((work.double, 3), "tasks"),
        ((work.double, NUMBERS, 7), "executor"),
    ],
)
def test_arguments_are_checked(arguments: tuple[object, ...], text: str) -> None:
    with pytest.raises(CalloffError, match=text):
        run_tasks(*arguments)  # type: ignore[arg-type]
    with pytest.raises(CalloffError, match="attempts"):
        run_tasks(work.double, NUMBERS, attempts=0)
    with pytest.raises(CalloffError, match="workers"):
        local_executor(0)


def test_the_threads_of_linear_algebra_are_counted() -> None:
    with blas.one_thread():
        assert blas.blas_threads() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_workers_end_with_the_process_that_began_them() -> None:
    code = (
        "import os, time\n"
        "from calloff.planning.executors import local_executor\n"
        "executor = local_executor(1)\n"
        "print(executor.submit(os.getpid).result(), flush=True)\n"
        "executor.submit(time.sleep, 60)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as began:
        assert began.stdout is not None
        worker = int(began.stdout.readline())
        os.kill(worker, 0)
        began.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat")
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
