"""What is written into the workbook for one target day is on hand for the next, worked out by a
spreadsheet; wherever its rows are sorted to."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from books import column, heads, listed, opened, through_libreoffice
from calloff.data.load import Loaded, load
from calloff.data.part_tables import Pack, Stock
from calloff.overrides.table import SCHEMA, Overrides
from calloff.planning.build import BuildSpec
from calloff.planning.results import Results, Settings, run
from calloff.report.summary.plan_list import PlanRow
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.report.workbook.carried import SHEET
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make, write_export

STOCK = {"Part 6": Stock(90, 30, 20), "Part 2": Stock(60), "Part 3": Stock(0, 0, 5),
         "Part 4": Stock(200)}  # fmt: skip
PACKS = {"Part 6": Pack(12), "Part 2": Pack(7.5, 40), "Part 3": Pack(1, 27), "Part 5": Pack(10)}
FOLLOWING = {"built_before": "built for days before", "projected": "projected stock",
             "build": "build", "final": "finally built"}  # fmt: skip
OWN_ROW = re.compile(r"(?<![$\w])([A-Z]{1,3})(\d+)\b")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    export = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(Customer(parts=8, days=42)), export)
    return load(export)


def results(plans: Loaded, cover: int) -> Results:
    build = BuildSpec(0.9, stock=STOCK, packs=PACKS, cover=cover)
    settings = Settings(spec=Spec(lead=1), method="ratio", days=4, scored=3, build=build)
    return run(plans, settings)


def numbers(found: Results, typed: dict[tuple[str, int], float], day: date) -> Overrides:
    """Own numbers of an as-of day: part and number of the target day -> pieces."""
    targets = [each.astype(object) for each in found.forecast.targets]
    rows = [
        {"part": part, "target": targets[at], "evening": day, "made": day, "plan": 0.0,
         "forecast": 0.0, "override": pieces}
        for (part, at), pieces in typed.items()
    ]  # fmt: skip
    return Overrides(pl.DataFrame(rows, schema=SCHEMA))


def moved(value: Any, at: int, to: int) -> Any:
    """What stands in a cell when its row went elsewhere."""
    if not (isinstance(value, str) and value.startswith("=")):
        return value
    return OWN_ROW.sub(lambda hit: f"{hit[1]}{to if int(hit[2]) == at else hit[2]}", value)


def sort(sheet: Any, count: int, order: list[int]) -> None:
    """Sort the rows of a list as a spreadsheet does: what a formula says of its own row goes along,
    fixed addresses stay."""
    rows = {at: [cell.value for cell in sheet[at]] for at in range(2, count + 2)}
    for to, at in enumerate(order, start=2):
        for place, value in enumerate(rows[at], start=1):
            sheet.cell(to, place).value = moved(value, at, to)


def worked_out(book: Path, folder: Path) -> dict[tuple[str, date], dict[str, Any]]:
    """What a spreadsheet shows of each part and target day."""
    sheet = opened(through_libreoffice(book, folder), values=True).worksheets[0]
    at = {head: place for place, head in enumerate(heads(sheet))}
    rows = [[cell.value for cell in row] for row in listed(sheet)]
    return {
        (row[0], row[at["target day"]].date()): {n: row[at[h]] for n, h in FOLLOWING.items()}
        for row in rows
    }


def wanted(row: PlanRow) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in FOLLOWING}
    if row.build is not None and row.stock is None:
        found |= {"built_before": "not given", "projected": "not given"}
    return found


@pytest.mark.parametrize("cover", [1, 2])
def test_a_spreadsheet_carries_on_what_is_typed(plans: Loaded, tmp_path: Path, cover: int) -> None:
    found = results(plans, cover)
    now = found.past.cutoff.astype(object)
    eve = date.fromordinal(now.toordinal() - 1)
    before = numbers(found, {("Part 4", 0): 150.0, ("Part 2", 1): 30.0}, eve)
    write_workbook(summarise(found, before), tmp_path / "a.xlsx")
    typed = {("Part 6", 0): 100.0, ("Part 2", 0): 25.0, ("Part 3", 1): 33.5, ("Part 4", 2): 700.0,
             ("Part 5", 0): 77.0}  # fmt: skip
    book = opened(tmp_path / "a.xlsx")
    sheet = book.worksheets[0]
    rows = summarise(found, before).forecast.rows
    targets = [each.astype(object) for each in found.forecast.targets]
    for at, row in enumerate(rows, start=2):
        mine = typed.get((row.part, targets.index(row.target)))
        if mine is not None:
            sheet.cell(at, column(sheet, "own number")).value = mine
    sort(sheet, len(rows), sorted(range(2, len(rows) + 2), key=lambda at: (at * 7919) % 101))
    book.save(tmp_path / "b.xlsx")
    shown = worked_out(tmp_path / "b.xlsx", tmp_path / "office")
    again = summarise(found, before.keep(numbers(found, typed, now))).forecast.rows
    plain = {(row.part, row.target): row for row in rows}
    assert len(shown) == len(again)
    for row in again:
        for name, value in wanted(row).items():
            if isinstance(value, float):
                value = pytest.approx(value, abs=1e-6)
            assert shown[row.part, row.target][name] == value, (row.part, row.target, name)
    changed = [row for row in again if row.build != plain[row.part, row.target].build]
    assert {row.part for row in changed} >= {"Part 2", "Part 6"}


def test_the_cells_show_what_holds_now_without_a_spreadsheet(plans: Loaded, tmp_path: Path) -> None:
    found = results(plans, 1)
    summary = summarise(found)
    write_workbook(summary, tmp_path / "a.xlsx")
    book, values = opened(tmp_path / "a.xlsx"), opened(tmp_path / "a.xlsx", values=True)
    assert book[SHEET].sheet_state == "hidden"
    at = column(book.worksheets[0], "build")
    for number, row in enumerate(summary.forecast.rows, start=2):
        cell, value = (each.worksheets[0].cell(number, at).value for each in (book, values))
        follows = row.stock is not None and row.target != summary.forecast.targets[0]
        assert isinstance(cell, str) == follows
        assert value == pytest.approx(row.build)


def test_nothing_is_carried_on_where_there_is_one_day_or_no_stock(
    plans: Loaded, tmp_path: Path
) -> None:
    one = run(plans, Settings(method="ratio", build=BuildSpec(0.9, stock=STOCK)))
    none = run(plans, Settings(method="ratio", days=3))
    for found in (one, none):
        write_workbook(summarise(found), tmp_path / "a.xlsx")
        assert SHEET not in opened(tmp_path / "a.xlsx").sheetnames
