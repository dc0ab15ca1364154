"""Cells: what counts, what is a fault, and that every fault is told with its address."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff import CalloffError, read
from calloff.data.reading.cells import FAULTS, parse_part
from calloff.data.reading.numbers import NumberForm, parse_columns, parse_quantity
from calloff.data.reading.sheets import as_cells, column_letter
from calloff.data.reading.times import parse_time
from input_files import export, long, wide, write

GOOD = [
    (0, 0), (7, 7), (7.0, 7), ("7", 7), (" 7 ", 7), ("7.0", 7), ("7.00", 7), ("1131", 1131),
    ("007", 7), ("+7", 7), ("1e2", 100), ("７", 7), (Decimal("7.00"), 7), (np.int16(7), 7),
    (10**9, 10**9), (-0.0, 0), ("0.000", 0), ("1 000", 1000), ("1'000", 1000),
    ("12.345.678", 12_345_678), ("1,234,567", 1_234_567), ("1\u00a0234,0", 1234),
    ("1.234,00", 1234), ("1,234.00", 1234),
]  # fmt: skip
BAD = [
    ("", "blank"), ("  ", "blank"), ("\u3000", "blank"), (None, "blank"), (math.nan, "blank"),
    (Decimal("NaN"), "blank"), ("n/a", "text"), ("-", "blank"), ("--", "text"),
    ("1 00", "text"), ("1_000", "text"),
    ("0x10", "text"), ("nan", "text"), ("inf", "text"), ("²", "text"), (True, "text"),
    (datetime(2021, 10, 1), "text"), (time(8), "text"), ([1], "text"), ("#REF!", "error"),
    ("#n/a", "error"),
    (-5, "negative"), ("-5", "negative"), ("5-", "negative"),
    ("(5)", "negative"), ("\u22125", "negative"), (-0.5, "negative"), (-math.inf, "negative"),
    (0.5, "fractional"), ("0.5", "fractional"), ("1,5", "fractional"), ("12.34", "fractional"),
    ("1.234", "ambiguous"), ("1,234", "ambiguous"), ("1234,567", "fractional"),
    ("1,23,45", "text"), ("1.234,5", "fractional"),
    (1e9 + 1, "too_large"), ("9999999999", "too_large"),
    ("1e400", "too_large"), (math.inf, "too_large"), (10**400, "too_large"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "pieces"), GOOD)
def test_quantities(cell: object, pieces: float) -> None:
    assert parse_quantity(cell) == (pieces, "")


@pytest.mark.parametrize(("cell", "fault"), BAD)
def test_faulty_quantities(cell: object, fault: str) -> None:
    assert parse_quantity(cell)[1] == fault


def test_a_block_of_numbers_is_judged_like_its_cells() -> None:
    cells = [cell for cell, _ in GOOD + BAD if type(cell) in (int, float)]
    numbers = [cell for cell in cells if cell != 10**400]
    for some in (numbers, cells, [cell for cell, _ in GOOD + BAD]):
        values, codes = parse_columns([some], NumberForm("?", "?"))
        singly = [parse_quantity(cell, NumberForm("?", "?")) for cell in some]
        assert [FAULTS[code] for code in codes[:, 0]] == [fault for _, fault in singly]
        sound = codes[:, 0] == 0
        assert values[sound, 0].tolist() == [v for v, fault in singly if not fault]


MORNING = datetime(2021, 10, 1, 8, 30)


@pytest.mark.parametrize(
    "cell",
    [
        202110010830, 202110010830.0, "202110010830", "202110010830.0", " 20211001083000 ",
        "2021-10-01 08:30", "2021-10-01T08:30:00", "2021-10-01 08:30:00.123", "2021/10/01 08:30",
        "2021. 10. 1. 08:30", "2021-10-1 8:30", "2021-10-1 오전 8:30",
        MORNING, MORNING.replace(microsecond=5),
    ],
)  # fmt: skip
def test_times(cell: object) -> None:
    assert parse_time(cell) == (MORNING, "")


@pytest.mark.parametrize(
    "cell",
    [
        20211001,
        "20211001",
        date(2021, 10, 1),
        "2021.10.01",
        "01.10.2021",
        "1. 10. 2021",
        "2021. 10. 1.",
        "2021년 10월 1일",
        "1-Oct-2021",
        "Oct 1, 2021",
        "1. Oktober 2021",
    ],
)
def test_days(cell: object) -> None:
    assert parse_time(cell) == (datetime(2021, 10, 1), "")


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "time_blank"), (None, "time_blank"), (math.nan, "time_blank"), (44470, "time_serial"),
        (44470.35, "time_serial"), ("44470", "time_serial"), ("44470.35", "time_serial"),
        (202113010830, "time_wrong"), (20210230, "time_wrong"), (2021100108, "time_wrong"),
        ("31.09.2021", "time_wrong"), ("10/01/2021", "time_ambiguous"),
        ("21.10.01", "time_ambiguous"), ("2021-10-01T08:30+09:00", "time_zone"),
        ("2021-10-01 08:30Z", "time_zone"), ("yesterday", "time_wrong"),
        ("10/13/21 25:00", "time_wrong"), ("²", "time_wrong"), ("٤٤٤٧٠", "time_wrong"),
        (True, "time_wrong"), (-5, "time_wrong"),
        ("2.02110E+11", "time_wrong"), (time(8, 30), "time_wrong"), (0, "time_wrong"),
        (timedelta(1), "time_wrong"), (19891231, "time_wrong"), (21000101, "time_wrong"),
        (math.inf, "time_wrong"), (1e300, "time_wrong"), ("9" * 5000, "time_wrong"),
    ],
)  # fmt: skip
def test_faulty_times(cell: object, fault: str) -> None:
    assert parse_time(cell) == (None, fault)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" Part  7\n", "Part 7"), (7, "7"), (7.0, "7"), (7.5, "7.5"), ("품번 7", "품번 7"),
        ("007", "007"), ("\x1b[31mA", "\ufffd[31mA"), ("\ud800", "\ufffd"),
    ],
)  # fmt: skip
def test_parts(cell: object, name: str) -> None:
    assert parse_part(cell) == (name, "")


def test_a_number_too_long_to_spell() -> None:
    assert parse_part(10**5000) == ("int", "")
    assert parse_time(10**5000) == (None, "time_wrong")


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv"])
def test_every_faulty_cell_with_its_address(tmp_path: Path, suffix: str) -> None:
    table: list[list[Any]] = [["a plan"], *wide(parts=3, days=4)]
    table[3][2], table[3][4] = "n/a", "-5"  # row 4: the rest of the row stays
    table[6][3] = "1.234"
    table[8][0] = ""
    table[9][1] = "44470"
    table[11][4] = "2.5"
    made = write(tmp_path / f"plan{suffix}", table)
    found = read(made)
    assert found.rows == 12
    assert found.set_aside == {"part_blank": 1, "time_serial": 1}
    assert len(found.plans) == 10
    np.testing.assert_array_equal(found.plans.quantity[1], [np.nan, 4, np.nan])
    sheet = "" if suffix == ".csv" else "Sheet1"
    assert found.faults.rows() == [
        (str(made), sheet, 4, "C4", "D", "n/a", "text"),
        (str(made), sheet, 4, "E4", "D+2", "-5", "negative"),
        (str(made), sheet, 7, "D7", "D+1", "1.234", "fractional"),
        (str(made), sheet, 9, "A9", "part", "", "part_blank"),
        (str(made), sheet, 10, "B10", "issued_at", "44470", "time_serial"),
        (str(made), sheet, 12, "E12", "D+2", "2.5", "fractional"),
    ]


def test_strict_refuses_with_every_fault(tmp_path: Path) -> None:
    table = wide()
    table[1][2], table[2][3] = "x", -1
    made = write(tmp_path / "plan.xlsx", table)
    with pytest.raises(CalloffError) as caught:
        read(made, strict=True)
    texts = [problem.text() for problem in caught.value.problems]
    assert texts == [
        f"{made}, sheet Sheet1, row 2, column “D” (C2): "
        "“x” is no quantity; it must be a whole number from 0",
        f"{made}, sheet Sheet1, row 3, column “D+1” (D3): "
        "“-1” is negative; it must be a whole number from 0",
    ]
    assert read(write(made, wide()), strict=True).rows == 12


def test_a_fault_in_a_slot_or_bucket_names_its_own_column(tmp_path: Path) -> None:
    table = export([{"part": "A", "stamp": 202110010830}] * 2)
    table[1][13] = "?"  # a slot of D+1; its header text stands ten times
    table[2][-2] = -1  # the bucket
    found = read(write(tmp_path / "plan.xls", table))
    assert found.faults["cell"].to_list() == ["N2", "CE3"]
    assert found.faults["column"].to_list() == [
        "D+1일 투입예정 수량(D+1일) [N]", "D+31~D+45일 투입예정 수량"
    ]  # fmt: skip
    assert found.set_aside == {}


def test_long_tables(tmp_path: Path) -> None:
    table = [
        *long(parts=1, days=1),
        ["Part 0", 202110010830, 20211001, 0],  # row 5: repeats row 2
        ["Part 0", 202110010830, 20211002, 9],  # row 6: disagrees with row 3
        ["Part 0", 202110010830, 20210930, 1],
        ["Part 0", 202110010830, 20221003, 1],
        ["Part 0", 202110010830, "", 1],
        ["Part 0", "", 20211001, 1],
        ["Part 0", 202110010830, 20211001, "x"],
    ]
    found = read(write(tmp_path / "plan.xlsx", table))
    assert found.rows == 10
    assert found.set_aside == {
        "duplicate": 1, "target_far": 1, "target_past": 1, "text": 1, "time_blank": 2
    }  # fmt: skip
    assert found.plans.rows.tolist() == [3, 1]
    assert found.plans.row.tolist() == [2, 6]
    np.testing.assert_array_equal(found.plans.quantity, [[0, 1, 2], [np.nan, 9, np.nan]])


@pytest.mark.parametrize("suffix", [".xls", ".xlsx"])
def test_excel_s_date_cells(tmp_path: Path, suffix: str) -> None:
    table = [
        ["part", "issued_at", "target", "quantity"],
        ["A", MORNING, datetime(2021, 10, 4), 5],
        ["A", MORNING, datetime(2021, 10, 5), datetime(2021, 10, 5)],
    ]
    found = read(write(tmp_path / f"plan{suffix}", table))
    assert found.plans.leads.tolist() == [0, 3]
    assert found.plans.quantity[0, 1] == 5
    assert found.plans.issued.tolist() == [MORNING]
    assert found.faults["value"].to_list() == ["2021-10-05"]


def test_values_in_reports_are_short_and_harmless(tmp_path: Path) -> None:
    table = wide()
    table[1][2] = "\x1b[31m" + "x" * 500
    (value,) = read(write(tmp_path / "plan.csv", table)).faults["value"]
    assert len(value) == 80
    assert value.isprintable()


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (16383, "XFD")])
def test_columns_are_named_as_in_spreadsheets(index: int, name: str) -> None:
    assert column_letter(index) == name


def test_rows_of_nothing() -> None:
    assert as_cells([]).shape == (0, 0)
    assert as_cells([[], []]).shape == (2, 0)
