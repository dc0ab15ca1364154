"""The planning trade's figures of the plans: all parts, each customer, each part."""

from __future__ import annotations

from calloff.evaluation.tracking import ALARM
from calloff.report import words
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.grid import Column, place, table_sheet
from calloff.report.workbook.style import WEAK_LESS, Book

COLUMNS = {"part": "text", "index_by_target": "share", "index_by_volume": "share",
           "weighted_bias": "shift", "instability": "share", "tracking_signal": "bias",
           "trigg_signal": "shift", "days": "pieces"}  # fmt: skip


def write_figures(book: Book, summary: Summary) -> None:
    """The sheet Figures."""
    columns = [Column(name, book.say(f"term.{name}"), kind) for name, kind in COLUMNS.items()]
    found = (*summary.figures.groups, *summary.figures.parts)
    rows = [
        vars(row) | {"part": words.figure_name(row.level, row.name, book.lang), "days": row.targets}
        for row in found
    ]
    sheet = table_sheet(book, "figures", columns, rows)
    at = place(columns, "tracking_signal")
    rule = {"type": "cell", "criteria": "not between", "minimum": -ALARM, "maximum": ALARM,
            "format": book.fill(WEAK_LESS)}  # fmt: skip
    sheet.conditional_format(1, at, len(rows), at, rule)
