"""Whose plan it is, which names are one part, and which rows are sums of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff import CalloffError, load
from calloff.data.layouts import Layout, parse_layout
from plan_forms import Form, Plan, assert_plan, plan, separated, written

PLAN = plan()
DAYS, PARTS = len(PLAN.issued), len(PLAN.parts)
Table = list[list[Any]]


def base() -> Table:
    return Form().tables(PLAN)[0]


def layout(**options: object) -> Layout:
    names = {"part": ["part"], "issued_at": ["issued_at"], "total": ["D", "D+{lead}"]}
    return parse_layout({**names, **options}, "my.toml")


def evenings(table: Table) -> list[Table]:
    return [table[at : at + PARTS] for at in range(1, len(table), PARTS)]


def total(name: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    sums = [sum(int(row[at]) for row in rows) for at in range(2, len(rows[0]))]
    return [name, rows[0][1], *map(str, sums)]


def refused(folder: Path, **options: Any) -> str:
    with pytest.raises(CalloffError) as caught:
        load(folder, **options)
    return caught.value.problems[0].code


SAID = ["Total", "TOTAL", "Summe", "합계", "소계", "총 합계", "*", "**", "K1 Total", "Total K1",
        "Grand Total",
        "Gesamt", "합 계", "Σ", "Total:", "[합계]", "Subtotal A", "Zwischensumme", "A 소계",
        "X-99", "alles zusammen"]  # fmt: skip


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("name", SAID)
def test_a_total_of_each_evening_is_no_part(tmp_path: Path, name: str, last: bool) -> None:
    table = base()
    rows = [[*rows, total(name, rows)] if last else [total(name, rows), *rows]
            for rows in evenings(table)]  # fmt: skip
    written(tmp_path, [[table[0], *(row for each in rows for row in each)]])
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert found.reading.totals == (name,)
    assert found.cleaned.set_aside == {"row_total": DAYS}


@pytest.mark.parametrize(
    "names",
    [("Subtotal A", "Subtotal B", "Total"), ("A 소계", "B 소계", "총계"), ("G1", "G2", "G3")],
)
@pytest.mark.parametrize("grand", [True, False])
def test_subtotals_of_blocks(tmp_path: Path, names: tuple[str, str, str], grand: bool) -> None:
    table = base()
    out = [table[0]]
    for rows in evenings(table):
        out += [*rows[:3], total(names[0], rows[:3]), *rows[3:], total(names[1], rows[3:])]
        out += [total(names[2], rows)] if grand else []
    written(tmp_path, [out])
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert set(found.reading.totals) == set(names if grand else names[:2])


def test_subtotals_are_found_though_some_evenings_plan_next_to_nothing(tmp_path: Path) -> None:
    """A sum that is 0 for nearly all days tells nothing that evening, for or against it."""
    few = [day for day, rows in enumerate(evenings(base())) if day % 3 == 1]
    quiet = PLAN.quantity.copy()
    quiet[3:, few, 2:] = 0
    made = replace(PLAN, quantity=quiet)
    (table,) = Form().tables(made)
    out = [table[0]]
    for rows in evenings(table):
        out += [*rows[:3], total("G1", rows[:3]), *rows[3:], total("G2", rows[3:])]
    written(tmp_path, [out])
    found = load(tmp_path)
    assert set(found.reading.totals) == {"G1", "G2"}
    assert_plan(found.triangle, made)


def test_a_total_in_the_last_row_only(tmp_path: Path) -> None:
    table = base()
    written(tmp_path, [[*table, total("Total", table[1:])]])
    assert_plan(load(tmp_path).triangle, PLAN)


def test_a_total_without_a_name_is_set_aside(tmp_path: Path) -> None:
    table = base()
    out = [table[0], *(row for rows in evenings(table) for row in [*rows, total("", rows)])]
    written(tmp_path, [out])
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert found.cleaned.set_aside == {"part_blank": DAYS}


def test_a_total_in_a_long_table(tmp_path: Path) -> None:
    (table,) = Form("long").tables(PLAN)
    leads = PLAN.quantity.shape[2]
    for day in range(DAYS):
        rows = table[1 + day * PARTS * leads :][:leads]
        sums = PLAN.quantity[:, day].sum(axis=0)
        table += [["합계", *row[1:3], str(pieces)] for row, pieces in zip(rows, sums, strict=True)]
    written(tmp_path, [table])
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert found.cleaned.set_aside == {"row_total": DAYS * leads}


def test_a_total_beside_an_unknown_cell_is_still_seen(tmp_path: Path) -> None:
    table = base()
    out = [table[0], *(row for rows in evenings(table) for row in [*rows, total("X", rows)])]
    out = [list(row) for row in out]
    out[2][3] = "n/a"
    written(tmp_path, [out])
    assert load(tmp_path).reading.totals == ("X",)


@pytest.mark.parametrize(
    "name", ["Totalizer", "Total Seal 12", "SUM-100", "Sumitomo", "All", "계기판"]
)
def test_a_part_that_only_sounds_like_a_total_stays(tmp_path: Path, name: str) -> None:
    made = replace(PLAN, parts=(*PLAN.parts[:-1], name))
    written(tmp_path, Form().tables(made))
    found = load(tmp_path)
    assert sorted(found.triangle.parts) == sorted(made.parts)
    assert found.reading.totals == ()


def test_few_parts_of_which_one_is_the_sum_of_two_stay(tmp_path: Path) -> None:
    """A kit of two parts is no total."""
    made = plan(parts=3)
    made.quantity[2] = made.quantity[0] + made.quantity[1]
    written(tmp_path, Form().tables(made))
    assert_plan(load(tmp_path).triangle, made)


def plants(extra: Callable[[str, Table], Table] = lambda plant, rows: []) -> Table:
    """The plan for K1, and twice of it for K2; and more rows of each evening and plant."""
    table = base()
    out = [["part", "plant", *table[0][1:]]]
    for rows in evenings(table):
        for plant, times in (("K1", 1), ("K2", 2)):
            own = [[row[0], row[1], *(str(int(n) * times) for n in row[2:])] for row in rows]
            out += [[row[0], plant, *row[1:]] for row in [*own, *extra(plant, own)]]
    return out


def both() -> Plan:
    names = tuple(f"{part} @ {plant}" for part in PLAN.parts for plant in ("K1", "K2"))
    return Plan(names, PLAN.issued, np.stack([q * n for q in PLAN.quantity for n in (1, 2)]))


@pytest.mark.parametrize("name", ["{} Total", "합계", "XX"])
def test_totals_of_each_plant(tmp_path: Path, name: str) -> None:
    written(tmp_path, [plants(lambda plant, rows: [total(name.format(plant), rows)])])
    found = load(tmp_path)
    assert_plan(found.triangle, both())
    assert found.cleaned.set_aside == {"row_total": 2 * DAYS}


@pytest.mark.parametrize(("name", "reason"), [("Total", "row_total"), ("합계", "row_total"),
                                              ("", "plant_blank")])  # fmt: skip
def test_totals_over_plants(tmp_path: Path, name: str, reason: str) -> None:
    table = plants()
    sums = [[part, name, PLAN.issued[day].strftime("%Y-%m-%d %H:%M"),
             *map(str, 3 * PLAN.quantity[one, day])]
            for day in range(DAYS) for one, part in enumerate(PLAN.parts)]  # fmt: skip
    written(tmp_path, [[*table, *sums]])
    found = load(tmp_path)
    assert_plan(found.triangle, both())
    assert found.cleaned.set_aside == {reason: DAYS * PARTS}


def test_a_blank_column_of_plants_is_none(tmp_path: Path) -> None:
    written(tmp_path, Form(beside={"plant": "", "customer": " "}).tables(PLAN))
    assert_plan(load(tmp_path).triangle, PLAN)


def twice() -> Table:
    table = base()
    return [table[0], *([row[0], row[1], *(str(int(n) * 2) for n in row[2:])] for row in table[1:])]


def test_two_plants_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "K1.csv").write_bytes(separated(base()))
    (tmp_path / "K2.csv").write_bytes(separated(twice()))
    assert refused(tmp_path) == "file.two_plans"
    found = load(tmp_path, layout=layout(plant=["{file}"]))
    assert_plan(found.triangle, both())
    assert_plan(load(tmp_path, layout=layout(plant=["{file}"]), plant="K1").triangle, PLAN)


def test_two_plants_on_two_sheets(tmp_path: Path) -> None:
    from input_files import xlsx

    (tmp_path / "plan.xlsx").write_bytes(xlsx({"K1": base(), "K2": twice()}))
    assert refused(tmp_path) == "file.two_sheets"
    assert_plan(load(tmp_path, layout=layout(plant=["{sheet}"])).triangle, both())


def test_two_plants_whose_column_is_not_known(tmp_path: Path) -> None:
    """The second plant sends later, and would replace the first."""
    later = [[row[0], row[1].replace("18:30", "19:00"), *row[2:], "Halle 2"] for row in twice()[1:]]
    first = [[*row, "Halle 1"] for row in base()[1:]]
    written(tmp_path, [[[*base()[0], "Betrieb"], *first, *later]])
    with pytest.raises(CalloffError, match="columns that are not used: Betrieb") as caught:
        load(tmp_path)
    assert caught.value.problems[0].code == "file.two_plans_inside"
    found = load(tmp_path, layout=layout(plant=["Betrieb"]))
    assert len(found.triangle.parts) == 2 * PARTS


def test_a_later_plan_of_the_day_replaces_the_earlier_one(tmp_path: Path) -> None:
    """Most of it is as it was."""
    later = [[row[0], row[1].replace("18:30", "19:00"), *row[2:5], str(int(row[5]) + 1), *row[6:]]
             for row in base()[1:]]  # fmt: skip
    written(tmp_path, [[*base(), *later]])
    found = load(tmp_path)
    assert found.cleaned.set_aside == {"superseded": DAYS * PARTS}
    np.testing.assert_array_equal(found.triangle.quantity[:, :, 3], PLAN.quantity[:, :, 3] + 1)


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    written(tmp_path, [base(), base()])
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert found.cleaned.set_aside == {"duplicate": DAYS * PARTS}


NAMES = [
    ("품번", "공장", "고객사", "작성일시", "납품일", "수량"),
    ("품번", "납입처", "고객명", "기준일", "납입일", "납입수량"),
    ("자재코드", "납품처", "거래처", "발행일", "납기일", "계획수량"),
    ("부품 번호", "도착지", "발주처", "계획일자", "소요일", "소요량"),
    ("Sachnummer", "Werk", "Kunde", "Abrufdatum", "Liefertermin", "Menge"),
    ("Teilenummer", "Empfangswerk", "Kundennummer", "Erstellt am", "Lieferdatum", "Liefermenge"),
    ("Materialnr.", "Abladestelle", "Kunde", "Planungsdatum", "Bedarfstermin", "Bedarfsmenge"),
    ("Part Number", "Ship-to", "Customer", "Issue Date", "Due Date", "Qty"),
    ("PART NO.", "SHIP TO", "CUSTOMER NAME", "ISSUE_DATE", "DELIVERY_DATE", "QTY"),
    ("Material", "Plant", "Sold-to", "Created_at", "Delivery Date", "Quantity"),
]  # fmt: skip


@pytest.mark.parametrize("shape", ["wide", "long"])
@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0])
def test_usual_names_of_columns(tmp_path: Path, names: tuple[str, ...], shape: str) -> None:
    roles = ("part", "plant", "customer", "issued_at", "target", "quantity")
    spelt = dict(zip(roles, names, strict=True))
    form = Form(shape, names=spelt, beside={"plant": "K1", "customer": "A"})
    other = replace(form, beside={"plant": "K2", "customer": "A"})
    (first,), (second,) = form.tables(PLAN), other.tables(PLAN)
    written(tmp_path, [[*first, *second[1:]]])
    found = load(tmp_path)
    assert len(found.triangle.parts) == 2 * PARTS
    assert {key.plant for key in found.reading.keys.values()} == {"K1", "K2"}
    assert_plan(load(tmp_path, plant="K2", customer="a").triangle, PLAN)


ACCIDENTS: dict[str, Callable[[str], str]] = {
    "zeros": lambda part: part.lstrip("0"), "decimals": lambda part: f"{part}.0",
    "both": lambda part: part.lstrip("0") + ".0", "case": str.lower,
    "width": lambda part: "".join(chr(ord(sign) + 0xFEE0) for sign in part),
    "zero width": lambda part: f"{part}\u200b",
    "soft hyphen": lambda part: f"{part[:2]}\u00ad{part[2:]}",
    "apostrophe": lambda part: f"'{part}", "dash": lambda part: part.replace("-", "\u2013"),
    "spaces": lambda part: part.replace("-", " - "),
    "Cyrillic": lambda part: part.replace("A", "\u0410"),
}  # fmt: skip


@pytest.mark.parametrize("files", [1, 2])
@pytest.mark.parametrize("name", ACCIDENTS)
def test_twins_are_named_and_joined_where_that_is_declared(
    tmp_path: Path, name: str, files: int
) -> None:
    made = replace(PLAN, parts=tuple(f"0{number}A-7" for number in range(1, PARTS + 1)))
    (table,) = Form().tables(made)
    half = 1 + PARTS * DAYS // 2
    second = [[ACCIDENTS[name](row[0]), *row[1:]] for row in table[half:]]
    tables = [[*table[:half], *second]] if files == 1 else [table[:half], [table[0], *second]]
    written(tmp_path, tables)
    apart = load(tmp_path)
    assert len(apart.reading.twins) == PARTS and len(apart.triangle.parts) == 2 * PARTS
    joined = load(tmp_path, layout=layout(join_twins=True))
    assert joined.reading.twins == ()
    assert_plan(joined.triangle, made)


@pytest.mark.parametrize("sign", ["_", ".", "/"])
def test_names_with_another_separator_are_named_and_never_joined(tmp_path: Path, sign: str) -> None:
    """10.5 may well be another part than 10-5; a history that is cut in two is told."""
    (table,) = Form().tables(PLAN)
    half = 1 + PARTS * DAYS // 2
    table[half:] = [[row[0].replace("-", sign), *row[1:]] for row in table[half:]]
    written(tmp_path, [table])
    for found in (load(tmp_path), load(tmp_path, layout=layout(join_twins=True))):
        assert len(found.reading.twins) == PARTS and len(found.triangle.parts) == 2 * PARTS


def test_a_part_number_that_lost_its_digits_is_named(tmp_path: Path) -> None:
    table = [["4.71E+11" if row[0] == "P-03" else row[0], *row[1:]] for row in base()]
    written(tmp_path, [table])
    found = load(tmp_path)
    assert found.cleaned.set_aside == {"part_rounded": DAYS}
    assert "P-03" not in found.triangle.parts


def with_plants(bad: str) -> Table:
    """Two plants of each part, the newest plan of the first part and plant being ``bad``."""
    head, *rows = base()
    out = [[*row, plant] for plant in ("K1", "K2") for row in rows]
    newest = max(range(len(rows)), key=lambda at: (out[at][1], out[at][0] == PLAN.parts[0]))
    out[newest][2:-1] = [bad] * (len(out[newest]) - 3)
    return [[*head, "plant"], *out]


@pytest.mark.parametrize(("plant", "named"), [
    (None, (f"{PLAN.parts[0]} @ K1",)), ("K1", (PLAN.parts[0],)), ("K2", ())
])  # fmt: skip
def test_a_newest_plan_that_is_lost_is_told_of_its_own_plant(
    tmp_path: Path, plant: str | None, named: tuple[str, ...]
) -> None:
    written(tmp_path, [with_plants("never")])
    assert tuple(lost.part for lost in load(tmp_path, plant=plant).reading.lost) == named
