"""What static features spare the engine: the same training with them at each step, in turn.

python benchmarks/lstm_static.py [--threads 1] [--json FILE]
"""

from __future__ import annotations

import statistics
from dataclasses import replace

import numpy as np

from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, NetworkPlan, Training
from calloff.lstm.sequences import with_static
from lstm_common import arguments, machine, pin, random_job, seconds_of, write

# networks, units, features of a step, static ones, steps, batch
CASES = {
    "the network of lstm": (1, 32, 16, 38, 8, 256),
    "a long sequence": (1, 64, 4, 28, 60, 64),
    "117 networks side by side": (117, 8, 3, 5, 12, 4),
    "as many of each": (1, 128, 24, 24, 12, 32),
}


def job_of(units: int, features: int, static: int, steps: int, batch: int, seed: int) -> Job:
    plan = NetworkPlan(features + static, (LayerPlan(units),), HeadPlan(1))
    samples = 1024 if batch > 4 else 64
    training = Training(Loss("mse"), epochs=4, batch_size=batch)
    job = random_job(plan, training, shape=(samples, steps), seed=seed)
    same = np.random.default_rng(seed).normal(size=(samples, static)).astype(np.float32)
    return replace(job, x=np.ascontiguousarray(job.x[:, :, :features]), static=same)


def repeated(job: Job) -> Job:
    """The same with the static features at each step."""
    return replace(job, x=with_static(job.x, job.static), static=None)


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    pin(options.threads)
    rows = {}
    for name, (networks, *shape) in CASES.items():
        jobs = [job_of(*shape, seed=seed) for seed in range(networks)]
        whole = [repeated(job) for job in jobs]
        seconds_of(jobs, options.threads)
        rows[name] = statistics.median(
            seconds_of(jobs, options.threads) / seconds_of(whole, options.threads)
            for _ in range(options.repeats)
        )
    write({"machine": machine(options.threads), "share_of_the_time": rows}, options.json)


if __name__ == "__main__":
    main()
