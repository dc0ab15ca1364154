"""Which of today's plans to distrust, the least believable first."""

from __future__ import annotations

import polars as pl

from calloff.planning.results import Results
from calloff.report.workbook.grid import Column, place, table_sheet
from calloff.report.workbook.style import WEAK_LESS, WHITE, YOURS, Book

COLUMNS = {"part": "text", "target": "day", "plan": "pieces", "expected": "pieces",
           "usual": "fine", "inside": "share", "changed": "share", "low_plan": "pieces",
           "high_plan": "pieces", "days": "pieces", "running": "share"}  # fmt: skip

HALF = 0.5  # of all usual errors: the plans that are worth a call


def write_plan_accuracy(book: Book, results: Results) -> None:
    """The sheet PlanAccuracy."""
    tolerance = f"{results.plan_accuracy.tolerance:.0%}"
    columns = [
        Column(name, book.say(f"bookhead.{name}", tolerance=tolerance), kind)
        for name, kind in COLUMNS.items()
    ]
    rows = [
        row
        | {"usual": row["deviation"], "low_plan": row["low"], "high_plan": row["high"]}
        | {"days": row["pairs"]}
        for row in _running(results).iter_rows(named=True)
    ]
    sheet = table_sheet(book, "trust", columns, rows)
    if not rows:
        return
    at, last = place(columns, "usual"), len(rows)
    bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#F3C879"}
    sheet.conditional_format(1, at, last, at, bar)
    at = place(columns, "inside")
    scale = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num",
             "max_value": 1, "min_color": WEAK_LESS, "max_color": WHITE}  # fmt: skip
    sheet.conditional_format(1, at, last, at, scale)
    at = place(columns, "running")
    rule = {"type": "cell", "criteria": "<=", "value": HALF, "format": book.fill(YOURS)}
    sheet.conditional_format(1, at, last, at, rule)


def _running(results: Results) -> pl.DataFrame:
    """Today's plans with the share of all usual errors that they and those above them make."""
    error = pl.col("deviation").fill_null(0.0)
    share = pl.when(error.sum() > 0).then(error.cum_sum() / error.sum())
    return results.plan_accuracy.today.with_columns(running=share)
