"""How far off today's plans usually are, the largest usual error first."""

from __future__ import annotations

from calloff.report import words
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.grid import Column, place, table_sheet
from calloff.report.workbook.style import MARKED, WEAK_LESS, WHITE, Book

COLUMNS = {"part": "text", "target": "day", "plan": "pieces", "expected": "pieces",
           "usual": "fine", "inside": "share", "changed": "share", "low_plan": "pieces",
           "high_plan": "pieces", "days": "pieces", "running": "share"}  # fmt: skip

HALF = 0.5  # of all usual errors: the plans that are worth a call


def write_plan_accuracy(book: Book, summary: Summary) -> None:
    """The sheet Trust."""
    found = summary.accuracy
    tolerance = words.share(found.tolerance)
    columns = [
        Column(name, book.say(f"term.{name}", tolerance=tolerance), kind)
        for name, kind in COLUMNS.items()
    ]
    rows = [vars(plan) | {"low_plan": plan.low, "high_plan": plan.high} for plan in found.today]
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
    rule = {"type": "cell", "criteria": "<=", "value": HALF, "format": book.fill(MARKED)}
    sheet.conditional_format(1, at, last, at, rule)
