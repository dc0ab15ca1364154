"""A planner's own numbers: kept from evening to evening, scored beside ours on the same pairs."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from calloff.evaluation.scores import score
from calloff.overrides.table import SCHEMA, Overrides, beside

PAIRS = {"method": pl.String, "part": pl.String, "origin": pl.Date, "target": pl.Date,
         "lead": pl.Int64, "forecast": pl.Float64, "plan": pl.Float64,
         "actual": pl.Float64, "used": pl.String}  # fmt: skip
MON, TUE, WED, THU, FRI = (date(2024, 4, day) for day in (15, 16, 17, 18, 19))


def overrides(*rows: tuple[object, ...]) -> Overrides:
    """From (part, target, evening, made, override)."""
    full = [(part, day, evening, made, 10.0, 12.0, own) for part, day, evening, made, own in rows]
    return Overrides(pl.DataFrame(full, schema=SCHEMA, orient="row"))


def pairs() -> pl.DataFrame:
    """Two methods on A and B, both due on Thursday, and A on Friday; lead 3."""
    rows = [
        ("plan", "A", MON, THU, 3, 10.0, 10.0, 14.0, "plan"),
        ("plan", "B", MON, THU, 3, 20.0, 20.0, 20.0, "plan"),
        ("plan", "A", TUE, FRI, 3, 30.0, 30.0, 33.0, "plan"),
        ("ratio", "A", MON, THU, 3, 12.0, 10.0, 14.0, "ratio"),
        ("ratio", "B", MON, THU, 3, 24.0, 20.0, 20.0, "ratio"),
        ("ratio", "A", TUE, FRI, 3, 36.0, 30.0, 33.0, "ratio"),
    ]
    return pl.DataFrame(rows, schema=PAIRS, orient="row")


def test_all_are_scored_on_the_pairs_that_the_planner_overrode() -> None:
    mine = overrides(("A", THU, MON, MON, 15.0), ("A", FRI, TUE, TUE, 30.5))
    found = beside(pairs(), mine, lead=3)
    scores = {row["method"]: row for row in score(found.pairs).to_dicts()}
    assert list(scores) == ["plan", "ratio", "override"]
    assert {row["pairs"] for row in scores.values()} == {2}  # B, which has none, counts for no one
    assert scores["plan"]["mae"] == (4 + 3) / 2
    assert scores["ratio"]["mae"] == (2 + 3) / 2
    assert scores["override"]["mae"] == (1 + 2.5) / 2
    assert scores["override"]["bias"] == (1 - 2.5) / 2
    assert scores["override"]["x_plan"] == pytest.approx(1.75 / 3.5)
    assert found.refused.is_empty()


def test_what_was_made_too_late_does_not_count() -> None:
    mine = overrides(
        ("A", THU, TUE, TUE, 14.0),  # an evening later than lead 3 allows
        ("B", THU, MON, THU, 20.0),  # saved on the target day
        ("A", FRI, MON, WED, 33.0),  # an evening early, saved two days later, still before
    )
    found = beside(pairs(), mine, lead=3)
    counted = found.pairs.filter(method="override")
    assert counted.select("part", "target").rows() == [("A", FRI)]
    refused = dict(found.refused.select("part", "reason").rows())
    assert refused == {"A": "later_evening", "B": "saved_late"}


def test_with_a_shorter_lead_a_later_evening_may_know_more() -> None:
    mine = overrides(("A", THU, MON, MON, 15.0), ("A", THU, TUE, TUE, 14.0))
    chosen = {
        lead: beside(pairs(), mine, lead).pairs.filter(method="override")["forecast"].to_list()
        for lead in (2, 3)
    }
    assert chosen == {2: [14.0], 3: [15.0]}


def test_an_override_belongs_to_its_pair_whatever_the_part_s_own_origin() -> None:
    """The lag of a part without a plan of the evening is longer than the lead."""
    table = pairs().with_columns(origin=pl.lit(date(2024, 4, 12)), lead=pl.lit(6, pl.Int64))
    found = beside(table, overrides(("A", THU, MON, MON, 15.0)), lead=3)
    assert found.pairs.height == 3


def test_nothing_to_compare() -> None:
    none = beside(pairs(), Overrides(), lead=3)
    assert none.pairs.is_empty()
    assert none.refused.is_empty()
    assert beside(pl.DataFrame(), overrides(("A", THU, MON, MON, 1.0)), 3).pairs.is_empty()
    elsewhere = beside(pairs(), overrides(("Z", THU, MON, MON, 1.0)), 3)
    assert elsewhere.pairs.is_empty()


def test_newer_ones_win_and_saving_again_makes_none_later() -> None:
    first = overrides(("A", THU, MON, MON, 15.0), ("B", THU, MON, MON, 7.0))
    again = overrides(("A", THU, MON, THU, 15.0), ("B", THU, MON, TUE, 8.0))
    kept = first.keep(again).table.select("part", "made", "override").rows()
    assert kept == [("A", MON, 15.0), ("B", TUE, 8.0)]
    assert first.keep(first).table.equals(first.table)
    assert first.keep(Overrides()).table.equals(first.table)


def test_the_newest_evening_speaks() -> None:
    mine = overrides(("A", THU, TUE, TUE, 2.0), ("A", THU, MON, MON, 1.0))
    assert mine.of("A", THU) == 2.0
    assert mine.of("A", FRI) is None
    assert mine.until(MON).of("A", THU) == 1.0
    assert mine.latest(before=TUE)["override"].to_list() == [1.0]
    table = pl.DataFrame({"part": ["B", "A"], "target": [THU, THU]})
    assert mine.onto(table, MON)["override"].to_list() == [None, 1.0]
    assert mine.onto(table, TUE)["override"].to_list() == [None, 2.0]
