"""Weeks and months are buckets; running totals are found; days that are not listed are 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff import CalloffError, load
from calloff.data.layouts import Layout, parse_layout
from calloff.data.load import Loaded
from plan_forms import Form, Plan, assert_plan, plan, separated, written

PLAN = plan(days=8)
Spelt = Callable[[datetime], str]
LONG = {"target": ["target"], "quantity": ["quantity"], "kind": "long"}


def layout(columns: dict[str, Any], **options: object) -> Layout:
    names = {"part": ["part"], "issued_at": ["issued_at"]}
    return parse_layout({**names, **columns, **options}, "my.toml")


def assert_counted(found: Loaded) -> None:
    cleaned = found.cleaned
    assert found.reading.rows == cleaned.rows_used + sum(cleaned.set_aside.values())


WEEKS: dict[str, Spelt] = {
    "ISO": lambda d: f"{d:%G-W%V}", "no dash": lambda d: f"{d:%G}W{d:%V}",
    "KW": lambda d: f"KW{d:%V}/{d:%G}",
    "KW apart": lambda d: f"KW {d:%V} {d:%G}", "short year": lambda d: f"W{d:%V}/{d:%g}",
    "short first": lambda d: f"{d:%g}-W{d:%V}", "CW": lambda d: f"CW{d:%V}/{d:%G}",
    "Korean": lambda d: f"{d:%G}년 {int(d.strftime('%V'))}주", "digits": lambda d: f"{d:%G%V}",
    "slash": lambda d: f"{d:%V}/{d:%G}", "year first": lambda d: f"{d:%G}/{d:%V}",
}  # fmt: skip
MONTHS: dict[str, Spelt] = {
    "ISO": lambda d: f"{d:%Y-%m}", "named": lambda d: f"{d:%b %Y}",
    "Korean": lambda d: f"{d.year}년 {d.month}월",
}  # fmt: skip


def long_table(spelt: Spelt, step: int, days: int = 0) -> list[list[object]]:
    """Some days, and then periods after them."""
    rows: list[list[object]] = [["part", "issued_at", "target", "quantity"]]
    for part, issued, quantities in PLAN.rows:
        for lead in range(days):
            rows.append(
                [part, issued, f"{issued + timedelta(days=lead):%Y-%m-%d}", quantities[lead]]
            )
        first = issued + timedelta(days=days)
        for number in range(4):
            start = first + timedelta(days=-first.weekday() + 7 if days else -first.weekday())
            rows.append([part, issued, spelt(start + timedelta(days=step * number)), 100 + number])
    return rows


@pytest.mark.parametrize("days", [0, 5])
@pytest.mark.parametrize("name", WEEKS)
def test_weeks_in_a_long_table(tmp_path: Path, name: str, days: int) -> None:
    (tmp_path / "plan.csv").write_bytes(separated(long_table(WEEKS[name], 7, days)))
    found = load(tmp_path)
    buckets = found.reading.buckets
    assert len(buckets) == 4 * len(PLAN.rows) and set(buckets.days.tolist()) == {7}
    assert {day.astype(datetime).isoweekday() for day in buckets.start} == {1}
    assert sorted(set(buckets.quantity.tolist())) == [100, 101, 102, 103]
    assert_counted(found)
    if days:
        assert_plan(found.triangle, PLAN)
    else:
        assert len(found.reading.plans) == 0


@pytest.mark.parametrize("name", MONTHS)
def test_months_in_a_long_table(tmp_path: Path, name: str) -> None:
    (tmp_path / "plan.csv").write_bytes(separated(long_table(MONTHS[name], 31, 5)))
    found = load(tmp_path)
    assert set(found.reading.buckets.days.tolist()) <= {30, 31}
    assert {day.astype(datetime).day for day in found.reading.buckets.start} == {1}
    assert_plan(found.triangle, PLAN)
    assert_counted(found)


@pytest.mark.parametrize(("period", "days"), [("week", {7}), ("month", {28, 31})])
def test_weeks_or_months_are_asked_for(tmp_path: Path, period: str, days: set[int]) -> None:
    rows = [["part", "issued_at", "target", "quantity"],
            *([part, "2022-01-03", f"2022{number:02}", 5] for part in PLAN.parts
              for number in (1, 2, 3))]  # fmt: skip
    (tmp_path / "plan.csv").write_bytes(separated(rows))
    with pytest.raises(CalloffError, match="can be read in two ways"):
        load(tmp_path)
    found = load(tmp_path, layout=layout(LONG, period=period))
    assert set(found.reading.buckets.days.tolist()) == days


@pytest.mark.parametrize(
    "spelt", [lambda d: f"KW{d:%V}", lambda d: f"W{d:%V}", lambda d: "Q4 2021"]
)
def test_periods_that_are_not_known_are_no_days(tmp_path: Path, spelt: Spelt) -> None:
    (tmp_path / "plan.csv").write_bytes(separated(long_table(spelt, 7)))
    with pytest.raises(CalloffError, match="no times that calloff knows"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("headers", "start", "days"),
    [
        (["W40", "W41", "W42"], "2021-10-04", 7), (["KW40/2021", "KW41/2021"], "2021-10-04", 7),
        (["2021-W40", "2021-W41"], "2021-10-04", 7), (["40주", "41주"], "2021-10-04", 7),
        (["2021-10", "2021-11"], "2021-10-01", 31), (["10월", "11월"], "2021-10-01", 31),
        (["W1", "W2"], "2022-01-03", 7), (["1월", "2월"], "2022-01-01", 31),
    ],
)  # fmt: skip
def test_weeks_and_months_in_headers(
    tmp_path: Path, headers: list[str], start: str, days: int
) -> None:
    issued = "2021-12-20" if start.startswith("2022") else "2021-10-01"
    rows = [
        ["part", "issued_at", *headers],
        *([part, issued, *range(len(headers))] for part in PLAN.parts),
    ]
    (tmp_path / "plan.csv").write_bytes(separated(rows))
    buckets = load(tmp_path).reading.buckets
    assert str(buckets.start.min()) == start and buckets.days[0] == days
    assert len(buckets) == len(PLAN.parts) * len(headers)


@pytest.mark.parametrize("headers", [("W0", "W1", "W2"), ("Week 1", "Week 2"), ("KW1", "KW2")])
def test_weeks_that_count_from_the_issue_day_are_asked_for(
    tmp_path: Path, headers: tuple[str, ...]
) -> None:
    """In September, week 1 is no week of a plan."""
    rows = [["part", "issued_at", *headers], *([p, "2021-09-13", *headers] for p in PLAN.parts)]
    (tmp_path / "plan.csv").write_bytes(separated([rows[0], *([*r[:2], 5, 6, 7][: len(rows[0])]
                                                              for r in rows[1:])]))  # fmt: skip
    with pytest.raises(CalloffError, match='period = "week"'):
        load(tmp_path)


HEADERS: dict[str, Spelt] = {
    "iso": lambda d: f"{d:%Y-%m-%d}", "US": lambda d: f"{d.month}/{d.day}",
    "dots": lambda d: f"{d.day}.{d.month}.",
    "padded": lambda d: f"{d:%d.%m}", "Korean": lambda d: f"{d.month}월 {d.day}일",
    "Korean weekday": lambda d: f"{d.month}월 {d.day}일(금)",
    "weekday": lambda d: f"{d.month}/{d.day}(월)",
    "German": lambda d: f"Mo {d:%d.%m.}", "US year": lambda d: f"{d.month}/{d.day}/{d.year}",
    "named": lambda d: f"{d:%d-%b}", "short": lambda d: f"{d:%y.%m.%d}",
    "digits": lambda d: f"{d:%Y%m%d}",
    "day number": lambda d: str((d - datetime(1899, 12, 30)).days),
}  # fmt: skip


@pytest.mark.parametrize("year_end", [True, False])
@pytest.mark.parametrize("name", HEADERS)
def test_target_days_in_headers(tmp_path: Path, name: str, year_end: bool) -> None:
    first = datetime(2021, 12, 26, 18, 30)
    days = tuple(first + timedelta(days=day) for day in range(8))
    made = replace(PLAN, issued=days) if year_end else PLAN
    written(tmp_path, Form("dated", header=HEADERS[name]).tables(made))
    assert_plan(load(tmp_path).triangle, made)


def running(made: Plan, begin: int = 0, restart: int = -1) -> Plan:
    """The plan in running totals that go on from day to day."""
    out, before = np.zeros_like(made.quantity), np.full(len(made.parts), begin)
    for day in range(len(made.issued)):
        before = np.zeros_like(before) if day == restart else before
        out[:, day] = before[:, None] + np.cumsum(made.quantity[:, day], axis=1)
        before = before + made.quantity[:, day, 0]
    return replace(made, quantity=out)


LATER = plan(days=20, leads=8)


@pytest.mark.parametrize("shape", ["wide", "long", "dated"])
@pytest.mark.parametrize(
    "totals",
    [running(LATER), running(LATER, 30_000), running(LATER, 30_000, 10),
     running(plan(parts=1, days=6, leads=6)), running(plan(days=20, leads=2), 500)],
    ids=["from 0", "goes on", "restarts", "one part", "two days"],
)  # fmt: skip
def test_running_totals_are_never_quantities(tmp_path: Path, totals: Plan, shape: str) -> None:
    written(tmp_path, Form(shape).tables(totals))
    with pytest.raises(CalloffError, match="cumulative = true"):
        load(tmp_path)


@pytest.mark.parametrize("begin", [0, 30_000])
@pytest.mark.parametrize(
    ("shape", "columns"),
    [("wide", {"total": ["D", "D+{lead}"]}), ("long", LONG), ("dated", {"total": ["{date}"]})],
)
def test_declared_running_totals_are_read_as_differences(
    tmp_path: Path, shape: str, columns: dict[str, Any], begin: int
) -> None:
    written(tmp_path, Form(shape).tables(running(LATER, begin)))
    found = load(tmp_path, layout=layout(columns, cumulative=True)).triangle.quantity
    known = ~np.isnan(found)
    np.testing.assert_array_equal(found[known], LATER.quantity[known])
    assert known[:, 1:].all()  # of the first evening the day before is not known
    written(tmp_path, Form(shape).tables(running(LATER, begin)))
    as_is = load(tmp_path, layout=layout(columns, cumulative=False)).triangle
    assert_plan(as_is, running(LATER, begin))


def summed(made: Plan) -> Plan:
    """The plan in sums from each issue day on."""
    return replace(made, quantity=np.cumsum(made.quantity, axis=2))


@pytest.mark.parametrize(
    ("shape", "columns"),
    [("wide", {"total": ["D", "D+{lead}"]}), ("long", LONG), ("dated", {"total": ["{date}"]})],
)
@pytest.mark.parametrize("copies", [False, True])
def test_sums_from_the_issue_day_on_are_found_and_read_where_declared(
    tmp_path: Path, shape: str, columns: dict[str, Any], copies: bool
) -> None:
    made = plan(days=20, leads=8)
    if copies:  # of the evening before, as stale plans are
        made.quantity[:, 5:8] = made.quantity[:, 4:5]
    written(tmp_path, Form(shape).tables(summed(made)))
    with pytest.raises(CalloffError, match='cumulative = "plan"'):
        load(tmp_path)
    assert_plan(load(tmp_path, layout=layout(columns, cumulative="plan")).triangle, made)
    as_is = load(tmp_path, layout=layout(columns, cumulative=False)).triangle
    assert_plan(as_is, summed(made))


def test_plans_that_grow_ahead_are_no_sums(tmp_path: Path) -> None:
    """A part that ramps up rises from day to day in every plan."""
    made = plan(days=20, leads=8)
    targets = np.arange(20)[:, None] + np.arange(8)
    grown = replace(made, quantity=np.broadcast_to(10 + 7 * targets, made.quantity.shape).copy())
    written(tmp_path, Form().tables(grown))
    load(tmp_path, layout=layout({"total": ["D", "D+{lead}"]}, cumulative=False))
    with pytest.raises(CalloffError, match="cumulative = true"):  # asked for, as it was before
        load(tmp_path)


@pytest.mark.parametrize("made", [PLAN, replace(PLAN, quantity=np.full(PLAN.quantity.shape, 50)),
                                  plan(seed=7, days=30, leads=20)])  # fmt: skip
def test_plans_that_are_no_running_totals(tmp_path: Path, made: Plan) -> None:
    written(tmp_path, Form().tables(made))
    assert_plan(load(tmp_path).triangle, made)


def gaps() -> Plan:
    """A plan in which a part is absent on two evenings, one of them the last."""
    made = plan(seed=3)
    made.quantity[3, 4], made.quantity[2, 11] = 0, 0
    return made


@pytest.mark.parametrize("made", [plan(), gaps()], ids=["whole", "absent"])
@pytest.mark.parametrize("files", [1, 12])
def test_days_without_a_row_are_0(tmp_path: Path, made: Plan, files: int) -> None:
    (table,) = Form("long", zeros=False).tables(made)
    by_day: dict[object, list[list[Any]]] = {}
    for row in table[1:]:
        by_day.setdefault(row[1] if files > 1 else "", [table[0]]).append(row)
    written(tmp_path, list(by_day.values()))
    found = load(tmp_path)
    assert_plan(found.triangle, made)
    assert found.reading.unlisted.found and found.reading.unlisted.cells > 0
    assert_counted(found)


def test_a_table_that_lists_zeros_keeps_its_gaps(tmp_path: Path) -> None:
    (table,) = Form("long").tables(plan())
    left = [row for number, row in enumerate(table) if number % 17 != 5]
    written(tmp_path, [left])
    found = load(tmp_path)
    assert found.reading.unlisted.cells == 0
    assert int(np.isnan(found.triangle.quantity).sum()) == len(table) - len(left)
