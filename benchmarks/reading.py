"""Reading a full-size export: calloff, from file to triangle, against pandas, which only reads.

    python benchmarks/reading.py [-o FILE.json] [--repeats N] [--contender NAME]...

Makes the file (17,364 rows x 84 columns, 117 parts, 153 time stamps) as .xls, .xlsx and .csv, and
two long tables of 1.2 and 2.4 million rows. Targets: .xls at least 5 times as fast as pandas with
xlrd and at most 3 times what calamine needs to hand over the cells; .csv at most 5 times pandas'
parser; the long tables under 5 and 30 seconds.
Each contender runs in a process of its own: one warm-up, then the repeats, in turn with the others
of the same file, so that a busy machine is as busy for all of them; then its peak memory. A ratio
is the median of those of neighbouring runs.
pandas reads .xls with xlrd (`pip install xlrd`; left out, and said so, where that is missing).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

ROWS, PARTS, DAYS = 17_364, 117, 51
TIMES = (830, 1330, 1730)
PACKAGES = ("calloff", "python-calamine", "numpy", "polars", "pandas", "xlrd")
CONTENDERS = {
    "calloff xls": ("full.xls", "calloff"),
    "pandas xlrd": ("full.xls", "xlrd"),
    "calloff xlsx": ("full.xlsx", "calloff"),
    "pandas calamine xlsx": ("full.xlsx", "calamine"),
    "calloff csv": ("full.csv", "calloff"),
    "pandas csv": ("full.csv", "csv"),
    "calamine xls": ("full.xls", "cells"),
    "calloff long 1.2 M": ("long1.csv", "calloff"),
    "calloff long 2.4 M": ("long2.csv", "calloff"),
}
RATIOS = (  # and what they should be
    ("pandas xlrd", "calloff xls", "at least 5"),
    ("calloff xls", "calamine xls", "at most 3"),
    ("calloff csv", "pandas csv", "at most 5"),
    ("calloff xlsx", "pandas calamine xlsx", ""),
)
LONG = {"long1.csv": 200, "long2.csv": 400}  # parts


def rows() -> Iterator[list[Any]]:
    """The full export's size and shape, with made-up quantities from 0 to 1,131."""
    from calloff.synth import export_header

    yield list(export_header())
    rng = np.random.default_rng(1)
    for number in range(ROWS):
        stamp, part = divmod(number, PARTS)
        day = np.datetime64("2021-09-13") + np.timedelta64(stamp // len(TIMES), "D")
        pieces = rng.integers(0, 1132, 31) * (rng.random(31) < 0.5)
        slots = rng.multinomial(pieces[:5], [0.1] * 10)
        near = np.column_stack([slots, pieces[:5]]).ravel()
        when = int(str(day).replace("-", "")) * 10_000 + TIMES[stamp % len(TIMES)]
        yield [f"Part {part}", *near.tolist(), *pieces[5:].tolist(), int(pieces[16:].sum()), when]


def make(folder: Path) -> None:
    """The same table as full.xls, full.xlsx and full.csv."""
    import xlsxwriter
    import xlwt

    old = xlwt.Workbook()
    sheet = old.add_sheet("Sheet1")
    with (
        xlsxwriter.Workbook(folder / "full.xlsx", {"constant_memory": True}) as new,
        (folder / "full.csv").open("w", newline="", encoding="utf-8-sig") as text,
    ):
        page, lines = new.add_worksheet("Sheet1"), csv.writer(text)
        for number, row in enumerate(rows()):
            page.write_row(number, 0, row)
            lines.writerow(row)
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    old.save(folder / "full.xls")


def make_long(path: Path, parts: int, days: int = 200, leads: int = 30) -> None:
    """A table with a row for each quantity."""
    import polars as pl

    rng = np.random.default_rng(0)
    day, part, lead = (axis.ravel() for axis in np.meshgrid(
        np.arange(days), np.arange(parts), np.arange(leads), indexing="ij"))  # fmt: skip
    dates = (np.datetime64("2021-01-04") + np.arange(days + leads)).astype(str)
    pieces = rng.integers(0, 3000, len(day)) * (rng.random(len(day)) < 0.7)
    pl.DataFrame({
        "part": np.array([f"PART-{number:05}" for number in range(parts)])[part],
        "issued_at": np.char.add(dates, " 18:30")[day],
        "target": dates[day + lead],
        "quantity": pieces,
    }).write_csv(path)  # fmt: skip


def reader(path: Path, how: str) -> Callable[[], Any]:
    """What is timed. Imports are not."""
    if how == "calloff":
        from calloff import load

        return lambda: load(path).triangle
    if how == "cells":
        import python_calamine

        return lambda: (
            python_calamine.CalamineWorkbook.from_path(path)
            .get_sheet_by_index(0)
            .to_python(skip_empty_area=False)
        )
    import pandas as pd

    warnings.simplefilter("ignore")  # pandas deprecates xlrd
    if how == "csv":
        return lambda: pd.read_csv(path)
    return lambda: pd.read_excel(path, engine=how)


def run(path: Path, how: str) -> None:
    """In this process: a warm-up, then seconds of a repeat for each line that comes in, and at its
    end the peak memory of all."""
    import resource

    work = reader(path, how)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()  # warm-up
    for _ in sys.stdin:
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        spent = time.perf_counter() - start, time.process_time() - start_cpu
        print(json.dumps([round(each, 4) for each in spent]), flush=True)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"peak_mb": round(peak / 1e6), "imports_mb": round(before * unit / 1e6)}))


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def in_turn(folder: str, names: list[str], repeats: int) -> dict[str, Any]:
    """Contenders on one file, one after the other in each repeat."""
    running = {}
    for name in names:
        file, how = CONTENDERS[name]
        child = [sys.executable, __file__, "--run", f"{folder}/{file}", how]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        running[name] = subprocess.Popen(child, **pipes)  # type: ignore[call-overload]
    spent: dict[str, list[list[float]]] = {name: [] for name in names}
    for _ in range(repeats):
        for name, each in running.items():
            each.stdin.write("\n")
            each.stdin.flush()
            spent[name].append(json.loads(each.stdout.readline()))
    found = {}
    for name, each in running.items():
        wall, cpu = zip(*spent[name], strict=True)
        times = {"best": min(wall), "median": statistics.median(wall), "best_cpu": min(cpu)}
        memory = json.loads(each.communicate()[0])
        found[name] = {**times, "seconds": list(wall), "cpu_seconds": list(cpu), **memory}
    return found


def compare(names: list[str], repeats: int) -> dict[str, Any]:
    """Every contender on the same files, each in a process of its own."""
    missing = [name for name in names if CONTENDERS[name][1] == "xlrd" and not installed("xlrd")]
    results: dict[str, Any] = {name: {"left_out": "xlrd is not installed"} for name in missing}
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: on Linux a child's peak memory starts from its parent's
        subprocess.run([sys.executable, __file__, "--make", folder], check=True)
        for file in dict.fromkeys(CONTENDERS[name][0] for name in names):
            group = [n for n in names if CONTENDERS[n][0] == file and n not in missing]
            results |= in_turn(folder, group, repeats)
    for name, result in results.items():
        shown = {k: v for k, v in result.items() if k not in ("seconds", "cpu_seconds")}
        print(f"{name:22}", shown)
    return results


def ratios(results: dict[str, Any]) -> dict[str, Any]:
    """How many times as long one takes as the other: by the clock, and by processor time."""
    found = {}
    for one, other, wanted in RATIOS:
        if not all("median" in results.get(name, {}) for name in (one, other)):
            continue
        times = {}
        for kind in ("seconds", "cpu_seconds"):
            pairs = zip(results[one][kind], results[other][kind], strict=True)
            times[kind] = round(statistics.median(a / b for a, b in pairs), 2)
        found[f"{one} / {other}"] = {**times, "wanted": wanted}
        print(f"{one} / {other}: {times} {wanted}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--contender", action="append", choices=CONTENDERS)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        make(args.make)
        for name, parts in LONG.items():
            make_long(args.make / name, parts)
        return
    if args.run:
        run(Path(args.run[0]), args.run[1])
        return
    results = compare(args.contender or list(CONTENDERS), args.repeats)
    found = {
        "table": {"rows": ROWS, "columns": 84, "parts": PARTS, "time_stamps": DAYS * len(TIMES)},
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "packages": {name: installed(name) for name in PACKAGES},
        "results": results,
        "ratios": ratios(results),
    }
    if args.output:
        args.output.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
