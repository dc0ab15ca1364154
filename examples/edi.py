"""A plan by EDI: DELFOR messages of a customer and the DELJIT ones that call off, forecast.

    python examples/edi.py [FILE ...] [--lead DAYS]

FILE: messages, or folders of them (default: those of a synthetic customer are made). EDIFACT, VDA
4905, X12 and SAP's IDocs are known by their content.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import polars as pl

import calloff
from calloff.synth import bank, write_edi


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("files", nargs="*", metavar="FILE")
    words.add_argument("--lead", type=int, default=3, metavar="DAYS")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = calloff.load(*(given.files or [made(Path(scratch))]))
    show(loaded, given.lead)


def made(folder: Path) -> str:
    """Two files, as a customer's system sends them: plans, and what is called off each day."""
    rows = bank("daily-good").history.table()
    today = pl.col("target") == pl.col("issued_at").dt.date()
    (folder / "plans.edi").write_bytes(write_edi(rows, "delfor"))
    (folder / "calls.edi").write_bytes(write_edi(rows.filter(today), "deljit"))
    return str(folder)


def show(loaded: calloff.data.load.Loaded, lead: int) -> None:
    triangle, spec = loaded.triangle, calloff.Spec(lead=lead)
    print(f"{len(triangle.parts)} parts, {len(triangle.days)} issue days")
    for notice in loaded.reading.notices:
        print(notice.text("en"))
    pairs = calloff.backtest(triangle, spec, methods=["plan", "ratio", "ratio-part"])
    print(calloff.score(pairs))
    print(calloff.forecast(triangle, spec, method="ratio-part").table.head())


if __name__ == "__main__":
    try:
        main()
    except calloff.CalloffError as error:
        raise SystemExit(str(error)) from None
