"""A picture of the largest deviations from the plan, and the figures behind it."""

from __future__ import annotations

import math
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs

from calloff.report import words
from calloff.report.summary.plan_list import PlanRow
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.build import heads
from calloff.report.workbook.grid import Column, fit, new_sheet, place, write_rows
from calloff.report.workbook.style import GREY, MORE, Book

MOST = 15  # parts in the picture
KINDS = {"part": "text", "plan": "pieces", "forecast": "pieces", "deviation": "signed",
         "low": "pieces", "high": "pieces", "below": "pieces", "above": "pieces"}  # fmt: skip


def write_deviations(book: Book, summary: Summary) -> None:
    """The sheet Deviations: the first target day's parts that differ most from the plan."""
    head = heads(book, summary.forecast) | {
        name: book.say(f"term.{name}") for name in ("below", "above")
    }
    columns = [Column(name, head[name], kind) for name, kind in KINDS.items()]
    largest = [row for row in summary.forecast.first if row.deviation != 0][:MOST]
    rows = [_with_lines(row) for row in largest]
    sheet = new_sheet(book, "deviations")
    target = words.period(summary.forecast.targets[0], book.lang, weekly=book.weekly)
    sheet.write_string(0, 0, book.say("book.deviations_title", target=target), book.title())
    sheet.write_string(1, 0, book.say("book.deviations_note"), book.note())
    write_rows(book, sheet, columns, rows, top=3)
    fit(sheet, columns, rows)
    sheet.freeze_panes(4, 1)
    if rows:
        _draw(book, sheet, columns, rows, target)


def _with_lines(row: PlanRow) -> dict[str, Any]:
    """A row with the lengths of its lines: programs draw the range from the forecast's end."""
    low, high = row.low, row.high
    return {
        **{name: getattr(row, name) for name in KINDS if hasattr(row, name)},
        "below": None if low is None else max(row.forecast - low, 0.0),
        "above": None if high is None else max(high - row.forecast, 0.0),
    }


def _draw(
    book: Book, sheet: Any, columns: list[Column], rows: list[dict[str, Any]], target: str
) -> None:
    def cells(name: str) -> str:
        at = place(columns, name)
        return f"={quote_sheetname(sheet.get_name())}!{xl_range_abs(4, at, 3 + len(rows), at)}"

    def bars(name: str, colour: str, **more: Any) -> dict[str, Any]:
        head = [sheet.get_name(), 3, place(columns, name)]
        looks = {"fill": {"color": colour}, "border": {"none": True}, "gap": 60, "overlap": -5}
        return {"name": head, "categories": cells("part"), "values": cells(name), **looks, **more}

    chart = book.file.add_chart({"type": "column"})
    chart.add_series(bars("plan", "#B7C0C8"))
    error = {}
    if rows[0]["high"] is not None:
        limits = {"plus_values": cells("above"), "minus_values": cells("below")}
        line = {"color": "#1F2D3A", "width": 1}
        error = {"y_error_bars": {"type": "custom", **limits, "line": line}}
    chart.add_series(bars("forecast", MORE, **error))
    chart.set_title(title(book.say("book.deviations_chart", target=target)))
    chart.set_y_axis(axis(book.say("book.pieces")) | {"min": 0, "max": _top(rows)})
    chart.set_x_axis({"num_font": {"size": 9, "rotation": -45}, "line": {"color": GREY}})
    chart.set_legend({"position": "top", "font": {"size": 10}})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 430})
    said = {"description": book.say("book.deviations_note")}
    sheet.insert_chart(3, len(columns) + 1, chart, {"object_position": 2, **said})


def _top(rows: list[dict[str, Any]]) -> float:
    """A round end of the axis: left to themselves, programs cut off the lines of the range."""
    most = max(max(row["plan"], row["forecast"], row["high"] or 0.0) for row in rows)
    step = 10.0 ** math.floor(math.log10(most)) / 2
    return math.ceil(most * 1.02 / step) * step


def title(text: str) -> dict[str, Any]:
    """A chart's title, left in plain weight."""
    return {"name": text, "name_font": {"size": 12, "bold": True, "color": "#26445C"}}


def axis(text: str, form: str = "#,##0") -> dict[str, Any]:
    """A value axis with light lines."""
    return {
        "name": text,
        "name_font": {"size": 9, "bold": False},
        "num_format": form,
        "num_font": {"size": 9},
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E3E8EC", "width": 0.75}},
    }
