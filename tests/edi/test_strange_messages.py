"""Messages that are sound and mean something else than they seem to."""

from __future__ import annotations

from pathlib import Path

import pytest
from edi_files import delfor, read, rows, warned, x12

from calloff import CalloffError, load
from calloff.data.reading import read as read_plans

DAY = ("SCC+1", "QTY+113:5", "DTM+2:20260303:102")


def daily(*totals: int) -> list[str]:
    return [
        segment
        for day, total in enumerate(totals, start=3)
        for segment in ("SCC+1", f"QTY+3:{total}", f"DTM+2:202603{day:02d}:102")
    ]


@pytest.mark.parametrize(("totals", "pieces"), [
    ((1100, 100, 250, 1300), [100, 150, 1050]),  # anew: the first total is unknown, the rest is not
    ((1100, 50, 1200), [100, 100]),  # a single one is a correction, and the next goes on
    ((1100, 1200, 90), [100, 100]),
])  # fmt: skip
def test_cumulative_quantities_that_begin_anew(totals: tuple[int], pieces: list[int]) -> None:
    found = read(delfor("LIN+1++A:IN", "QTY+70:1000", *daily(*totals)))
    assert [row[5] for row in rows(found)] == pieces
    assert warned(found) == ["edi.falling"]


def test_x12_cumulative_quantities_over_the_turn_of_a_year() -> None:
    totals = {"20261230": 1100, "20261231": 1180, "20270101": 40, "20270102": 95}
    lines = [f"FST*{total}*C*D*{day}" for day, total in totals.items()]
    begin = "BFR*05*1**DL*C*20260302*20270302*20260302"
    found = read(x12(begin, "LIN**BP*A", *lines, "ATH*PQ**1000**20260101"))
    assert [(row[2], row[5]) for row in rows(found)] == [
        ("2026-12-30", 100), ("2026-12-31", 80), ("2027-01-02", 55)]  # fmt: skip


def test_places_of_one_part_are_apart_where_no_plant_is_named() -> None:
    found = read(delfor("LIN+1++A:IN", "LOC+11+G1", *DAY, "LOC+11+G2", *DAY))
    assert [(row[1], row[5]) for row in rows(found)] == [("G1", 5), ("G2", 5)]
    both = read(delfor("LIN+1++A:IN", "LOC+159+L", "LOC+11+G1", *DAY, *DAY[1:]))
    assert {row[1] for row in rows(both)} == {"G1"}


def test_units_that_differ_within_a_part_are_told() -> None:
    other = ("QTY+113:7:KGM", "DTM+2:20260304:102")
    found = read(delfor("LIN+1++A:IN", "SCC+1", "QTY+113:5:PCE", DAY[2], *other))
    assert warned(found) == ["edi.units"]
    assert not read(delfor("LIN+1++A:IN", *DAY, "QTY+113:7", other[1])).warnings


def test_documents_for_the_same_days_are_added_up_and_told(tmp_path: Path) -> None:
    one = delfor("NAD+ST+K1", "LIN+1++A:IN", *DAY, function="9")
    path = tmp_path / "plan.edi"
    path.write_text(one + one.replace("BGM+241+1+9", "BGM+241+2+5").replace("113:5", "113:8"))
    found = read_plans(path)
    assert [each.code for each in found.notices] == ["edi.added"]
    assert found.notices[0].facts["messages"] == "1, 2"
    assert found.plans.quantity[:, -1].tolist() == [13]
    later = one.replace("BGM+241+1+9", "BGM+241+2+5").replace("0303:102", "0304:102")
    path.write_text(one + later)
    assert not read_plans(path).notices


def test_messages_without_a_wanted_quantity_are_no_calls(tmp_path: Path) -> None:
    path = tmp_path / "plan.edi"
    path.write_text(delfor("LIN+1++A:IN", "QTY+70:1000", "DTM+51:20260101:102"))
    with pytest.raises(CalloffError) as caught:
        load(path)
    assert [each.code for each in caught.value.problems] == ["edi.nothing_wanted"]
