"""What regularizers and constraints cost the engine: the same training with and without, in turn.

python benchmarks/lstm_penalties.py [--threads 1] [--json FILE]
"""

from __future__ import annotations

import statistics
from typing import Any

from calloff.lstm.constraints import MaxNorm, NonNeg, UnitNorm
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, NetworkPlan, Training
from calloff.lstm.regularizers import L1, L1L2, L2, OrthogonalRegularizer
from calloff.lstm.stack import Extras
from lstm_common import arguments, machine, notebook_job, pin, random_job, seconds_of, write

RULES: dict[str, tuple[str, Any]] = {
    "L1": ("regularizers", L1(0.001)),
    "L2": ("regularizers", L2(0.001)),
    "L1L2": ("regularizers", L1L2(0.001, 0.001)),
    "orthogonal": ("regularizers", OrthogonalRegularizer(0.001)),
    "orthogonal columns": ("regularizers", OrthogonalRegularizer(0.001, "columns")),
    "max norm": ("constraints", MaxNorm(2.0)),
    "unit norm": ("constraints", UnitNorm()),
    "non-negative": ("constraints", NonNeg()),
}


def job_of(units: int, batch: int) -> Job:
    plan = NetworkPlan(12, (LayerPlan(units),), HeadPlan(1))
    training = Training(Loss("mse"), epochs=max(1, 640 // units), batch_size=batch)
    return random_job(plan, training, shape=(1024, 5), seed=1)


def extras_of(job: Job, kind: str, value: Any) -> Extras:
    """The rule on every matrix."""
    return Extras(**{kind: tuple(value if w.ndim == 2 else None for w in job.weights)})


def ratios(jobs: list[Job], threads: int, pairs: int) -> dict[str, float]:
    """For each rule, the median of its time by that without in neighbouring runs."""
    found = {}
    for name, (kind, value) in RULES.items():
        extras = extras_of(jobs[0], kind, value)
        seconds_of(jobs, threads, extras)
        pair = [seconds_of(jobs, threads, extras) / seconds_of(jobs, threads) for _ in range(pairs)]
        found[name] = statistics.median(pair)
    return found


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    pin(options.threads)
    jobs = {
        "117 of the notebook's networks, batch 4": [notebook_job(seed) for seed in range(117)],
        "the notebook's network, batch 4": [notebook_job()],
    }
    for units, batch in ((8, 32), (32, 32), (32, 64), (128, 32), (128, 256)):
        jobs[f"{units} units, batch {batch}"] = [job_of(units, batch)]
    rows = {name: ratios(some, options.threads, options.repeats) for name, some in jobs.items()}
    write({"machine": machine(options.threads), "times_as_long": rows}, options.json)


if __name__ == "__main__":
    main()
