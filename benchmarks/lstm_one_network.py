"""One network for all parts, several seeds at once: our engine against torch.nn.LSTM, in one run.

    python benchmarks/lstm_one_network.py [--seeds 4] [--threads 2] [--json FILE]

12 features, 5 steps, 32 units, 2,000 windows, batch 64, 40 epochs, Adam. PyTorch fits one seed
after another, with one thread or with all, whichever is faster. Without it its figures are missing,
and the output says so.
With ``--large`` also a network of 256 units alone, whose batches our threads share.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from calloff.lstm import engine
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, NetworkPlan, Training
from lstm_common import arguments, limit, machine, pin, random_job, timed, write

EPOCHS, BATCH = 40, 64


def make_job(seed: int) -> Job:
    plan = NetworkPlan(12, (LayerPlan(32),), HeadPlan(1))
    training = Training(epochs=EPOCHS, batch_size=BATCH)
    return random_job(plan, training, shape=(2000, 5), seed=seed)


def large_job() -> Job:
    plan = NetworkPlan(12, (LayerPlan(256),), HeadPlan(1))
    return random_job(plan, Training(epochs=1, batch_size=256), shape=(10_000, 10), seed=1)


def ours(jobs: list[Job], threads: int, repeats: int) -> dict[str, Any]:
    seconds = timed(lambda: engine.train(jobs, threads=threads), repeats=repeats)
    least = limit(jobs, threads)
    per_fit = {name: value / len(jobs) for name, value in seconds.items()}
    return {
        "instruction_set": engine.instruction_set(jobs[0].plan),
        "seconds_per_fit": per_fit,
        "limit": least,
        "share_of_limit": least["seconds"] / seconds["min"],
    }


def torch_fit(job: Job) -> None:
    import torch

    recurrent = torch.nn.LSTM(job.plan.features, 32, batch_first=True)
    head = torch.nn.Linear(32, 1)
    optimizer = torch.optim.Adam([*recurrent.parameters(), *head.parameters()])
    x, y = torch.from_numpy(job.x), torch.from_numpy(job.y)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            outputs, _ = recurrent(x[rows])
            loss = (head(outputs[:, -1]) - y[rows]).abs().mean()
            loss.backward()
            optimizer.step()


def theirs(job: Job, threads: int) -> dict[str, Any]:
    """With one thread and with all: whichever is faster counts (on a busy machine, one)."""
    if find_spec("torch") is None:
        return {"skipped": "torch is not installed: pip install torch"}
    import torch

    runs = {}
    for count in sorted({1, threads}):
        torch.set_num_threads(count)
        runs[count] = timed(lambda: torch_fit(job), repeats=3)
    best = min(runs, key=lambda count: runs[count]["median"])
    return {"version": torch.__version__, "threads": best, "seconds_per_fit": runs[best]}


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--large", action="store_true", help="a network of 256 units, too")
    options = parser.parse_args()
    pin(options.threads)
    jobs = [make_job(seed) for seed in range(options.seeds)]
    figures: dict[str, Any] = {
        "benchmark": "LSTM(32) on 2,000 windows of (5, 12), batch 64, 40 epochs",
        "seeds": options.seeds,
        "machine": machine(options.threads),
        "calloff": ours(jobs, options.threads, options.repeats),
        "torch": theirs(jobs[0], options.threads),
    }
    if options.large:
        figures["calloff_256_units"] = ours([large_job()], options.threads, 3)
    if "skipped" not in figures["torch"]:
        theirs_median = figures["torch"]["seconds_per_fit"]["median"]
        ours_median = figures["calloff"]["seconds_per_fit"]["median"]
        figures["times_faster"] = theirs_median / ours_median
    write(figures, options.json)


if __name__ == "__main__":
    main()
