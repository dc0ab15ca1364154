"""Files and tables that the tests read: small, and made on the spot."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
import xlwt

Table = Sequence[Sequence[Any]]

WIDE = ["part", "issued_at", "D", "D+1", "D+2"]
LONG = ["part", "issued_at", "target", "quantity"]
STAMP = 202110010830


def wide(parts: int = 3, days: int = 4) -> list[list[Any]]:
    """A sound wide table: quantities 0, 1, 2, ... in the order of the cells."""
    rows: list[list[Any]] = [WIDE]
    for number in range(parts * days):
        day, part = divmod(number, parts)
        quantities = [number * 3, number * 3 + 1, number * 3 + 2]
        rows.append([f"Part {part}", STAMP + 10_000 * day, *quantities])
    return rows


def long(parts: int = 2, days: int = 3) -> list[list[Any]]:
    """A sound long table: three target days for each plan."""
    rows: list[list[Any]] = [LONG]
    for number in range(parts * days * 3):
        rest, lead = divmod(number, 3)
        day, part = divmod(rest, parts)
        target = 20211001 + day + lead
        rows.append([f"Part {part}", STAMP + 10_000 * day, target, number])
    return rows


def export(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """A table in the customer's 84 columns; each row from its part, stamp and totals by lead."""
    from calloff.synth import export_header

    table: list[list[Any]] = [export_header()]
    for row in rows:
        totals = row.get("totals", [0] * 31)
        cells: list[Any] = [row["part"]]
        for lead in range(5):
            cells += [totals[lead], *[0] * 9, totals[lead]]
        table.append([*cells, *totals[5:], row.get("bucket", 0), row["stamp"]])
    return table


def write(path: Path, table: Table, sheet: str = "Sheet1") -> Path:
    """A table as a file of the kind that its suffix names."""
    writers = {".xls": xls, ".xlsx": xlsx, ".parquet": parquet, ".csv": text}
    path.write_bytes(writers[path.suffix]({sheet: table}))
    return path


def xls(sheets: Mapping[str, Table]) -> bytes:
    book = xlwt.Workbook()
    styles = {
        datetime: xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm"),
        date: xlwt.easyxf(num_format_str="yyyy-mm-dd"),
    }
    plain = xlwt.Style.default_style
    for name, table in sheets.items():
        sheet = book.add_sheet(name)
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell, styles.get(type(cell), plain))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def xlsx(sheets: Mapping[str, Table]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(table):
                sheet.write_row(row, 0, cells)
    return made.getvalue()


def text(sheets: Mapping[str, Table], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    made = io.StringIO()
    for table in sheets.values():
        csv.writer(made, delimiter=delimiter).writerows(table)
    return made.getvalue().encode(encoding)


def frame(table: Table) -> pl.DataFrame:
    return pl.DataFrame(list(table[1:]), schema=list(table[0]), orient="row", strict=False)


def parquet(sheets: Mapping[str, Table]) -> bytes:
    made = io.BytesIO()
    for table in sheets.values():
        frame(table).write_parquet(made)
    return made.getvalue()
