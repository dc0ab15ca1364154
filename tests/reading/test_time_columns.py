"""Times and days as people write them: a column in one form, or it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from calloff import CalloffError, load
from calloff.data.layouts import Layout, parse_layout
from plan_forms import Form, Plan, assert_plan, plan, written

Spelt = Callable[[datetime], object]
EXCEL = datetime(1899, 12, 30)


def serial(stamp: datetime) -> float:
    return (stamp - EXCEL).total_seconds() / 86_400


def korean(stamp: datetime) -> str:
    half = "오전" if stamp.hour < 12 else "오후"
    return f"{half} {(stamp.hour - 1) % 12 + 1}:{stamp:%M}"


CLEAR: dict[str, Spelt] = {
    "iso": lambda d: d.isoformat(), "fractions": lambda d: f"{d.isoformat()}.123456",
    "slashes": lambda d: f"{d:%Y/%m/%d %H:%M}",
    "not padded": lambda d: f"{d.year}-{d.month}-{d.day}",
    "digits": lambda d: f"{d:%Y%m%d}", "more digits": lambda d: f"{d:%Y%m%d%H%M}",
    "digits apart": lambda d: f"{d:%Y%m%d %H:%M}", "dots": lambda d: f"{d.day}.{d.month}.{d.year}",
    "dots and time": lambda d: f"{d:%d.%m.%Y %H:%M}", "Uhr": lambda d: f"{d:%d.%m.%Y %H:%M} Uhr",
    "day first": lambda d: f"{d:%d/%m/%Y %H:%M}", "month first": lambda d: f"{d:%m/%d/%Y %H:%M}",
    "short": lambda d: f"{d.month}/{d.day}/{d:%y}", "AM PM": lambda d: f"{d:%m/%d/%Y %I:%M %p}",
    "Korean": lambda d: f"{d.year}년 {d.month}월 {d.day}일", "named": lambda d: f"{d:%d-%b-%Y}",
    "Korean dots": lambda d: f"{d.year}. {d.month}. {d.day}. {d:%H:%M}",
    "Korean half": lambda d: f"{d:%Y-%m-%d} {korean(d)}", "short name": lambda d: f"{d:%d-%b-%y}",
    "Korean dots and half": lambda d: f"{d.year}. {d.month}. {d.day}. {korean(d)}:00",
    "US": lambda d: f"{d:%b %d, %Y}", "month": lambda d: f"{d:%B %d, %Y}",
    "German": lambda d: f"{d.day}. {('Sept.', 'Okt.')[d.month - 9]} {d.year}",
    "weekday": lambda d: f"{d:%Y-%m-%d} (Mon)", "weekday first": lambda d: f"Mo, {d:%d.%m.%Y}",
    "day number": lambda d: f"{serial(d):.5f}", "whole day number": lambda d: int(serial(d)),
    "full width": lambda d: "".join(chr(ord(c) + 0xFEE0) for c in f"{d:%Y}") + f"-{d:%m-%d}",
}  # fmt: skip


@pytest.mark.parametrize("shape", ["wide", "long"])
@pytest.mark.parametrize("name", CLEAR)
def test_clear_times(tmp_path: Path, name: str, shape: str) -> None:
    written(tmp_path, Form(shape, stamp=CLEAR[name]).tables(plan()))
    assert_plan(load(tmp_path).triangle, plan())


@pytest.mark.parametrize("kind", [".xls", ".xlsx", ".parquet"])
@pytest.mark.parametrize("stamp", [lambda d: d, serial, lambda d: f"{d:%Y%m%d%H%M}"])
def test_times_of_workbooks(tmp_path: Path, kind: str, stamp: Spelt) -> None:
    written(tmp_path, Form(stamp=stamp, number=int).tables(plan()), kind)
    assert_plan(load(tmp_path).triangle, plan())


def first_days() -> Plan:
    """A plan whose days are all below 13, so that they can be months as well."""
    first = datetime(2021, 10, 1, 18, 30)
    return replace(plan(), issued=tuple(first + timedelta(days=day) for day in range(12)))


ASKED: dict[str, Spelt] = {
    "day first": lambda d: f"{d:%d/%m/%Y %H:%M}", "month first": lambda d: f"{d:%m/%d/%Y}",
    "short": lambda d: f"{d:%d.%m.%y}", "short year first": lambda d: f"{d:%y.%m.%d}",
    "short dashes": lambda d: f"{d:%y-%m-%d}",
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_times_in_two_readings_are_asked_for(tmp_path: Path, name: str) -> None:
    written(tmp_path, Form(stamp=ASKED[name]).tables(first_days()))
    with pytest.raises(CalloffError, match="can be read in two ways; declare time_formats"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["day first", "month first"])
def test_a_clear_column_beside_helps(tmp_path: Path, name: str) -> None:
    """Targets reach beyond the 12th, and are in the same form."""
    form = Form("long", stamp=ASKED[name], target=ASKED[name])
    written(tmp_path, form.tables(first_days()))
    assert_plan(load(tmp_path).triangle, first_days())


def layout(**options: object) -> Layout:
    names = {"part": ["part"], "issued_at": ["issued_at"], "total": ["D", "D+{lead}"]}
    return parse_layout({**names, **options}, "my.toml")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("day first", "%d/%m/%Y %H:%M"), ("month first", "%m/%d/%Y"), ("short", "%d.%m.%y"),
        ("short year first", "%y.%m.%d"), ("short dashes", "%y-%m-%d"),
    ],
)  # fmt: skip
def test_declared_formats(tmp_path: Path, name: str, form: str) -> None:
    written(tmp_path, Form(stamp=ASKED[name]).tables(first_days()))
    found = load(tmp_path, layout=layout(time_formats=[form]))
    assert_plan(found.triangle, first_days())


@pytest.mark.parametrize(
    ("kind", "text"), [(".xlsx", "%d/%m/%Y %H:%M"), (".xls", "%d.%m.%Y"), (".xlsx", "%m/%d/%Y")]
)
def test_dates_that_a_spreadsheet_turned_round_are_refused(
    tmp_path: Path, kind: str, text: str
) -> None:
    """It made dates of what made sense in its own order, and left the rest as texts."""

    def turned(stamp: datetime) -> object:
        return (
            stamp.replace(month=stamp.day, day=stamp.month) if stamp.day < 13 else f"{stamp:{text}}"
        )

    written(tmp_path, Form(stamp=turned).tables(plan()), kind)
    with pytest.raises(CalloffError) as caught:
        load(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["unused.time_mixed"]


def test_dates_beside_texts_in_iso_are_read(tmp_path: Path) -> None:
    form = Form(stamp=lambda d: d if d.day < 9 else f"{d:%Y-%m-%d %H:%M}")
    written(tmp_path, form.tables(plan()), ".xlsx")
    assert_plan(load(tmp_path).triangle, plan())


ZONED: dict[str, Spelt] = {
    "Z": lambda d: f"{(d - timedelta(hours=9)).isoformat()}Z",
    "offset": lambda d: f"{d.isoformat()}+09:00",
    "short offset": lambda d: f"{d:%Y-%m-%d %H:%M:%S}+0900",
    "UTC": lambda d: f"{d - timedelta(hours=9):%Y-%m-%d %H:%M} UTC",
}  # fmt: skip


@pytest.mark.parametrize("name", ZONED)
def test_zones(tmp_path: Path, name: str) -> None:
    written(tmp_path, Form(stamp=ZONED[name]).tables(plan()))
    with pytest.raises(CalloffError, match='declare the plant\'s, such as zone = "Asia/Seoul"'):
        load(tmp_path)
    assert_plan(load(tmp_path, layout=layout(zone="Asia/Seoul")).triangle, plan())


@pytest.mark.parametrize("since", [True, False])
@pytest.mark.parametrize("formatted", [True, False])
def test_day_numbers_since_1904(tmp_path: Path, since: bool, formatted: bool) -> None:
    import xlsxwriter

    begin = datetime(1904, 1, 1) if since else EXCEL
    stamp = (lambda d: d) if formatted else lambda d: (d - begin).total_seconds() / 86_400
    options = {"date_1904": since, "default_date_format": "yyyy-mm-dd hh:mm"}
    with xlsxwriter.Workbook(tmp_path / "plan.xlsx", options) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(Form(stamp=stamp, number=int).tables(plan())[0]):
            sheet.write_row(row, 0, cells)
    assert_plan(load(tmp_path).triangle, plan())


def test_a_few_times_in_another_form_are_set_aside_and_named(tmp_path: Path) -> None:
    (table,) = Form().tables(plan())
    table[3][1], table[70][1] = "27.09.2021 18:30", "44477.77"
    written(tmp_path, [table])
    found = load(tmp_path)
    assert found.cleaned.set_aside == {"time_serial": 1, "time_wrong": 1}
    assert [lost.part for lost in found.reading.lost] == ["P-03", "P-04"]
