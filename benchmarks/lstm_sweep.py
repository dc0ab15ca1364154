"""One network of every size against torch.nn.LSTM, on one core and on two: where is which faster?

    python benchmarks/lstm_sweep.py [--threads 1 2] [--seconds 1] [--json FILE]

Units 8 to 1,024, batch 8 to 1,024, steps 3 to 200; 8 features, Adam, mean squared error. Both train
the same batches from the same weights, in turn in one process on the same pinned cores, and their
losses are compared. The ratio is the median of those of neighbouring runs, on one core by the
processor's time. What would take longer than ``--most`` seconds a run is left out, and said.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from calloff.lstm import engine
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, NetworkPlan, Training
from lstm_common import clock_for, machine, pin, random_job, training_flops, write
from lstm_torch import trainer

UNITS, BATCHES, STEPS = (8, 32, 128, 256, 512, 1024), (8, 32, 128, 1024), (3, 20, 200)
FEATURES = 8
RATE = 5e10  # operations a second, to guess how many batches fill the time


def make_job(units: int, batch: int, steps: int, seconds: float) -> Job:
    plan = NetworkPlan(FEATURES, (LayerPlan(units),), HeadPlan(1))
    training = Training(Loss("mse"), epochs=1, batch_size=batch, shuffle=False)
    one = random_job(plan, training, shape=(batch, steps), seed=1)
    count = int(min(200, max(2, seconds * RATE / training_flops(one))))
    return random_job(plan, training, shape=(batch * count, steps), seed=1)


def seconds_of(work: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, Any]:
    begin = clock()
    found = work()
    return clock() - begin, found


def compare(job: Job, threads: int, pairs: int) -> dict[str, Any]:
    """Both in turn; how much longer PyTorch takes, and how far apart the losses are."""
    import torch

    torch.set_num_threads(threads)
    theirs = trainer(job)
    ours: Callable[[], float] = lambda: engine.train([job], threads=threads)[0].loss[-1]  # noqa: E731
    loss, other, clock = ours(), theirs(), clock_for(threads)
    runs = [(seconds_of(ours, clock)[0], seconds_of(theirs, clock)[0]) for _ in range(pairs)]
    batches = len(job.x) / job.training.batch_size
    return {
        "ours_ms_a_batch": 1e3 * statistics.median(mine for mine, _ in runs) / batches,
        "torch_ms_a_batch": 1e3 * statistics.median(other for _, other in runs) / batches,
        "times_faster": statistics.median(other / mine for mine, other in runs),
        "loss_difference": abs(loss - other) / abs(other),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--units", type=int, nargs="+", default=UNITS)
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS)
    parser.add_argument("--pairs", type=int, default=5, help="timed runs of each (5)")
    parser.add_argument("--seconds", type=float, default=0.2, help="aimed at for a run (0.2)")
    parser.add_argument("--most", type=float, default=4.0, help="longest run, roughly (4)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    rows = []
    cores = max(options.threads)
    for threads, units, batch, steps in itertools.product(
        options.threads, options.units, options.batches, options.steps
    ):
        pin(threads) if threads == cores else None
        job = make_job(units, batch, steps, options.seconds)
        place = {"threads": threads, "units": units, "batch": batch, "steps": steps}
        if training_flops(job) / RATE > options.most:
            rows.append({**place, "skipped": "too long"})
            continue
        rows.append({**place, **compare(job, threads, options.pairs)})
        print(rows[-1], flush=True)
    measured = [row["times_faster"] for row in rows if "times_faster" in row]
    figures = {
        "benchmark": "one network, one layer, 8 features",
        "machine": machine(cores),
        "least_times_faster": min(measured),
        "median_times_faster": statistics.median(measured),
        "rows": rows,
    }
    write(figures, options.json)


if __name__ == "__main__":
    main()
