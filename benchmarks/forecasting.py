"""Forecasting: a whole backtest, a whole results, and the cost against the number of parts.

    python benchmarks/forecasting.py [--json FILE] [--export FILE --from DAY --to DAY
                                     --exclude-parts A,B] [--parts N]... [--method NAME]...
                                     [--most SECONDS] [--only backtest|forecast|parts]

Whole processes, from the start of Python to the last line on the screen, on an export of full size
(117 parts, 51 days, 153 time stamps, made up; or one of your own): `calloff backtest` with every
default method, each fitted anew at each of the origins, and `calloff forecast`. Then one evening's
forecast by each method for 117, 1,170 and 11,700 parts, each in a process of its own: seconds, the
memory that it took beyond the triangle, and the exponent of the cost between sizes (1: linear).
What would take more than --most seconds, by the size before, is left out and named.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lstm_common import machine, pin, write

PARTS, DAYS, TIMES = 117, 51, (830, 1330, 1730)
SIZES = (117, 1_170, 11_700)
METHODS = ("plan", "ratio", "ratio-part", "blend", "combined", "lstm", "auto")
TARGETS = 9  # target days of the backtest on the made-up export
LEAD, HORIZON, SPAN = 3, 8, 50  # of the triangles for the cost by parts


def make_export(path: Path) -> None:
    """A synthetic customer's export of full size, three plans a day, as .xls."""
    import xlwt

    from calloff.synth import Customer, export_header, export_rows, make

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    truth = make(Customer(parts=PARTS, days=DAYS, faults=False))
    evenings = [row for row in export_rows(truth) if int(str(row[-1])[-4:]) == TIMES[-1]]
    rows = (
        [*row[:-1], int(str(row[-1])[:8]) * 10_000 + time] for row in evenings for time in TIMES
    )
    for number, row in enumerate([export_header(), *rows]):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.save(path)


def process(*words: str) -> dict[str, Any]:
    """A whole process: seconds of the clock, of the processors, and its peak memory."""
    start = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss * unit / 1e6),
    }


def last_targets(export: str) -> str:
    """The day from which TARGETS target days are left in an export."""
    from calloff.data.load import load

    return str(load(export).triangle.target_days[-TARGETS])


def whole(args: argparse.Namespace, folder: str) -> dict[str, Any]:
    """The two commands on an export of full size."""
    export = args.export or f"{folder}/full.xls"
    if not args.export:
        # in a process of its own: on Linux a child's peak memory starts from its parent's
        subprocess.run([sys.executable, __file__, "--make", export], check=True)
    common = [export, "--lead", str(LEAD), "--quiet"]
    if args.exclude_parts:
        common += ["--exclude-parts", args.exclude_parts]
    calloff = [sys.executable, "-m", "calloff"]
    span = ["--from", args.first or last_targets(export), *(["--to", args.last] * bool(args.last))]
    found = {}
    if args.only in (None, "backtest"):
        found["backtest, all default methods"] = process(*calloff, "backtest", *common, *span)
    if args.only in (None, "forecast"):
        runs = [process(*calloff, "forecast", *common) for _ in range(3)]
        found["forecast, default method"] = min(runs, key=lambda run: run["seconds"])
    return found


def triangle(parts: int) -> Any:
    """Parts of many sizes, planned with errors that grow with the lead; idle weekends."""
    from calloff.data.triangle import Triangle, stale_days

    rng = np.random.default_rng(1)
    calendar = np.datetime64("2024-03-04") + np.arange(SPAN + HORIZON).astype("timedelta64[D]")
    days, works = calendar[:SPAN], np.is_busday(calendar)
    level = np.exp(rng.normal(4, 1, (parts, 1)))
    calls = np.round(level * np.exp(rng.normal(0, 0.3, (parts, SPAN + HORIZON))) * works)
    quantity = np.empty((parts, SPAN, HORIZON + 1))
    for lead in range(HORIZON + 1):
        error = np.exp(rng.normal(0, 0.12 * math.sqrt(lead), (parts, SPAN)))
        quantity[:, :, lead] = np.round(calls[:, lead : lead + SPAN] * error)
    for day in np.flatnonzero(~works[:SPAN]):
        quantity[:, day] = quantity[:, day - 1]  # a copy: the customer's system repeats itself
    nothing = np.zeros((parts, SPAN), dtype=bool)
    names = tuple(f"Part {part}" for part in range(parts))
    stale = stale_days(quantity)
    return Triangle(names, days, np.arange(HORIZON + 1), quantity, stale, nothing, nothing.copy())


def evening(name: str, parts: int) -> dict[str, Any]:
    """In this process: one evening's forecast, past and all, from a triangle."""
    import resource

    from calloff.forecasters import named
    from calloff.rolling.answers import ask

    made, (method,) = triangle(parts), named([name])
    ask(method, (small := triangle(20)).as_of(small.days[-4]), *_question(small))  # imports
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, start_cpu = time.perf_counter(), time.process_time()
    past = made.as_of(made.days[-4])
    pieces = ask(method, past, *_question(made)).pieces
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    assert np.isfinite(pieces).all()
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "beyond_triangle_mb": round((peak - before) * unit / 1e6),
        "peak_mb": round(peak * unit / 1e6),
    }


def _question(made: Any) -> tuple[Any, Any]:
    from calloff.rolling.spec import Spec

    past = made.as_of(made.days[-4])
    targets = past.cutoff + np.arange(LEAD, HORIZON).astype("timedelta64[D]")
    ahead = [past.ask(target, LEAD) for target in targets]
    return max(ahead, key=lambda query: np.nansum(query.plan)), Spec(lead=LEAD)


def by_parts(methods: list[str], sizes: list[int], most: float) -> dict[str, Any]:
    """Each method at each size, and the exponents of its time between them."""
    results: dict[str, Any] = {}
    for name in methods:
        found: dict[int, Any] = {}
        for before, size in zip([None, *sizes], sizes, strict=False):
            expected = found[before]["seconds"] * size / before if before in found else 0.0
            if expected > most or (before and before not in found):
                results.setdefault("left_out", []).append(f"{name}, {size} parts")
                continue
            child = [sys.executable, __file__, "--run", name, str(size)]
            done = subprocess.run(child, capture_output=True, text=True, check=True)
            found[size] = json.loads(done.stdout)
            print(f"{name:12} {size:7,}", found[size], file=sys.stderr)
        results[name] = {"sizes": found, "exponents": exponents(found)}
    return results


def exponents(found: dict[int, Any]) -> list[float]:
    """Of processor time, between each size and the next: 1 is linear."""
    cost = [(size, max(figures["cpu_seconds"], 1e-3)) for size, figures in found.items()]
    return [
        round(math.log(late / early) / math.log(large / small), 2)
        for (small, early), (large, late) in pairwise(cost)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--threads", type=int, default=2, help="cores to use, pinned (2)")
    parser.add_argument("--export", help="an export of your own instead of a made-up one")
    parser.add_argument("--from", dest="first", help="first target day of the backtest")
    parser.add_argument("--to", dest="last", help="last target day of the backtest")
    parser.add_argument("--exclude-parts", help="parts to leave out of scores")
    parser.add_argument("--parts", type=int, action="append", help="a number of parts")
    parser.add_argument("--method", action="append", help="a method for the cost by parts")
    parser.add_argument("--most", type=float, default=900.0, help="seconds for one run (900)")
    parser.add_argument("--only", choices=("backtest", "forecast", "parts"))
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        return make_export(args.make)
    if args.run:
        return print(json.dumps(evening(args.run[0], int(args.run[1]))))
    pin(args.threads)
    found: dict[str, Any] = {"machine": machine(args.threads)}
    if args.only != "parts":
        with tempfile.TemporaryDirectory() as folder:
            found["whole processes"] = whole(args, folder)
    if args.only in (None, "parts"):
        sizes = sorted(args.parts or SIZES)
        found["by parts"] = by_parts(args.method or list(METHODS), sizes, args.most)
    write(found, args.json)


if __name__ == "__main__":
    main()
