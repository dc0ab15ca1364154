"""Cleaning by hand-worked tables: what is kept, what is set aside, and that the counts add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff import CalloffError, Policy, clean, load, read
from calloff.data.cleaning import Cleaned, natural
from input_files import LONG, export, wide, write

HEADER = ["part", "issued_at", "D", "D+1"]
AM, PM, NEXT = 202110010830, 202110011730, 202110020830


def cleaned(rows: list[list[Any]], conflicts: str = "quarantine") -> Cleaned:
    """Cleaned rows of (part, stamp, D, D+1); checks that every row is accounted for."""
    reading = read(pl.DataFrame(rows, schema=HEADER, orient="row"))
    found = clean(reading, Policy(conflicts=conflicts))
    assert reading.rows == len(rows) == found.rows_used + sum(found.set_aside.values())
    return found


def plans(found: Cleaned) -> list[tuple[str, str, list[float]]]:
    columns = found.plans.part, found.plans.issued, found.plans.quantity
    return [(part, str(time)[5:16], q.tolist()) for part, time, q in zip(*columns, strict=True)]


def test_nothing_to_do() -> None:
    found = cleaned([["A", AM, 1, 2], ["B", AM, 3, 4], ["A", NEXT, 5, 6]])
    assert found.set_aside == {}
    assert found.rows_used == 3
    assert plans(found) == [
        ("A", "10-01T08:30", [1, 2]),
        ("A", "10-02T08:30", [5, 6]),
        ("B", "10-01T08:30", [3, 4]),
    ]


@pytest.mark.parametrize("conflicts", ["quarantine", "first", "last", "fail"])
def test_exact_duplicates_and_superseded_plans(conflicts: str) -> None:
    rows = [["A", PM, 5, 6], ["A", AM, 1, 2], ["A", AM, 1, 2], ["A", PM, 5, 6], ["A", PM, 5, 6]]
    found = cleaned(rows, conflicts)
    assert plans(found) == [("A", "10-01T17:30", [5, 6])]
    # three repeats; of the two plans left, the morning's is superseded
    assert found.set_aside == {"duplicate": 3, "superseded": 1}
    assert found.stamps == {}


CONFLICT = [
    ["A", AM, 1, 2], ["A", AM, 1, 3], ["A", NEXT, 7, 8], ["B", AM, 4, 4], ["B", AM, 4, 4]
]  # fmt: skip


def test_conflicts_put_the_part_in_quarantine() -> None:
    found = cleaned(CONFLICT)
    assert found.quarantined == ("A",)
    assert found.stamps == {"A": 1}
    assert found.set_aside == {"conflict": 3, "duplicate": 1}
    assert found.rows_used == 1


@pytest.mark.parametrize(("conflicts", "kept"), [("first", [1, 2]), ("last", [1, 3])])
def test_conflicts_by_the_first_or_last_row(conflicts: str, kept: list[float]) -> None:
    found = cleaned(CONFLICT, conflicts)
    assert found.quarantined == ()
    assert found.stamps == {"A": 1}
    assert plans(found)[0] == ("A", "10-01T08:30", kept)
    assert found.conflicts.tolist() == [True, False, False]
    assert found.set_aside == {"conflict": 1, "duplicate": 1}
    assert found.rows_used == 3


def test_conflicts_that_fail_name_every_row() -> None:
    reading = read(pl.DataFrame(CONFLICT, schema=HEADER, orient="row"))
    with pytest.raises(CalloffError) as caught:
        clean(reading, Policy(conflicts="fail"))
    assert [problem.where.row for problem in caught.value.problems] == [2, 3]
    assert "2021-10-01 08:30:00" in caught.value.text()


def test_a_conflict_in_a_superseded_plan_still_counts() -> None:
    found = cleaned([["A", AM, 1, 2], ["A", AM, 1, 3], ["A", PM, 5, 6]])
    assert found.quarantined == ("A",)
    assert found.conflicts.tolist() == [True]
    assert found.set_aside == {"conflict": 3}


def test_three_rows_of_one_stamp_of_which_two_agree() -> None:
    rows = [["A", AM, 1, 2], ["A", AM, 9, 9], ["A", AM, 1, 2]]
    assert cleaned(rows, "last").set_aside == {"conflict": 1, "duplicate": 1}
    assert plans(cleaned(rows, "last")) == [("A", "10-01T08:30", [1, 2])]


def test_names_that_differ_in_spaces_are_one_part() -> None:
    found = cleaned([["Part 1", AM, 1, 2], [" Part  1 ", AM, 1, 2]])
    assert found.set_aside == {"duplicate": 1}


def test_parts_come_in_natural_order() -> None:
    names = ["Part 10", "Part 9", "part 1", "B", "Part 09", "Part", "7", "10", "Part 9a", "부품 2"]
    ordered = sorted(names, key=natural)
    assert ordered == [
        "7", "10", "B", "Part", "Part 09", "Part 9", "Part 9a", "Part 10", "part 1", "부품 2"
    ]  # fmt: skip
    rows = [[name, AM, 1, 1] for name in names]
    assert cleaned(rows).plans.part.tolist() == ordered
    assert sorted(["x" + "9" * 5000, "x1"], key=natural)[0] == "x1"


def test_files_of_one_time_stamp_complete_each_other(tmp_path: Path) -> None:
    """A long table may come in pieces, each with other target days."""
    near = [LONG, ["A", AM, 20211001, 5], ["A", AM, 20211002, 6]]
    far = [LONG, ["A", AM, 20211002, 6], ["A", AM, 20211008, 7]]
    files = [write(tmp_path / f"{n}.csv", t) for n, t in enumerate((near, far))]
    for order in (files, files[::-1]):
        loaded = load(*order)
        assert loaded.cleaned.plans.leads.tolist() == [0, 1, 7]
        assert loaded.cleaned.plans.quantity.tolist() == [[5, 6, 7]]
        assert loaded.cleaned.set_aside == {}
        assert loaded.cleaned.rows_used == 4


def test_a_file_given_twice_under_two_names_and_kinds(tmp_path: Path) -> None:
    table = export(
        [
            {"part": f"Part {part}", "stamp": AM + 10_000 * day, "totals": [part + day] * 31}
            for day in range(3)
            for part in range(2)
        ]
    )
    files = [write(tmp_path / f"plan{suffix}", table) for suffix in (".xls", ".csv", ".xlsx")]
    once, thrice = load(files[0]), load(*files)
    assert thrice.reading.rows == 18
    assert thrice.cleaned.set_aside == {"duplicate": 12}
    assert thrice.cleaned.stamps == {}
    np.testing.assert_array_equal(thrice.triangle.quantity, once.triangle.quantity)


def test_the_same_plan_with_and_without_slots_is_no_conflict(tmp_path: Path) -> None:
    row = {"part": "A", "stamp": AM, "totals": list(range(31))}
    whole = export([row])
    keep = [at for at, text in enumerate(whole[0]) if "~" not in text]  # neither slots nor bucket
    bare = [[cells[at] for at in keep] for cells in whole]
    found = load(write(tmp_path / "a.xls", whole), write(tmp_path / "b.csv", bare)).cleaned
    assert found.stamps == {}
    assert found.set_aside == {"duplicate": 1}


def test_slots_that_differ_are_a_conflict_within_a_file(tmp_path: Path) -> None:
    table = export([{"part": "A", "stamp": AM, "totals": [4] * 31}] * 2)
    table[2][1], table[2][2] = 3, 1  # the same total in other hours
    found = load(write(tmp_path / "plan.xls", table)).cleaned
    assert found.stamps == {"A": 1}


def test_totals_against_their_slots(tmp_path: Path) -> None:
    table = export([{"part": name, "stamp": AM, "totals": [4] * 31} for name in "AB"])
    table[1][1] = 3  # a slot of D: the sum is 3, the total 4
    made = write(tmp_path / "plan.xls", table)
    totals, slots = load(made).cleaned, load(made, policy=Policy(quantity="slots")).cleaned
    for found in (totals, slots):
        assert found.mismatches.sum() == 1
        assert found.mismatches[0, 0]
        assert found.rows_used == 2
    assert totals.plans.quantity[0].tolist() == [4] * 31
    assert slots.plans.quantity[0].tolist() == [3, *[4] * 30]


@pytest.mark.parametrize("options", [{"conflicts": "maybe"}, {"quantity": "both"}])
def test_policies_that_do_not_exist(options: dict[str, str]) -> None:
    with pytest.raises(CalloffError, match="must be one of"):
        Policy(**options)


def test_nothing_sound_at_all() -> None:
    with pytest.raises(CalloffError, match="none of the 1 rows"):
        cleaned([["A", "never", 1, 2]])  # type: ignore[list-item]


def test_faults_of_reading_are_part_of_the_count() -> None:
    table = wide()
    table[1][2], table[5][3] = -1, 0.5  # one cell each: the rows stay
    table[2][2:], table[3][1] = [-1, 0.5, "x"], ""
    reading = read(pl.DataFrame(table[1:], schema=table[0], orient="row", strict=False))
    found = clean(reading)
    assert found.set_aside == {"negative": 1, "time_blank": 1}
    assert found.rows_used == 10
    assert int(np.isnan(found.plans.quantity).sum()) == 2


def test_the_real_conflicts(data: Path) -> None:
    loaded = load(data / "kamp_conflicts.xls")
    assert loaded.reading.rows == 125
    assert sum(loaded.cleaned.stamps.values()) == 62
    assert set(loaded.cleaned.stamps) == {"Part 21", "Part 26"}
    assert loaded.cleaned.rows_used + sum(loaded.cleaned.set_aside.values()) == 125


def test_the_real_totals(data: Path) -> None:
    loaded = load(data / "kamp_until_1022.xls")
    assert loaded.reading.rows == loaded.cleaned.rows_used == 4477
    assert len(loaded.triangle.parts) == 117
    off = loaded.triangle.mismatch.any(axis=1)
    assert [loaded.triangle.parts[at] for at in np.flatnonzero(off)] == ["Part 94", "Part 95"]
    found = load(data / "kamp_parts_94_95.xls").cleaned
    by_lead = dict(zip(found.plans.leads.tolist(), found.mismatches.sum(axis=0), strict=True))
    assert (by_lead[0], by_lead[3], by_lead[4]) == (14, 48, 46)
