"""The notebook's network for many parts, against programs that train all of them at once.

    python benchmarks/lstm_many.py [--parts 117 1170] [--threads 1 2] [--json FILE]

Contenders, each with as many threads as the engine: a JAX program (vmap over networks, scan over
steps, the whole training compiled), PyTorch with stacked weights, plain and by ``torch.compile``,
and ``torch.nn.LSTM`` for one part after another in one process for each core. Compile time stands
apart. Both start from the same weights; with ``--check`` nothing is dropped or shuffled, and the
losses of all epochs must be the same. A contender that is not installed is named as skipped.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from calloff.lstm import engine
from calloff.lstm.contract import Job
from lstm_common import limit, machine, notebook_job, pin, write

NAMES = ("jax", "stacked", "compiled", "one after another")
NEEDS = {"jax": "jax"}


def jobs_of(parts: int, plain: bool) -> list[Job]:
    """The notebook's; ``plain``: without what draws random numbers, so that losses can be equal."""
    jobs = [notebook_job(seed) for seed in range(parts)]
    if not plain:
        return jobs
    layers = tuple(replace(layer, dropout=0.0) for layer in jobs[0].plan.layers)
    plan = replace(jobs[0].plan, layers=layers)
    training = replace(jobs[0].training, shuffle=False)
    return [replace(job, plan=plan, training=training) for job in jobs]


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def contender(name: str, jobs: list[Job], threads: int) -> tuple[float, Callable[[], Any]]:
    """Seconds to compile, and what trains all jobs and gives their losses (K, E)."""
    if name == "jax":
        import lstm_jax

        compile_all, train = lstm_jax.program(jobs)
        seconds, _ = seconds_of(compile_all)
        return seconds, lambda: train()[0]
    import torch

    torch.set_num_threads(threads)
    if name == "one after another":
        return 0.0, lambda: one_after_another(jobs, threads)
    import lstm_stacked

    train = lstm_stacked.program(jobs, compiled=name == "compiled")
    first, _ = seconds_of(train)
    again, _ = seconds_of(train)
    return max(0.0, first - again), train


def one_after_another(jobs: list[Job], threads: int, sample: int = 4) -> Any:
    """``torch.nn.LSTM`` in a process for each core; a few parts for each, timed in there, as all
    take hours. Gives the seconds that all would take."""
    context = get_context("spawn")
    with ProcessPoolExecutor(threads, mp_context=context) as pool:
        list(pool.map(train_few, [jobs[:1]] * threads))  # imports, and a warm-up
        found = list(pool.map(train_few, [jobs[:sample]] * threads))
    return max(found) * len(jobs) / (sample * threads)


def train_few(jobs: list[Job]) -> float:
    import torch

    from lstm_torch import trainer

    torch.set_num_threads(1)
    return seconds_of(lambda: [trainer(job)() for job in jobs])[0]


def compare(name: str, jobs: list[Job], threads: int, pairs: int) -> dict[str, Any]:
    """Ours and another in turn."""
    if find_spec(NEEDS.get(name, "torch")) is None:
        return {"skipped": "not installed"}
    ours: Callable[[], Any] = lambda: np.stack(  # noqa: E731
        [outcome.loss for outcome in engine.train(jobs, threads=threads)]
    )
    try:
        compile_seconds, theirs = contender(name, jobs, threads)
    except Exception as error:  # a compiler that is missing, say
        return {"skipped": f"{type(error).__name__}: {str(error)[:200]}"}
    losses, other = ours(), theirs()
    if name == "one after another":
        runs = [(seconds_of(ours)[0], other) for _ in range(pairs)]
    else:
        theirs()
        runs = [(seconds_of(ours)[0], seconds_of(theirs)[0]) for _ in range(pairs)]
    figures = {
        "ours_seconds": statistics.median(mine for mine, _ in runs),
        "other_seconds": statistics.median(theirs for _, theirs in runs),
        "compile_seconds": compile_seconds,
        "times_faster": statistics.median(theirs / mine for mine, theirs in runs),
    }
    if name != "one after another":
        figures["mean_last_loss"] = [float(losses[:, -1].mean()), float(other[:, -1].mean())]
        # Later epochs drift apart by rounding, as those of two instruction sets do.
        figures["difference_in_ten_epochs"] = float(np.abs(losses - other)[:, :10].max())
    return figures


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[117])
    parser.add_argument("--threads", type=int, default=2, help="cores, of both (2)")
    parser.add_argument("--contenders", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--pairs", type=int, default=5, help="timed runs of each (5)")
    parser.add_argument("--check", action="store_true", help="compare losses: nothing random")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    pin(options.threads)
    if options.threads == 1:
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    rows = []
    for parts in options.parts:
        jobs = jobs_of(parts, options.check)
        for name in options.contenders:
            found = compare(name, jobs, options.threads, options.pairs)
            rows.append({"parts": parts, "contender": name, **found})
            print(rows[-1], flush=True)
        rows.append({"parts": parts, "limit": limit(jobs, options.threads)})
    figures = {"benchmark": "the notebook's network, 100 epochs, batch 4", "rows": rows}
    write({**figures, "machine": machine(options.threads)}, options.json)


if __name__ == "__main__":
    main()
