"""A store of ten years: what an issue day more costs, and a forecast from the last 120 of them.

    python benchmarks/store.py [-o FILE.json] [--days N] [--parts N] [--leads N] [--folder FOLDER]

Makes a store day by day, and at 100 days and at the end adds one more day as a CSV file by
``calloff add``, in a process of its own; at the end asks for a forecast from the last 120 days. Of
each process the time, its processor time, and its peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

FIRST = np.datetime64("2015-01-05")
EARLY, LAST = 100, 120


def plans(day: int, parts: int, leads: int) -> np.ndarray:
    """Pieces (parts, leads) of an issue day: made up, moving from day to day."""
    target = np.arange(day, day + leads)
    base = 200 + 100 * np.sin(np.arange(parts)[:, None] + target[None, :] / 7)
    noise = np.random.default_rng(day).normal(0, 3, (parts, leads)) * np.arange(leads)
    return np.rint(np.clip(base + noise, 0, None))


def table(day: int, parts: int, leads: int) -> pl.DataFrame:
    """An issue day as a table of a column for each day ahead."""
    stamp = str(FIRST + np.timedelta64(day, "D")) + " 18:00"
    names = {"part": [f"P-{at:04}" for at in range(parts)], "issued_at": [stamp] * parts}
    pieces = plans(day, parts, leads).astype(np.int64)
    return pl.DataFrame({**names, **{f"D+{at}" if at else "D": pieces[:, at]
                                     for at in range(leads)}})  # fmt: skip


def write_day(folder: Path, day: int, parts: int, leads: int) -> Path:
    path = folder / f"{day:05}.csv"
    table(day, parts, leads).write_csv(path)
    return path


def fill(store: Path, folder: Path, days: range, parts: int, leads: int) -> float:
    """Add days in this process, each from a file of its own; seconds for each."""
    from calloff.store.adding import Adding, add

    begun = time.perf_counter()
    for day in days:
        path = write_day(folder, day, parts, leads)
        add(store, path, how=Adding(arrived="issued"))
        path.unlink()
    return (time.perf_counter() - begun) / max(len(days), 1)


def run(*words: str) -> dict[str, float]:
    """A command in a process of its own."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    code = (
        "import resource, sys; from calloff.cli.main import main; status = main(sys.argv[1:]); "
        "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); "
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    peak = int(done.stderr.rsplit("PEAK", 1)[1]) / 1024
    return {"seconds": round(seconds, 2), "processor": round(used, 2), "MB": round(peak)}


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    store, shape = folder / "store", (args.parts, args.leads)
    found: dict[str, Any] = {}
    last = 0
    for name, upto in (("early", EARLY), ("end", args.days)):
        found[f"{name}: seconds for each day, in one process"] = round(
            fill(store, folder, range(last, upto), *shape), 3
        )
        one = write_day(folder, upto, *shape)
        found[f"{name}: one more day"] = run("add", str(store), str(one), "--arrived", "issued")
        last = upto + 1
    words = ("forecast", str(store), "--last", str(LAST), "-o", str(folder / "forecast.csv"))
    for method in ("plan", "combined", None):
        more = ("--method", method) if method else ()
        found[f"forecast, {method or 'the default'}"] = run(*words, *more)
    sizes = [path.stat().st_size for path in store.rglob("*") if path.is_file()]
    found["files"], found["MB on disk"] = len(sizes), round(sum(sizes) / 2**20)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--days", type=int, default=2500)
    parser.add_argument("--parts", type=int, default=500)
    parser.add_argument("--leads", type=int, default=45)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        found = {"when": f"{datetime.now():%Y-%m-%d %H:%M}", "machine": platform.processor(),
                 "load": os.getloadavg(), "days": args.days, "parts": args.parts,
                 "leads": args.leads, **measure(args, folder)}  # fmt: skip
    print(json.dumps(found, indent=1))
    if args.output:
        args.output.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
