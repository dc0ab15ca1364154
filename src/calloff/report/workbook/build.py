"""The sheet to work with: each plan, its forecast, range and verdict, what to build, the column for
the planner's own numbers, and what is finally built, which follows these as they are written."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from calloff.planning.build import STOCK
from calloff.report import words
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.summary.plan_list import PlanRow
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.carried import KEY, carried, write_carried
from calloff.report.workbook.grid import Column, Formula, place, table_sheet, write_cell
from calloff.report.workbook.style import WEAK_LESS, Book

COLUMNS = {"part": "text", "name": "text", "group": "text", "abc": "text", "target": "day",
           "plan": "pieces", "last": "pieces", "forecast": "pieces",
           "low": "pieces", "high": "pieces", "deviation": "signed",
           "share": "change", "stock": "pieces", "before": "pieces", "built_before": "pieces",
           "on_order": "pieces", "safety": "pieces", "projected": "pieces", "build": "pieces",
           "own": "yours", "earlier": "pieces", "final": "pieces", "value": "pieces",
           "verdict": "text", "how": "text", "why": "wrap"}  # fmt: skip
MASTER = ("name", "group", "abc")
WHERE_GIVEN = (*STOCK, "earlier", *MASTER, "value")  # left out where no part has one
SUMMED = ("plan", "forecast", "deviation", "before", "build", "final", "value")
FINAL = (
    '=IF(ISNUMBER({own}),{own},IF(ISNUMBER({earlier}),{earlier},IF(ISNUMBER({build}),{build},"")))'
)
FINAL_OF_TWO = '=IF(ISNUMBER({own}),{own},IF(ISNUMBER({build}),{build},""))'


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
        **{name: getattr(row, name) for name in COLUMNS if name not in (*MASTER, "value")},
        **{name: _stock(book, row, name) for name in STOCK},
        "verdict": words.verdict(row.verdict, book.lang),
        "why": " · ".join(words.why(each, book.lang, weekly=book.weekly) for each in row.why),
        "how": words.how(row.how, book.lang, weekly=book.weekly),
    }


def write_build(book: Book, summary: Summary) -> Any:
    """The sheet Build."""
    found = summary.forecast
    rows, head = [in_words(book, row) for row in found.rows], heads(book, found)
    labels = summary.labels
    for row in rows:
        row |= {name: labels.of(name, row["part"]) for name in MASTER}
        row["value"] = labels.value(row["part"], row["forecast"])
    given = {name for row in found.rows for name in (*STOCK, "earlier")
             if getattr(row, name) is not None} | {*labels.shown}  # fmt: skip
    given |= {"value"} if labels.prices else set()
    given -= {"built_before"} if len(found.covered) < 2 else set()
    kept = [name for name in COLUMNS if name not in WHERE_GIVEN or name in given]
    columns = [Column(name, head[name], COLUMNS[name]) for name in kept]
    following = carried(found)
    if following:
        columns.append(KEY)
    for at, (row, each) in enumerate(zip(rows, found.rows, strict=True), start=1):
        row["final"] = Formula(_final(columns, at), each.final)
        row |= {KEY.name: at - 1, **following.formulas(each)} if following else {}
    sheet = table_sheet(book, "build", columns, rows)
    if following:
        sheet.set_column(len(columns) - 1, len(columns) - 1, None, None, {"hidden": True})
        write_carried(book, following, columns)
    if rows:
        _total(book, sheet, columns, summary)
        _colour(book, sheet, columns, len(rows))
        _ask(book, sheet, place(columns, "own"), len(rows))
    return sheet


def _stock(book: Book, row: PlanRow, name: str) -> object:
    """A column of the stock; that it was not given, where something is to be built."""
    value: float | None = getattr(row, name)
    absent = value is None and row.build is not None
    return words.stock(value, row.build, book.lang) if absent else value


def _final(columns: list[Column], row: int) -> str:
    """What is finally built, out of the cells of the same row."""
    there = [column.name for column in columns]
    names = [name for name in ("own", "earlier", "build") if name in there]
    cells = {name: xl_rowcol_to_cell(row, place(columns, name)) for name in names}
    return (FINAL if "earlier" in cells else FINAL_OF_TWO).format(**cells)


def _total(book: Book, sheet: Any, columns: list[Column], summary: Summary) -> None:
    """Sums over the rows that a filter leaves, a row below these."""
    rows, last = summary.forecast.rows, len(summary.forecast.rows)
    several = (
        len(summary.forecast.targets) > 1
    )  # what is called off before one is so before the next
    sheet.write_string(last + 2, 0, book.say("book.total"), book.style("text", bold=True))
    for at, column in enumerate(columns):
        if column.name in SUMMED and not (several and column.name == "before"):
            known = (_number(summary, row, column.name) for row in rows)
            text = f"=SUBTOTAL(109,{xl_range(1, at, last, at)})"
            total = Formula(text, sum(each for each in known if each is not None))
            write_cell(sheet, last + 2, at, total, book.style(column.kind, bold=True))


def _number(summary: Summary, row: PlanRow, name: str) -> float | None:
    if name == "value":
        return summary.labels.value(row.part, row.forecast)
    found: float | None = getattr(row, name)
    return found


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
