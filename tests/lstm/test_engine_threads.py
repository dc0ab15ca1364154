"""The fast engine's threads: the same bits, no leaks, progress, and Ctrl-C."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_cases import (
    error,
    make_job,
    notebook_job,
    reference_gradients,
    with_masks,
    with_validation,
)

from calloff.lstm.contract import Job, LayerPlan, Loss, Outcome

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)


def large_job(epochs: int = 2) -> Job:
    job = make_job(
        LayerPlan(48, dropout=0.2), samples=300, epochs=epochs, batch_size=128, loss=Loss("mse")
    )
    return with_validation(job, samples=200)


def bits(outcomes: list[Outcome]) -> bytes:
    return b"".join(array.tobytes() for o in outcomes for array in (*o.weights, o.loss, o.val_loss))


@pytest.mark.parametrize("instruction_set", engine.instruction_sets())
def test_any_number_of_threads_gives_the_same_bits(instruction_set: str) -> None:
    mixed = [notebook_job(k, epochs=10) for k in range(9)] + [large_job()]
    first = bits(engine.train(mixed, threads=1, instruction_set=instruction_set))
    for threads in (1, 2, 8):
        again = engine.train(mixed, threads=threads, instruction_set=instruction_set)
        assert bits(again) == first
    alone = [engine.train([j], threads=3, instruction_set=instruction_set)[0] for j in mixed]
    assert bits(alone) == first


LARGE = {
    "two slices": (LayerPlan(130), LayerPlan(100, "relu", dropout=0.2, go_backwards=True)),
    "shared units": (LayerPlan(520), LayerPlan(100, "relu", dropout=0.2, go_backwards=True)),
    "recurrent dropout": (LayerPlan(40), LayerPlan(513, recurrent_dropout=0.2, dropout=0.1)),
    "masks for each gate": (LayerPlan(515, "swish", implementation=1, dropout=0.3),),
}


@pytest.mark.parametrize("instruction_set", engine.instruction_sets())
@pytest.mark.parametrize("layers", LARGE.values(), ids=LARGE)
def test_threads_that_share_one_small_batch(
    layers: tuple[LayerPlan, ...], instruction_set: str
) -> None:
    """By its rows, or where layers are large by their units: the same bits for any number of
    threads, and the gradients of the specification."""
    job = make_job(*layers, samples=40, steps=3, epochs=1, batch_size=17, loss=Loss("mse"))
    job = with_masks(with_validation(job, samples=20))
    options: dict[str, Any] = {"instruction_set": instruction_set}
    first = bits(engine.train([job], threads=1, **options))
    for threads in (2, 2, 8):
        assert bits(engine.train([job], threads=threads, **options)) == first
    assert bits(engine.train([job, job], threads=2, **options)[:1]) == first
    _, expected = reference_gradients(job)
    _, single = reference_gradients(job, dtype=np.float32)
    for threads in (1, 3):
        _, found = engine.gradients(job, threads=threads, poison=True, **options)
        assert error(found, expected) <= 2 * error(single, expected) + 3e-7


def test_no_jobs_and_no_epochs_left() -> None:
    assert engine.train([]) == []


def test_progress_tells_of_all_epochs() -> None:
    told: list[tuple[int, int]] = []
    jobs = [notebook_job(k, epochs=20, early_stopping=3) for k in range(3)]
    engine.train(jobs, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (60, 60)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_error_in_progress_stops_the_jobs() -> None:
    def refuse(done: int, total: int) -> None:
        raise RuntimeError("enough")

    begin = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"):
        engine.train([large_job(100_000)], progress=refuse)
    assert time.monotonic() - begin < 1.0
    engine.train([notebook_job(epochs=2)])  # nothing is broken


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_engine_threads import engine, large_job, notebook_job
print("ready", flush=True)
try:
    engine.train([large_job(10_000_000), notebook_job(epochs=100_000_000)], threads={threads})
except KeyboardInterrupt:
    outcome = engine.train([notebook_job(epochs=3)])[0]
    print("interrupted", len(outcome.loss), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("threads", [1, 3])
def test_control_c(threads: int) -> None:
    script = SCRIPT.format(tests=str(Path(__file__).parent), threads=threads)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted 3\n"
        assert time.monotonic() - begin < 1.0
        assert process.wait(timeout=10) == 0


def resident() -> int:
    """Bytes of memory in use by this process."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_memory_stays_flat_over_a_thousand_fits() -> None:
    job, bad = notebook_job(epochs=2), notebook_job(epochs=2)
    bad = replace(bad, y=np.full_like(bad.y, np.nan))
    for _ in range(200):
        engine.train([job, bad])
    gc.collect()
    before = resident()
    for _ in range(1000):
        engine.train([job, bad])
    gc.collect()
    assert resident() - before < 2_000_000


def test_the_interpreter_runs_on_while_the_engine_trains() -> None:
    """A thread of Python counts while another one trains."""
    import threading

    done = threading.Event()

    def work() -> None:
        engine.train([large_job(30)], threads=1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    count = 0
    while not done.is_set():
        count += 1
        time.sleep(0.001)
    thread.join()
    assert count >= 3
