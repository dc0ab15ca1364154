"""What looks like a plan and is not, or not quite: read rightly, or refused, never in between."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
import xlwt

from calloff import CalloffError, load
from calloff.data.reading.cells import parse_part
from calloff.data.reading.numbers import NumberForm, parse_quantity
from calloff.data.reading.times import TimeOptions, parse_times
from input_files import xls, xlsx
from plan_forms import Form, assert_plan, plan, separated, written

PLAN = plan()
PARTS = len(PLAN.parts)
Table = list[list[Any]]


def base() -> Table:
    return Form().tables(PLAN)[0]


def evenings(table: Table) -> list[Table]:
    return [table[at : at + PARTS] for at in range(1, len(table), PARTS)]


def sums(name: str, rows: Table) -> list[Any]:
    return [name, rows[0][1], *(sum(int(row[at]) for row in rows) for at in range(2, 7))]


def code_of(*inputs: Path, **options: Any) -> str:
    with pytest.raises(CalloffError) as caught:
        load(*inputs, **options)
    return caught.value.problems[0].code


def test_subtotals_that_stand_above_their_groups(tmp_path: Path) -> None:
    rows = [row for each in evenings(base())
            for group, name in ((each[:3], "left"), (each[3:], "right"))
            for row in (sums(name, group), *group)]  # fmt: skip
    written(tmp_path, [[base()[0], *rows]])
    found = load(tmp_path)
    assert found.reading.totals == ("left", "right")
    assert_plan(found.triangle, PLAN)


def test_a_sum_of_rounded_quantities_is_a_sum(tmp_path: Path) -> None:
    rows = []
    for number, each in enumerate(evenings(base())):
        total = sums("X-99", each)
        total[total.index(max(total[2:]))] += number % 2
        rows += [*each, total]
    written(tmp_path, [[base()[0], *rows]])
    found = load(tmp_path)
    assert found.reading.totals == ("X-99",)
    assert_plan(found.triangle, PLAN)


@pytest.mark.parametrize(("off", "days", "found"), [(1, 2, True), (1, 3, False), (2, 1, False)])
def test_a_sum_is_off_by_a_piece_on_fewer_than_half_of_the_days(
    tmp_path: Path, off: int, days: int, found: bool
) -> None:
    rows = []
    for evening in evenings(base()):
        each = [[*row[:2], *(int(pieces) // 10 for pieces in row[2:])] for row in evening]
        total = sums("X-99", each)  # some hundred pieces
        for place in sorted(range(2, 7), key=total.__getitem__)[-days:]:
            total[place] += off
        rows += [*each, total]
    written(tmp_path, [[base()[0], *rows]])
    assert load(tmp_path).reading.totals == (("X-99",) if found else ())


@pytest.mark.parametrize("name", ["Totale", "Razem", "ALLE TEILE", "合計", "Suma total", "Итого"])
def test_a_total_of_which_a_part_is_filtered_out(tmp_path: Path, name: str) -> None:
    rows = [row for each in evenings(base()) for row in (*each[1:], sums(name, each))]
    written(tmp_path, [[base()[0], *rows]])
    found = load(tmp_path)
    assert found.reading.totals == (name,)
    assert found.triangle.parts == PLAN.parts[1:]


def test_a_header_that_comes_again_in_another_order_is_refused(tmp_path: Path) -> None:
    table = base()
    half, order = len(table) // 2, [0, 1, 6, 5, 4, 3, 2]
    other = [[row[at] for at in order] for row in [table[0], *table[half:]]]
    (path,) = written(tmp_path, [[*table[:half], *other]])
    with pytest.raises(CalloffError, match=rf"row {half + 1} is a header again") as caught:
        load(path)
    assert caught.value.problems[0].code == "header.changes"


def test_a_header_whose_cells_are_merged_over_two_rows(tmp_path: Path) -> None:
    table, made = base(), io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Plan")
        for column in (0, 1):
            sheet.merge_range(0, column, 1, column, table[0][column])
        sheet.merge_range(0, 2, 0, 6, "Quantity")
        sheet.write_row(1, 2, table[0][2:])
        for row, cells in enumerate(table[1:], start=2):
            sheet.write_row(row, 0, [*cells[:2], *map(int, cells[2:])])
    path = tmp_path / "plan.xlsx"
    path.write_bytes(made.getvalue())
    assert_plan(load(path).triangle, PLAN)


# Running totals that begin anew on a day within the plans.


@pytest.mark.parametrize("restarts", [(6,), (4, 20)])
def test_running_totals_with_restarts_within_a_plan(tmp_path: Path, restarts: tuple[int]) -> None:
    made = plan(days=40)
    called = np.concatenate([made.quantity[:, :, 0], made.quantity[:, -1, 1:]], axis=1)
    table = [base()[0]]
    for part, issued, quantities in made.rows:
        one, day = made.parts.index(part), (issued - made.issued[0]).days
        begin = max((each for each in restarts if each <= day), default=0)
        running, totals = int(called[one, begin:day].sum()), []
        for lead, pieces in enumerate(quantities):
            running = pieces if day + lead in restarts else running + pieces
            totals.append(running)
        table.append([part, f"{issued:%Y-%m-%d %H:%M}", *totals])
    (path,) = written(tmp_path, [table])
    assert code_of(path) == "file.cumulative"


def test_plans_that_fall_on_few_days_are_no_running_totals(tmp_path: Path) -> None:
    """Each day wants less or more than the one before: nothing goes on from evening to evening."""
    table = [base()[0]]
    for day in range(40):
        issued = PLAN.issued[0] + timedelta(days=day)
        for part in range(6):
            first = 300 + 17 * part
            row = [first + (0 if day % 13 == 12 and lead > 2 else lead) for lead in range(5)]
            table.append([f"P-{part}", f"{issued:%Y-%m-%d %H:%M}", *row])
    assert load(*written(tmp_path, [table])).triangle.quantity.max() < 500


# Months


FIRSTS = [date(2021, month, 1) for month in range(8, 13)]


def monthly(period: str = "") -> tuple[Table, str]:
    rows = [[f"M-{part}", "2021-08-01", day.isoformat(), 100 * (part + 1) + day.month]
            for part in range(4) for day in FIRSTS]  # fmt: skip
    layout = 'kind = "long"\npart = ["part"]\nissued_at = ["issued_at"]\ntarget = ["target"]\n'
    return [["part", "issued_at", "target", "quantity"], *rows], (
        f'{layout}quantity = ["quantity"]\nperiod = "{period}"\n'
    )


def test_quantities_of_first_days_of_months_are_asked_for(tmp_path: Path) -> None:
    (path,) = written(tmp_path, [monthly()[0]])
    assert code_of(path) == "file.monthly"


def test_declared_months_are_no_days(tmp_path: Path) -> None:
    table, declared = monthly("month")
    (path,) = written(tmp_path, [table])
    layout = tmp_path / "my.toml"
    layout.write_text(declared)
    buckets = load(path, layout=layout).reading.buckets
    assert sorted(set(buckets.days.tolist())) == [30, 31]
    assert buckets.start[:5].tolist() == FIRSTS
    layout.write_text(declared.replace('"month"', '"day"'))
    assert load(path, layout=layout).triangle.leads.tolist() == [0, 31, 61, 92, 122]


def test_columns_of_months_ahead_are_no_weeks(tmp_path: Path) -> None:
    rows = [[f"M-{part}", "2021-11-15", 10, 20, 30] for part in range(3)]
    (path,) = written(tmp_path, [[["part", "issued_at", "M", "M+1", "M+2"], *rows]])
    layout = tmp_path / "my.toml"
    layout.write_text('part = ["part"]\nissued_at = ["issued_at"]\ntotal = ["M", "M+{lead}"]\n'
                      'period = "month"\n')  # fmt: skip
    buckets = load(path, layout=layout).reading.buckets
    assert [str(day) for day in buckets.start[:3]] == ["2021-11-01", "2021-12-01", "2022-01-01"]
    assert buckets.days[:3].tolist() == [30, 31, 31]


def test_headers_of_first_days_with_declared_months(tmp_path: Path) -> None:
    head = ["part", "issued_at", *(day.isoformat() for day in FIRSTS)]
    rows = [[f"M-{part}", "2021-08-03", *range(10, 15)] for part in range(3)]
    (path,) = written(tmp_path, [[head, *rows]])
    assert code_of(path) == "file.monthly"
    layout = tmp_path / "my.toml"
    layout.write_text('part = ["part"]\nissued_at = ["issued_at"]\ntotal = ["{date}"]\n'
                      'period = "month"\n')  # fmt: skip
    assert load(path, layout=layout).reading.buckets.days[:3].tolist() == [31, 30, 31]


@pytest.mark.parametrize("text", ["KW 5/2022", "WK 5/22", "kw 05/2022", "CW 5.2022"])
def test_a_week_s_word_is_no_weekday(text: str) -> None:
    times = parse_times([text], TimeOptions(periods=True))
    assert (str(times.start[0])[:10], times.days[0]) == ("2022-01-31", 7)


# Parts and quantities that a spreadsheet has changed


@pytest.mark.parametrize(("cell", "fault"), [
    (date(2021, 3, 1), "part_date"), (datetime(2021, 3, 1), "part_date"), ("3-Jan", "part_date"),
    ("03. Jan", "part_date"), ("10. Mrz", "part_date"), ("Jan-21", "part_date"),
    ("03월 01일", "part_date"), ("MAR-10", ""), ("3-JAN", ""), ("A3-Jan", ""), ("3-1", ""),
    ("1E+11", "part_rounded"), ("1,2E+11", "part_rounded"), ("1E11", ""), ("12E+05", ""),
    (1234567890123456.0, "part_rounded"), (123456789012345.0, ""), (1234567890123456, ""),
    ("NULL", "part_blank"), ("NaN", "part_blank"), ("(blank)", "part_blank"), ("NULL-1", ""),
    (pd.NaT, "part_blank"),
])  # fmt: skip
def test_parts_that_a_spreadsheet_made(cell: object, fault: str) -> None:
    assert parse_part(cell)[1] == fault


@pytest.mark.parametrize(("text", "value", "fault"), [
    ("7.4E+05", np.nan, "rounded"), ("7,4E+05", np.nan, "rounded"), ("6.16E+02", 616, ""),
    ("1.5E+01", 15, ""), ("1E+02", 100, ""), ("1.234E+03", 1234, ""),
    ("1.23E+03", np.nan, "rounded"),
])  # fmt: skip
def test_quantities_of_which_digits_are_lost(text: str, value: float, fault: str) -> None:
    found, why = parse_quantity(text, NumberForm(decimal="," if "," in text else "."))
    assert why == fault
    np.testing.assert_equal(found, value)


def test_parts_that_became_dates_are_set_aside_and_named(tmp_path: Path) -> None:
    table = [[date(2021, 3, 1) if row[0] == "P-02" else row[0], row[1], *row[2:]]
             for row in base()]  # fmt: skip
    path = tmp_path / "plan.xlsx"
    path.write_bytes(xlsx({"Sheet1": table}))
    found = load(path)
    assert found.reading.set_aside == {"part_date": len(PLAN.issued)}
    assert "P-02" not in found.triangle.parts


# Statuses, days, plants


@pytest.mark.parametrize("word", ["cancelled", "Canceled", "storniert", "취소"])
def test_cancelled_rows_are_no_demand(tmp_path: Path, word: str) -> None:
    table = Form("long").tables(PLAN)[0]
    twice = [[*row, "open"] for row in table[1:]] + [
        [*row[:-1], 5, word] for row in table[1:20]
    ]  # fmt: skip
    (path,) = written(tmp_path, [[[*table[0], "status"], *twice]])
    found = load(path)
    assert found.reading.set_aside["row_cancelled"] == 19
    assert_plan(found.triangle, PLAN)


@pytest.mark.parametrize(("year", "noticed"), [("2012", True), ("2027", True), ("2021", False)])
def test_issue_days_years_from_all_others_are_told(
    tmp_path: Path, year: str, noticed: bool
) -> None:
    table = base()
    last = [[row[0], row[1].replace("2021", year), *row[2:]] for row in table[-PARTS:]]
    found = load(*written(tmp_path, [[*table[:-PARTS], *last]]))
    codes = [each.code for each in found.reading.notices]
    assert ("file.far_days" in codes) == noticed
    if noticed:
        (problem,) = found.reading.notices
        assert (problem.facts["count"], str(problem.facts["day"])[:4]) == (PARTS, year)
        assert problem.where.row == len(table) - PARTS + 1


def test_few_days_tell_nothing_of_a_day_far_away(tmp_path: Path) -> None:
    table = base()[: 1 + 2 * PARTS]
    table[-1][1] = "2011-01-01 10:00"
    assert not load(*written(tmp_path, [table])).reading.notices


def test_plants_in_two_spellings_are_named_and_joined_where_declared(tmp_path: Path) -> None:
    table = [[row[0], "plant" if not at else ("0100", "100")[at % 2], *row[1:]]
             for at, row in enumerate(base())]  # fmt: skip
    (path,) = written(tmp_path, [table])
    assert load(path).reading.twins == (("100", "0100"),)
    layout = tmp_path / "my.toml"
    layout.write_text('part = ["part"]\nplant = ["plant"]\nissued_at = ["issued_at"]\n'
                      'total = ["D", "D+{lead}"]\njoin_twins = true\n')  # fmt: skip
    found = load(path, layout=layout)
    assert found.reading.twins == ()
    assert_plan(found.triangle, PLAN)


@pytest.mark.parametrize(("name", "code"), [("plant", "plant"), ("customer", "customer")])
def test_parts_with_a_plant_here_and_none_there_are_named(
    tmp_path: Path, name: str, code: str
) -> None:
    named = [[row[0], name if not at else "X1", *row[1:]] for at, row in enumerate(base())]
    found = load(*written(tmp_path, [base(), named]))
    (notice,) = [each for each in found.reading.notices if each.code == f"file.{code}_missing"]
    assert notice.facts["count"] == PARTS
    assert not load(*written(tmp_path, [named])).reading.notices


# Encodings


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("head", ["part", "품번"])
def test_letters_of_two_bytes_without_a_mark(tmp_path: Path, encoding: str, head: str) -> None:
    table = base()
    table[0][0] = head
    (path,) = written(tmp_path, [table], encoding=encoding)
    assert_plan(load(path).triangle, PLAN)


def test_what_only_looks_like_letters_of_two_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(b"\1\0\2\0\3\0\4\0" * 100)
    assert code_of(path) == "file.binary"


def test_the_rest_of_a_block_behind_a_text_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(separated(base()).ljust(8192, b"\0"))
    found = load(path)
    assert not found.reading.lost
    assert_plan(found.triangle, PLAN)


def test_a_web_page_as_mail_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.xls"
    path.write_bytes(b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>")
    assert code_of(path) == "file.html"


def test_a_single_total_that_is_too_low_makes_no_large_quantity(tmp_path: Path) -> None:
    rows = [["A", "2021-10-01", 100, 200, 20, 400, 450], ["A", "2021-10-02", 200, 300, 400, 50, 70]]
    (path,) = written(tmp_path, [[["part", "issued_at", "D", "D+1", "D+2", "D+3", "D+4"], *rows]])
    layout = tmp_path / "my.toml"
    layout.write_text('part = ["part"]\nissued_at = ["issued_at"]\ntotal = ["D", "D+{lead}"]\n'
                      "cumulative = true\n")  # fmt: skip
    quantity = load(path, layout=layout).triangle.quantity[0]
    np.testing.assert_array_equal(quantity[0], [np.nan, 100, np.nan, np.nan, 50])
    np.testing.assert_array_equal(quantity[1], [100, 100, 100, np.nan, 20])


# Rows of several orders


def orders(unlike: bool) -> Table:
    table = Form("long").tables(PLAN)[0]
    halves = [[*row[:-1], part, f"{number}-{at if unlike else 0}"]
              for number, row in enumerate(table[1:])
              for at, part in enumerate((int(row[-1]) // 2, int(row[-1]) // 2))]  # fmt: skip
    return [[*table[0], "order"], *halves]


def declared(folder: Path, add_up: str) -> Path:
    layout = folder / "my.toml"
    layout.write_text('kind = "long"\npart = ["part"]\nissued_at = ["issued_at"]\n'
                      'target = ["target"]\nquantity = ["quantity"]\n'
                      f"add_up = {add_up}\n")  # fmt: skip
    return layout


def test_rows_of_several_orders_are_asked_for(tmp_path: Path) -> None:
    (path,) = written(tmp_path, [orders(unlike=True)])
    with pytest.raises(CalloffError, match=r"\(order\)") as caught:
        load(path)
    assert caught.value.problems[0].code == "file.several_rows"
    found = load(path, layout=declared(tmp_path, "true"))
    np.testing.assert_array_equal(found.triangle.quantity, PLAN.quantity // 2 * 2)
    assert not found.reading.set_aside and found.cleaned.rows_used == found.reading.rows
    half = load(path, layout=declared(tmp_path, "false"))
    np.testing.assert_array_equal(half.triangle.quantity, PLAN.quantity // 2)


def test_rows_that_are_equal_in_all_columns_are_duplicates(tmp_path: Path) -> None:
    found = load(*written(tmp_path, [orders(unlike=False)]))
    assert found.reading.set_aside == {"duplicate": PLAN.quantity.size}


def test_rows_of_a_day_are_added_up_where_declared(tmp_path: Path) -> None:
    table = Form("long").tables(PLAN)[0]
    more = [[*row[:-1], 7] for row in table[1:4]]
    (path,) = written(tmp_path, [[*table, *more]])
    found = load(path, layout=declared(tmp_path, "true")).triangle.quantity
    assert (found - PLAN.quantity).sum() == 21


def test_formulas_of_an_old_workbook_that_were_never_calculated(tmp_path: Path) -> None:
    def table(*rows: int) -> Table:
        return [[xlwt.Formula(f"{cell}+0") if at == 2 and row in rows else cell
                 for at, cell in enumerate(cells)]
                for row, cells in enumerate(Form(number=int).tables(PLAN)[0])]  # fmt: skip

    path = tmp_path / "plan.xls"
    path.write_bytes(xls({"Sheet1": table(*range(1, 100))}))
    with pytest.raises(CalloffError, match=r"“D” holds 72 formulas"):
        load(path)
    path.write_bytes(xls({"Sheet1": [*table(), ["", "", "", "", "", xlwt.Formula("1+1")]]}))
    assert_plan(load(path).triangle, PLAN)  # a template's row that shows nothing as yet
