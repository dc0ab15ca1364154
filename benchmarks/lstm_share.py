"""How much of what the arithmetic allows one core reaches, by units, batch and steps.

    python benchmarks/lstm_share.py [--json FILE]

Both times are the processor's, taken in turn, so that a busy machine disturbs little: that of a
training, and that of the multiplications and additions of its products at the rate that registers
alone allow (``engine.peak_rate``). The share is the median of neighbouring runs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from calloff.lstm import engine
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, NetworkPlan, Training
from lstm_common import arguments, machine, notebook_job, pin, random_job, training_flops, write

SIZES = (  # units, batch, steps
    *((8, 4, 3), (8, 32, 20), (8, 128, 20)),
    *((32, 8, 20), (32, 32, 20), (32, 64, 5), (32, 128, 20)),
    *((128, 32, 20), (128, 64, 20), (128, 256, 5)),
    *((256, 8, 20), (256, 8, 200), (256, 32, 20)),
)
FLOPS = 5e9  # of a training, about: 50 ms


def make_job(units: int, batch: int, steps: int) -> Job:
    plan = NetworkPlan(12, (LayerPlan(units),), HeadPlan(1))
    training = Training(Loss("mse"), epochs=1, batch_size=batch)
    job = random_job(plan, training, shape=(4 * batch, steps), seed=1)
    epochs = max(1, round(FLOPS / training_flops(job)))
    return replace(job, training=replace(training, epochs=epochs))


def processor_seconds(work: Callable[[], Any]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def share(jobs: list[Job], repeats: int) -> dict[str, Any]:
    """Of one core's peak, and the processor's time for a batch."""
    flops = sum(training_flops(job) for job in jobs)
    batches = sum(job.training.epochs * -(-len(job.x) // job.training.batch_size) for job in jobs)
    train: Callable[[], Any] = lambda: engine.train(jobs, threads=1)  # noqa: E731
    train()
    runs = [(processor_seconds(train), engine.peak_rate(rounds=2_000_000)) for _ in range(repeats)]
    return {
        "microseconds_a_batch": 1e6 * statistics.median(seconds for seconds, _ in runs) / batches,
        "share": statistics.median(flops / peak / seconds for seconds, peak in runs),
        "peak_gflops": max(peak for _, peak in runs) / 1e9,
        "instruction_set": engine.instruction_set(jobs[0].plan),
    }


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    pin(1)
    jobs = [notebook_job(k) for k in range(32)]  # side by side, in lanes of the vectors
    rows = {"the notebook's network, 32 of them": share(jobs, options.repeats)}
    for units, batch, steps in SIZES:
        name = f"{units} units, batch {batch}, {steps} steps"
        rows[name] = share([make_job(units, batch, steps)], options.repeats)
        print(name, rows[name], flush=True)
    write({"machine": machine(1), "rows": rows}, options.json)


if __name__ == "__main__":
    main()
