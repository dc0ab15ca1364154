"""The sheet to work with: each part's plan, forecast, band, what to build, and the override."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from calloff.analysis.verdict import verdict
from calloff.overrides.table import Overrides
from calloff.planning.results import Results
from calloff.report.workbook.grid import Column, place, table_sheet
from calloff.report.workbook.style import WEAK_LESS, Book
from calloff.report.workbook.texts import why

COLUMNS = {"part": "text", "target": "day", "plan": "pieces", "last": "pieces",
           "forecast": "pieces", "low": "pieces", "high": "pieces", "deviation": "signed",
           "deviation_share": "change", "stock": "pieces", "build": "pieces",
           "override": "yours", "earlier": "pieces", "verdict": "text",
           "why": "text"}  # fmt: skip


def heads(book: Book, results: Results) -> dict[str, str]:
    """Column -> head; those of the band name their levels."""
    low, high = band(results)
    percent = {"low": low, "high": high}
    return {
        name: book.say(f"bookhead.{name}", level=f"{percent[name][1:]}%")
        if percent.get(name)
        else book.say(f"bookhead.{name}", level="–")
        for name in COLUMNS
    }


def band(results: Results) -> tuple[str, str]:
    """The columns of the lowest and the highest quantile; empty where there is one or none."""
    names = [name for name in results.forecast.table.columns if re.fullmatch(r"q[0-9.]+", name)]
    names.sort(key=lambda name: float(name[1:]))
    return (names[0], names[-1]) if len(names) > 1 else ("", "")


def rows(book: Book, results: Results, overrides: Overrides) -> list[dict[str, Any]]:
    """A row for each part and target, the largest deviation from the plan first."""
    table = _numbers(results).join(_yours(results, overrides), on=["part", "target"], how="left")
    stock = results.settings.build.stock
    return [
        row
        | {
            "stock": row.get("stock") if row["part"] in stock else None,
            "verdict": _verdict(book, results, row),
            "why": why(book, results, row),
        }
        for row in table.iter_rows(named=True)
    ]


def _verdict(book: Book, results: Results, row: dict[str, Any]) -> str:
    limits, tolerance = (row["low"], row["high"]), results.settings.tolerance
    return book.say(f"bookflag.{verdict(row['plan'], row['forecast'], *limits, tolerance)}")


def _numbers(results: Results) -> pl.DataFrame:
    low, high = band(results)
    habits = results.plan_accuracy.by_lead.select("part", "lead", "bias", "call_off", "pairs")
    deviation = pl.col("forecast") - pl.col("plan")
    table = results.forecast.table.join(habits, on=["part", "lead"], how="left")
    return table.with_columns(
        low=pl.col(low) if low else pl.lit(None, pl.Float64),
        high=pl.col(high) if high else pl.lit(None, pl.Float64),
        deviation=deviation,
        deviation_share=pl.when(pl.col("plan") > 0).then(deviation / pl.col("plan")),
    ).sort("target", deviation.abs(), descending=[False, True], maintain_order=True)


def _yours(results: Results, overrides: Overrides) -> pl.DataFrame:
    """The override of this results, to be changed, and the newest of the evenings before."""
    today = results.past.cutoff.astype(object)
    now = overrides.table.filter(evening=today).select("part", "target", "override")
    before = overrides.latest(before=today).select("part", "target", earlier="override")
    return now.join(before, on=["part", "target"], how="full", coalesce=True)


def write_build(book: Book, results: Results, overrides: Overrides) -> Any:
    """The sheet Build."""
    found = rows(book, results, overrides)
    words = heads(book, results)
    kept = [
        name
        for name in COLUMNS
        if name != "earlier" or any(row["earlier"] is not None for row in found)
    ]
    columns = [Column(name, words[name], COLUMNS[name]) for name in kept]
    sheet = table_sheet(book, "build", columns, found)
    if found:
        _colour(book, sheet, columns, len(found))
        _ask(book, sheet, place(columns, "override"), len(found))
    return sheet


def _colour(book: Book, sheet: Any, columns: list[Column], last: int) -> None:
    at = place(columns, "deviation")
    bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#9CCBE8",
           "bar_negative_color": "#F3C879", "bar_axis_color": "#8A949E"}  # fmt: skip
    sheet.conditional_format(1, at, last, at, bar)
    at = place(columns, "verdict")
    value = f'"{book.say("bookflag.distrust")}"'
    rule = {"type": "cell", "criteria": "==", "value": value, "format": book.fill(WEAK_LESS)}
    sheet.conditional_format(1, at, last, at, rule)


def _ask(book: Book, sheet: Any, at: int, last: int) -> None:
    """Only numbers from 0 go into the column of overrides."""
    rule = {
        "validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True,
        "input_title": book.say("book.override_title"),
        "input_message": book.say("book.override_how"),
        "error_title": book.say("book.override_title"),
        "error_message": book.say("book.override_wrong"),
    }  # fmt: skip
    sheet.data_validation(1, at, last, at, rule)
