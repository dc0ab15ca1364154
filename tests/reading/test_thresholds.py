"""From where on what is odd in a table is no accident, and how far back one looks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.reading import read
from calloff.texts.errors import CalloffError

DAY = date(2024, 3, 4)


def table(path: Path, rows: list[list[object]]) -> Path:
    heads = ["part", "issued_at", *("D" if not lead else f"D+{lead}" for lead in range(5))]
    path.write_text("\n".join(";".join(map(str, row)) for row in [heads, *rows]) + "\n")
    return path


def plans(rows: int, unclear: int = 0) -> list[list[object]]:
    """Large plain quantities, a few of which can be read in two ways."""
    made: list[list[object]] = [
        [f"P{at}", f"{DAY}", *(2000 + (5 * at + 3 * lead) % 11 for lead in range(5))]
        for at in range(rows)
    ]
    for at in range(unclear):
        made[at][4] = f"1,{234 + at}"
    return made


@pytest.mark.parametrize(
    ("rows", "unclear", "asked"),
    [(20, 2, False), (20, 3, True), (60, 3, True), (61, 3, False)],
)
def test_three_cells_and_one_in_a_hundred_that_can_be_read_in_two_ways_are_asked_about(
    tmp_path: Path, rows: int, unclear: int, asked: bool
) -> None:
    path = table(tmp_path / "plan.csv", plans(rows, unclear))
    if not asked:
        assert read(path).faults["reason"].to_list() == ["ambiguous"] * unclear
        return
    with pytest.raises(CalloffError) as caught:
        read(path)
    assert [each.code for each in caught.value.problems] == ["file.ambiguous"]


@pytest.mark.parametrize(("blank", "asked"), [(3, False), (4, True)])
def test_more_than_three_rows_in_ten_without_a_part_are_asked_about(
    tmp_path: Path, blank: int, asked: bool
) -> None:
    rows = plans(10)
    for row in rows[:blank]:
        row[0] = ""
    path = table(tmp_path / "plan.csv", rows)
    if not asked:
        assert read(path).set_aside == {"part_blank": blank}
        return
    with pytest.raises(CalloffError) as caught:
        read(path)
    assert [each.code for each in caught.value.problems] == ["file.parts_blank"]


def ahead(customer: str, first: date, days: int, lead: int = 1) -> pl.DataFrame:
    """Plans that hold one day ahead only, 100 and rising."""
    return pl.DataFrame([
        {"part": "A", "customer": customer, "issued_at": f"{first + timedelta(day)} 17:00",
         "target": str(first + timedelta(day + lead)), "quantity": 100 + day}
        for day in range(days)
    ])  # fmt: skip


def test_what_was_called_off_is_never_read_from_another_customer_s_plan() -> None:
    """Both have a part of one name; the second begins on the day after the first one's last."""
    both = pl.concat([ahead("K1", DAY, 3), ahead("K2", DAY + timedelta(3), 3)])
    made = load(both).triangle
    assert made.parts == ("A @ K1", "A @ K2")
    nan = np.nan
    np.testing.assert_array_equal(
        made.quantity[:, :, 0], [[nan, 100, 101, nan, nan, nan], [nan, nan, nan, nan, 100, 101]]
    )


@pytest.mark.parametrize(("lead", "known"), [(10, True), (11, False)])
def test_the_plan_of_the_eve_is_at_most_ten_issue_days_old(lead: int, known: bool) -> None:
    made = load(ahead("K1", DAY, 13, lead)).triangle
    called = made.quantity[0, lead:, 0]
    assert (called == 100 + np.arange(13 - lead)).all() if known else np.isnan(called).all()
