"""Tables on a sheet: heads, cells by kind, widths, filters, and how the sheet is printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calloff.report.workbook.style import Book, width

A4 = 9  # Excel's number of the paper
NARROW, WIDE = 7, 90  # characters of a column, at least and at most
HEAD = 32  # points: two lines
LINE = 16  # points of a line; not every program makes rows as high as their text
FILTER = 4  # characters that the button of a filter covers
DIGITS = {"pieces": 0, "fine": 1, "signed": 0, "bias": 1, "shift": 2, "ratio": 2, "yours": 0}


@dataclass(frozen=True)
class Column:
    """A column: the name of its values, its head in words, and the kind of its cells."""

    name: str
    head: str
    kind: str = "text"


@dataclass(frozen=True)
class Formula:
    """A formula of ours, and its value as of now for programs that calculate nothing."""

    text: str
    value: float | None


def new_sheet(book: Book, key: str) -> Any:
    """A sheet named and titled by the catalogue, set up to be printed."""
    name = book.say(f"book.{key}")
    sheet = book.file.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L&B{name}&B&C{book.line}&Rcalloff")
    sheet.set_footer("&C&P / &N")
    return sheet


def table_sheet(
    book: Book, key: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]
) -> Any:
    """A sheet that is one table: head frozen, repeated on each page, with filters."""
    sheet = new_sheet(book, key)
    write_rows(book, sheet, columns, rows)
    fit(sheet, columns, rows)
    for number, row in enumerate(rows, start=1):
        lines = max(map(lines_of, _wrapped(columns, row)), default=1)
        if lines > 1:
            sheet.set_row(number, LINE * lines)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.ignore_errors({"number_stored_as_text": "A1:A1048576"})  # part numbers such as 007
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    return sheet


def _wrapped(columns: Sequence[Column], row: Mapping[str, Any]) -> list[str]:
    """The texts of a row that are broken over several lines."""
    return [row[each.name] or "" for each in columns if each.kind == "wrap" and each.name in row]


def lines_of(text: str, wide: int = WIDE) -> int:
    """Lines that a text takes in a column.

    Args:
        text: the text.
        wide: characters of the column.

    Returns:
        Their number, from 1.
    """
    return max(1, math.ceil(width(text) / wide))


def write_rows(
    book: Book,
    sheet: Any,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    top: int = 0,
    *,
    bold: Sequence[int] = (),
) -> int:
    """A head at row ``top`` and the rows below it; the first row that is free after it."""
    sheet.set_row(top, HEAD)
    for at, column in enumerate(columns):
        sheet.write_string(top, at, column.head, book.head(column.kind))
    for index, row in enumerate(rows):
        for at, column in enumerate(columns):
            style = book.style(column.kind, bold=index in bold)
            write_cell(sheet, top + 1 + index, at, row.get(column.name), style)
    return top + 1 + len(rows)


def write_cell(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    """A value by its type. A text stays a text, whatever sign it starts with."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, Formula):
        sheet.write_formula(
            row, column, value.text, style, "" if value.value is None else value.value
        )
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def fit(sheet: Any, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Columns as wide as their longest text, within bounds."""
    for at, column in enumerate(columns):
        widest = max((width(shown(row.get(column.name), column.kind)) for row in rows), default=0)
        head = in_two_lines(column.head) + FILTER
        sheet.set_column(at, at, min(max(widest + 4, head, NARROW), WIDE))


def in_two_lines(head: str) -> int:
    """The width that a head needs if it is broken once, at the best place."""
    words = head.split()
    breaks = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return min((max(map(width, lines)) for lines in breaks), default=width(head))


def shown(value: object, kind: str) -> str:
    """A value about as the sheet will show it, to know its width."""
    if value is None:
        return ""
    if isinstance(value, Formula):
        return shown(value.value, kind)
    if isinstance(value, float | int) and kind in DIGITS:
        return f"{value:+,.{DIGITS[kind]}f}"
    return str(value) if not isinstance(value, float) else f"{value:.0%}"


def place(columns: Sequence[Column], name: str) -> int:
    """The index of a column."""
    return [column.name for column in columns].index(name)
