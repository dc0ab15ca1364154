"""The sheet to work with: each plan, its forecast, range and verdict, what to build, and the
column for the planner's own numbers."""

from __future__ import annotations

from typing import Any

from calloff.report import words
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.summary.plan_list import PlanRow
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.grid import Column, place, table_sheet
from calloff.report.workbook.style import WEAK_LESS, Book

COLUMNS = {"part": "text", "target": "day", "plan": "pieces", "last": "pieces",
           "forecast": "pieces", "low": "pieces", "high": "pieces", "deviation": "signed",
           "share": "change", "stock": "pieces", "build": "pieces", "own": "yours",
           "earlier": "pieces", "verdict": "text", "how": "text", "why": "text"}  # fmt: skip


def heads(book: Book, found: ForecastSummary) -> dict[str, str]:
    """Column -> head; those of the range name their levels."""
    low, high = (found.levels[0], found.levels[-1]) if len(found.levels) > 1 else (None, None)
    level = {"low": low, "high": high}
    return {name: book.say(f"term.{name}", level=_percent(level.get(name))) for name in COLUMNS}


def _percent(level: float | None) -> str:
    return words.UNKNOWN if level is None else f"{100 * level:g}%"


def in_words(book: Book, row: PlanRow) -> dict[str, Any]:
    """A row of the list with its codes in words."""
    return {
        **{name: getattr(row, name) for name in COLUMNS},
        "verdict": words.verdict(row.verdict, book.lang),
        "why": " · ".join(words.why(each, book.lang) for each in row.why),
        "how": words.how(row.how, book.lang),
    }


def write_build(book: Book, summary: Summary) -> Any:
    """The sheet Build."""
    found = summary.forecast
    rows, head = [in_words(book, row) for row in found.rows], heads(book, found)
    kept = [
        name
        for name in COLUMNS
        if name != "earlier" or any(row["earlier"] is not None for row in rows)
    ]
    columns = [Column(name, head[name], COLUMNS[name]) for name in kept]
    sheet = table_sheet(book, "build", columns, rows)
    if rows:
        _colour(book, sheet, columns, len(rows))
        _ask(book, sheet, place(columns, "own"), len(rows))
    return sheet


def _colour(book: Book, sheet: Any, columns: list[Column], last: int) -> None:
    at = place(columns, "deviation")
    bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#9CCBE8",
           "bar_negative_color": "#F3C879", "bar_axis_color": "#8A949E"}  # fmt: skip
    sheet.conditional_format(1, at, last, at, bar)
    at = place(columns, "verdict")
    value = f'"{words.verdict("distrust", book.lang)}"'
    rule = {"type": "cell", "criteria": "==", "value": value, "format": book.fill(WEAK_LESS)}
    sheet.conditional_format(1, at, last, at, rule)


def _ask(book: Book, sheet: Any, at: int, last: int) -> None:
    """Only numbers from 0 go into the column of the planner's own numbers."""
    rule = {
        "validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True,
        "input_title": book.say("book.own_title"),
        "input_message": book.say("book.own_how"),
        "error_title": book.say("book.own_title"),
        "error_message": book.say("book.own_wrong"),
    }  # fmt: skip
    sheet.data_validation(1, at, last, at, rule)
