"""What the LSTM benchmarks share: timing, pinned threads, the arithmetic limit, JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from calloff.lstm import checks, engine
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, NetworkPlan, Training
from calloff.lstm.stack import NO_EXTRAS, Extras


def arguments(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=2, help="cores to use, pinned (2)")
    parser.add_argument("--repeats", type=int, default=7, help="timed runs of ours (7)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser


def pin(threads: int) -> None:
    """This process, and all it starts, on as many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def clock_for(threads: int) -> Callable[[], float]:
    """On one core the processor's time, which other work disturbs little; on more, that of the
    wall: threads that wait for each other take processor time, too."""
    return time.process_time if threads == 1 else time.perf_counter


def seconds_of(jobs: list[Job], threads: int, extras: Extras = NO_EXTRAS) -> float:
    """Seconds by ``clock_for`` that the engine trains ``jobs``."""
    clock = clock_for(threads)
    begin = clock()
    engine.train(jobs, extras=[extras] * len(jobs), threads=threads)
    return clock() - begin


def timed(work: Callable[[], Any], *, warmup: int = 1, repeats: int = 7) -> dict[str, float]:
    """Seconds of wall-clock time: the least, the median, the most."""
    for _ in range(warmup):
        work()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return {"min": min(seconds), "median": statistics.median(seconds), "max": max(seconds)}


def training_flops(job: Job) -> float:
    """Multiplications and additions in the products of a whole training run.

    Per sample and step forward 2 (F + H) 4H; the same for the kernels' gradients; back through U,
    and through W where a layer lies below. Gates, Adam, validation and dropout are not counted.
    """
    per_step, features = 0.0, job.plan.features
    for k, layer in enumerate(job.plan.layers):
        gates = 4 * layer.units
        back = layer.units + (features if k else 0)
        per_step += 2 * gates * (2 * (features + layer.units) + back)
        features = layer.units
    samples, steps = job.x.shape[:2]
    return per_step * steps * samples * job.training.epochs


def limit(jobs: list[Job], threads: int) -> dict[str, float]:
    """The least time that the products could take on so many cores."""
    peak = engine.peak_rate()
    flops = sum(training_flops(job) for job in jobs)
    return {
        "gflops": flops / 1e9,
        "peak_gflops_core": peak / 1e9,
        "seconds": flops / peak / threads,
    }


def random_weights(plan: NetworkPlan, seed: int) -> tuple[np.ndarray[Any, Any], ...]:
    g = np.random.default_rng(seed)
    return tuple(
        (g.normal(size=shape) * 0.5 / np.sqrt(shape[0])).astype(np.float32)
        for _, shape in checks.weight_shapes(plan)
    )


def random_job(plan: NetworkPlan, training: Training, *, shape: tuple[int, int], seed: int) -> Job:
    """A job on noise; ``shape`` is (samples, steps). Speed does not depend on the numbers."""
    g = np.random.default_rng(seed)
    x = g.normal(size=(*shape, plan.features)).astype(np.float32)
    y = g.normal(size=(shape[0], plan.head.outputs)).astype(np.float32)
    return Job(plan, training, random_weights(plan, seed), x, y, seed=seed)


def notebook_job(seed: int = 0) -> Job:
    """The notebook's network: 30 windows of 3 steps and 4 features, 5 to validate, 100 epochs."""
    layer = LayerPlan(8, "relu", dropout=0.2)
    plan = NetworkPlan(4, (layer, layer), HeadPlan(1))
    job = random_job(plan, Training(epochs=100, batch_size=4), shape=(30, 3), seed=seed)
    other = random_job(plan, Training(), shape=(5, 3), seed=seed + 10_000)
    return replace(job, val_x=other.x, val_y=other.y)


def machine(threads: int) -> dict[str, Any]:
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), model)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": model,
        "threads": threads,
        "load_before": load,
        "instruction_sets": engine.instruction_sets(),
        "python": platform.python_version(),
    }


def write(figures: dict[str, Any], path: Path | None) -> None:
    text = json.dumps(figures, indent=2)
    print(text)
    if path is not None:
        path.write_text(text + "\n", encoding="utf-8")
