"""A planner's day: read the morning's plan, see what to distrust, say what to build, send it on.

    python examples/day.py [FILE] [--lead DAYS] [--service-level SHARE] [--output FOLDER]

FILE: the customer's export, or several (default: a synthetic customer's is made). The workbook and
the report of the day are written into the folder (default: one that is thrown away).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import calloff
from calloff.cli.main import main as command
from calloff.synth import make, write_export


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("files", nargs="*", metavar="FILE")
    words.add_argument("--lead", type=int, default=3, metavar="DAYS")
    words.add_argument("--service-level", type=float, default=0.95, metavar="SHARE")
    words.add_argument("--output", type=Path, metavar="FOLDER")
    words.add_argument("--method", default="auto", help="quicker than auto: ratio-part")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.output or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        day(given.files or [made(folder)], given, folder)


def made(folder: Path) -> str:
    """A customer that everybody can make."""
    write_export(make(), folder / "export.xlsx")
    return str(folder / "export.xlsx")


def day(files: list[str], given: argparse.Namespace, folder: Path) -> None:
    print("1. What came this morning, and is it a plan at all?")
    loaded = calloff.load(*files)
    found = loaded.inspect()
    print(f"{found.rows} rows, {found.rows_used} used; {len(found.stale_days)} stale days")

    print("\n2. Which of today's plans to distrust, and what to build")
    options = ["--lead", str(given.lead), "--service-level", str(given.service_level)]
    outputs = ["-o", str(folder / "forecast.xlsx"), "--report", str(folder / "report.html")]
    status = command(["forecast", *files, *options, *outputs, "--method", given.method])
    if status:
        raise SystemExit(status)

    print("\n3. How good such forecasts were, on days that are over")
    spec = calloff.Spec(lead=given.lead)
    methods = ["plan", "last", "ratio-part"]
    print(calloff.score(calloff.backtest(loaded.triangle, spec, methods=methods)))

    print("\n4. Numbers of one's own go into the yellow column of forecast.xlsx; tomorrow:")
    print("calloff forecast NEW_FILES --overrides forecast.xlsx -o forecast.xlsx")


if __name__ == "__main__":
    try:
        main()
    except calloff.CalloffError as error:
        raise SystemExit(str(error)) from None
