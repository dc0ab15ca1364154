"""Small inputs that once came out wrong, and what is right of each (cases/README.md)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff import CalloffError, Triangle, load
from calloff.data.layouts import Layout, parse_layout
from calloff.data.load import Loaded

CASES = Path(__file__).parent / "cases"
LONG = {"target": ["target"], "quantity": ["quantity"], "kind": "long"}
WIDE = {"total": ["D", "D+{lead}"]}


def declared(columns: dict[str, Any] = WIDE, **more: Any) -> Layout:
    """A layout of the cases' columns and what else a planner declares."""
    names = {"part": ["part"], "issued_at": ["issued_at"]}
    return parse_layout({**names, **columns, **more}, "my.toml")


def loaded(*names: str, **options: Any) -> Loaded:
    """What was read of some files of the cases; checks that every row is accounted for."""
    found = load(*(CASES / name for name in names), **options)
    assert_counted(found)
    return found


def assert_counted(found: Loaded) -> None:
    reading, cleaned = found.reading, found.cleaned
    assert reading.rows == cleaned.rows_used + sum(cleaned.set_aside.values())
    used = set(reading.plans.part.tolist()) | {lost.part for lost in reading.lost}
    assert {key for key in found.triangle.parts} <= used | set(reading.buckets.part.tolist())


@cache
def base() -> Triangle:
    return load(CASES / "base" / "wide.csv").triangle


def assert_base(found: Triangle, parts: tuple[str, ...] | None = None) -> None:
    assert found.parts == (parts or base().parts)
    assert found.days.tolist() == base().days.tolist()
    assert found.leads.tolist() == base().leads.tolist()
    np.testing.assert_array_equal(found.quantity, base().quantity)
    assert int(found.stale.sum()) == 14


def refused(*names: str, **options: Any) -> list[str]:
    """The codes of a refusal; its message stands in one line and says more than the code."""
    with pytest.raises(CalloffError) as caught:
        loaded(*names, **options)
    assert all("\n" not in problem.text("ko") for problem in caught.value.problems)
    return [problem.code for problem in caught.value.problems]


def told(*names: str, **options: Any) -> str:
    with pytest.raises(CalloffError) as caught:
        loaded(*names, **options)
    return caught.value.text("en")


def test_the_base_is_what_its_readme_says() -> None:
    assert (len(base().parts), len(base().days)) == (14, 40)
    assert int(base().stale.sum()) == 14 and len(base().target_days) == 25
    at = base().parts.index("P-01"), base().days.tolist().index(np.datetime64("2021-10-22").item())
    assert base().quantity[*at, 3] == 509
    assert_base(loaded("base/long.csv").triangle)


@pytest.mark.parametrize(
    "name",
    [
        "08-decimal-comma-sap/a.csv", "16-merged-header/down.xlsx", "22-excel-serial-dates/a.csv",
        "23-date-forms/dmy.csv", "23-date-forms/korpm.csv", "23-date-forms/nopad.csv",
        "34-long-without-zero-lines/sparse.csv", "52-delimiter/title.csv",
        "75b-stray-quote-merges-rows/b.csv", "80-stock-no-match/w.csv",
    ],
)  # fmt: skip
def test_what_is_the_same_plan_in_another_form(name: str) -> None:
    assert_base(loaded(name).triangle)


def test_german_names_in_cp1252() -> None:
    found = loaded("07-cp1252-german/a.csv").triangle
    assert_base(found, tuple(name.replace("P", "Größe") for name in base().parts))


def test_decimal_comma_where_it_is_declared() -> None:
    form = declared(decimal=",", thousands=".")
    assert_base(loaded("08-decimal-comma-sap/a.csv", layout=form).triangle)


def test_a_trailing_minus_costs_one_cell() -> None:
    found = loaded("09-trailing-minus/a.csv")
    faults = found.reading.faults
    assert set(faults["reason"]) == {"negative"} and faults["value"][0] == "12-"
    differs = found.triangle.quantity != base().quantity
    assert differs.sum() == len(faults) and np.isnan(found.triangle.quantity[differs]).all()
    assert found.reading.lost == () and found.cleaned.set_aside == {}


def test_leading_zeros_in_one_of_two_files() -> None:
    names = "11-leading-zeros-two-files/september.csv", "11-leading-zeros-two-files/october.xlsx"
    apart = loaded(*names)
    assert len(apart.triangle.parts) == 28
    assert len(apart.reading.twins) == 14
    assert ("00471101", "471101") in apart.reading.twins
    joined = loaded(*names, layout=declared(join_twins=True))
    assert joined.reading.twins == ()
    assert_base(joined.triangle, tuple(f"004711{number:02}" for number in range(1, 15)))


def test_total_rows_are_no_part() -> None:
    found = loaded("15-total-rows/ko.csv")
    assert_base(found.triangle)
    assert found.reading.totals == ("합계",)
    assert found.cleaned.set_aside == {"row_total": 40}


def test_a_hidden_sheet_is_not_read() -> None:
    found = loaded("17-hidden-sheet/later.xlsx")
    assert_base(found.triangle)
    assert [(each.sheet, each.reason) for each in found.reading.skipped] == [("what-if", "hidden")]


def test_two_plants_are_apart_and_can_be_chosen() -> None:
    both = loaded("18-two-plants-same-part/both.csv").triangle
    k1, k2 = (np.array([name.endswith(plant) for name in both.parts]) for plant in ("K1", "K2"))
    assert (k1.sum(), k2.sum()) == (14, 14)
    np.testing.assert_array_equal(both.quantity[k1], base().quantity)
    assert both.quantity[k2][0, -1, 3] == 254
    for plant, planned in (("K1", 509), ("k2", 254)):
        chosen = loaded("18-two-plants-same-part/both.csv", plant=plant)
        assert chosen.triangle.quantity[0, -1, 3] == planned
        assert chosen.cleaned.set_aside == {"not_chosen": 560}
    assert refused("18-two-plants-same-part/both.csv", plant="K3") == ["key.no_plant"]
    assert "K1, K2" in told("18-two-plants-same-part/both.csv", plant="K3")


def test_stale_days_are_those_of_a_customer() -> None:
    found = loaded("19-two-customers-stale/in").triangle
    mine = np.array([name.startswith("P") for name in found.parts])
    assert (found.repeated[mine].sum(axis=1) == 14).all()
    assert not found.repeated[~mine].any()


def test_a_column_is_read_in_the_one_format_that_fits_it() -> None:
    path = CASES / "23b-time-formats-wrong-order"
    found = loaded("23b-time-formats-wrong-order/a.csv", layout=path / "l.toml").triangle
    assert (str(found.days[0]), str(found.days[-1]), len(found.days)) == (
        "2021-10-01", "2021-10-22", 22
    )  # fmt: skip
    np.testing.assert_array_equal(found.quantity, base().quantity[:, -22:])


def test_stamps_with_a_zone_need_the_plant_s() -> None:
    name = "24-time-zones/utc.csv"
    assert refused(name) == ["unused.time_zone"]
    assert 'zone = "Asia/Seoul"' in told(name)
    assert_base(loaded(name, layout=declared(zone="Asia/Seoul")).triangle)


def test_weeks_are_buckets_and_never_their_mondays() -> None:
    found = loaded("31-week-buckets-long/weeks.csv")
    assert len(found.reading.plans) == 0
    buckets = found.reading.buckets
    assert set(buckets.days.tolist()) == {7} and len(buckets) == found.reading.rows
    assert set((buckets.start.astype(int) + 3) % 7) == {0}
    assert found.cleaned.rows_used == found.reading.rows


def test_running_totals_are_refused_and_read_where_declared() -> None:
    name = "33-cumulative-quantities/cum.csv"
    assert refused(name) == ["file.cumulative"]
    assert "cumulative = true" in told(name)
    found = loaded(name, layout=declared(cumulative=True)).triangle
    np.testing.assert_array_equal(found.quantity[:, :, 1:], base().quantity[:, :, 1:])
    today = found.quantity[:, :, 0]
    known = ~np.isnan(today)
    assert known.any()
    as_they_stand = loaded(name, layout=declared(cumulative=False)).triangle
    assert as_they_stand.quantity[0, 0, 1] == 1176


def test_days_that_a_long_file_does_not_list() -> None:
    name = "34-long-without-zero-lines/sparse.csv"
    found = loaded(name)
    assert found.reading.unlisted.cells == 1299 and found.reading.unlisted.found
    unknown = loaded(name, layout=declared(LONG, unlisted="unknown"))
    assert int(np.isnan(unknown.triangle.quantity).sum()) >= 1299
    said = loaded(name, layout=declared(LONG, unlisted=0))
    assert_base(said.triangle)
    assert not said.reading.unlisted.found


def test_thousands_of_excel_beside_plain_numbers() -> None:
    found = loaded("36-thousands-comma-biggest-lost/excel.csv").triangle
    assert found.quantity[0, 0].tolist() == [1848, 1680, 1770, 1764, 1596, 0]
    assert found.quantity[0, -1, 3] == 1527
    np.testing.assert_array_equal(found.quantity, 3 * base().quantity)


def test_dates_in_the_headers() -> None:
    found = loaded("40-date-headers/md.csv").triangle
    assert found.days.astype(str).tolist() == ["2021-10-22"]
    np.testing.assert_array_equal(found.quantity[:, 0], base().quantity[:, -1])


def test_errors_of_formulas_are_named_as_they_stand() -> None:
    found = loaded("45-excel-error-cells/a.xlsx")
    faults = found.reading.faults
    assert {"#N/A", "#REF!", "#VALUE!"} == set(faults["value"])
    assert not any(name.startswith("#") for name in found.triangle.parts)
    assert set(faults["reason"]) == {"error", "part_error"}
    assert all(faults["cell"])


def test_formulas_without_values_are_refused() -> None:
    name = "46-formula-no-cache/xlsxwriter.xlsx"
    assert refused(name) == ["file.uncalculated"]
    assert "open the file in Excel, save it" in told(name)


def test_big_quantities_are_read_as_they_are() -> None:
    found = loaded("61-env-and-signals/big.csv").triangle
    np.testing.assert_array_equal(found.quantity, 1000 * base().quantity)


def test_a_table_of_stock_is_no_plan() -> None:
    assert refused("80-stock-no-match/s.csv") == ["header.incomplete"]


def test_a_refusal_of_one_file_names_it_among_others() -> None:
    with pytest.raises(CalloffError) as caught:
        load(CASES / "base/wide.csv", CASES / "24-time-zones/utc.csv")
    (problem,) = caught.value.problems
    assert replace(problem.where, row=None, column="", cell="").file.endswith("utc.csv")
