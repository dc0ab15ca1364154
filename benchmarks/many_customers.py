"""Many customers on workers: speed-up, memory, and what ten million parts would take.

    python benchmarks/many_customers.py [--customers N] [--parts N] [--days N] [--leads N]
                                        [--workers 1 2] [--json FILE] [--folder FOLDER]

Makes a store of made-up customers, and forecasts all of them, range and quantity to build included,
by one process and by two (``forecast_many``), each run in a process of its own, the sizes in turn.
Of each run the seconds of the clock and of the processors, the most memory that one process had,
and whether the tables are those of the first run, to the bit. Seconds of the processors hang little
on what else the machine does; those of the clock do, so the load is noted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from lstm_common import machine, write

MANY = 10_000_000  # parts


def fill(store: Path, args: argparse.Namespace) -> float:
    """Customers of all kinds, each added as one file; megabytes on the disk."""
    from calloff.store.adding import Adding, add
    from calloff.synth import random_customer, random_kind

    for seed in range(args.customers):
        rng = np.random.default_rng(seed)
        size = {"parts": args.parts, "periods": args.days, "horizon": args.leads - 1}
        kind = replace(random_kind(rng), **size, cadence=1, passing=0.0, whole=True)
        path = store.with_name("customer.parquet")
        random_customer(rng, kind).table().write_parquet(path)
        if add(store, path, how=Adding(customer=f"Customer {seed}", arrived="issued")).refused:
            sys.exit(f"customer {seed} was refused")
        path.unlink()
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 1e6


def forecast_all(store: Path, to: Path, customers: int, workers: int) -> None:
    """In this process: the whole run, and what came of it as JSON."""
    from calloff.planning.executors import local_executor
    from calloff.planning.many import Job, forecast_many

    names = [f"Customer {seed}" for seed in range(customers)]
    jobs = [Job(name, [store], customer=name) for name in names]
    begun = time.perf_counter()
    with local_executor(workers) as executor:
        found = forecast_many(jobs, executor, to=to)
    made = [each.value for each in found if each.value]
    print(
        json.dumps(
            {
                "seconds": round(time.perf_counter() - begun, 1),
                "failed": len(found) - len(made),
                "rows": sum(each.rows for each in made),
                "worker_peak_mb": round(max(each.peak for each in made) / 1e6),
                "seconds_of_a_job": round(float(np.median([each.seconds for each in found])), 2),
                "instruction_sets": sorted({each.instruction_set for each in found}),
                "digests": [each.sha256 for each in made],
            }
        )
    )


def run(store: Path, to: Path, customers: int, workers: int) -> dict[str, Any]:
    """A run in a process of its own, with the load beside it."""
    before = os.times()
    words = [sys.executable, __file__, "--run", str(store), str(to), str(customers), str(workers)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return {**json.loads(done.stdout), "processor": round(used, 1), "load": os.getloadavg()[0]}


def many(one: dict[str, Any], customers: int, parts: int, store: float) -> dict[str, float]:
    """What ten million parts take, by what a run of one worker took."""
    share = MANY / (customers * parts)
    hours = one["processor"] * share / 3600
    return {
        "customers": round(MANY / parts),
        "core_hours": round(hours, 1),
        "hours_on_64_cores": round(hours / 64, 2),
        "gb_for_64_workers": round(64 * one["worker_peak_mb"] / 1000, 1),
        "store_gb": round(store * share / 1000, 1),
    }


def main() -> None:
    if sys.argv[1:2] == ["--run"]:
        store, to, customers, workers = sys.argv[2:]
        forecast_all(Path(store), Path(to), int(customers), int(workers))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("customers", 200), ("parts", 117), ("days", 51), ("leads", 9)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as made:
        store = (args.folder or Path(made)) / "store"
        store.parent.mkdir(parents=True, exist_ok=True)
        size = fill(store, args)
        runs = {n: run(store, Path(made) / f"by {n}", args.customers, n) for n in args.workers}
    digests = [each.pop("digests") for each in runs.values()]
    one = runs[args.workers[0]]
    found = {
        "when": f"{datetime.now():%Y-%m-%d %H:%M}",
        "machine": machine(max(args.workers)),
        **{name: getattr(args, name) for name in ("customers", "parts", "days", "leads")},
        "store_mb": round(size, 1),
        "runs": {f"{n} workers": each for n, each in runs.items()},
        "speed_up": {n: round(one["seconds"] / each["seconds"], 2) for n, each in runs.items()},
        "equal_to_the_bit": all(each == digests[0] for each in digests),
        "ten_million_parts": many(one, args.customers, args.parts, size),
    }
    write(found, args.json)


if __name__ == "__main__":
    main()
