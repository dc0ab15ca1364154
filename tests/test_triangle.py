"""The triangle by hand: stale days, target days, origins, the plan as sent, and the past."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calloff.data.triangle import stale_days
from calloff.texts.errors import CalloffError
from support import NAN, triangle

# A customer who works on Monday to Wednesday and sends copies on Thursday and Friday.
TWO = {
    "A": {
        "2024-01-01": [10, 11, 12, 0],
        "2024-01-02": [13, 14, 0, 0],
        "2024-01-03": [15, 0, 0, 20],
        "2024-01-04": [15, 0, 0, 20],
        "2024-01-05": [15, 0, 0, 20],
    },
    "B": {
        "2024-01-01": [1, 2, 3, 0],
        "2024-01-03": [5, 0, 0, 6],
        "2024-01-04": [5, 0, 0, 6],
    },
}


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def test_copies_are_stale() -> None:
    made = triangle(TWO)
    assert made.days[made.stale].astype(str).tolist() == ["2024-01-04", "2024-01-05"]


def test_stale_needs_nine_parts_in_ten() -> None:
    quantity = np.arange(1.0, 21).reshape(10, 1, 2).repeat(2, axis=1)
    quantity[0, 1, 0] += 1
    assert stale_days(quantity).tolist() == [False, True]  # 9 of 10 repeat
    quantity[1, 1, 1] += 1
    assert stale_days(quantity).tolist() == [False, False]  # 8 of 10


def test_parts_that_are_zero_on_both_days_do_not_count() -> None:
    quantity = np.zeros((12, 2, 3))
    quantity[0, :, 0] = 5, 6
    assert stale_days(quantity).tolist() == [False, False]
    quantity[0, :, 0] = 5, 5
    assert stale_days(quantity).tolist() == [False, True]


def test_a_day_without_comparable_parts_is_fresh() -> None:
    quantity = np.full((2, 2, 2), np.nan)
    quantity[0, 0], quantity[1, 1] = 1, 1
    assert stale_days(quantity).tolist() == [False, False]
    assert stale_days(np.zeros((2, 2, 2))).tolist() == [False, False]


def test_stale_compares_with_the_issue_day_before_not_the_calendar_day() -> None:
    made = triangle({"A": {"2024-01-01": [3, 4], "2024-01-09": [3, 4]}})
    assert made.stale.tolist() == [False, True]


def test_target_days_are_fresh_and_called_off() -> None:
    idle = {"A": {"2024-01-01": [0, 5], "2024-01-02": [5, 0], "2024-01-03": [0, 0]}}
    assert triangle(idle).target_days.astype(str).tolist() == ["2024-01-02"]
    assert triangle(TWO).target_days.astype(str).tolist() == [
        "2024-01-01",
        "2024-01-02",
        "2024-01-03",
    ]


def test_origin_is_the_parts_own_last_fresh_day() -> None:
    past = triangle(TWO).as_of("2024-01-05")
    query = past.ask(day("2024-01-05"), 2)  # the last fresh day by 3 January
    assert query.day.astype(str).tolist() == ["2024-01-03", "2024-01-03"]
    assert query.lag.tolist() == [2, 2]
    assert query.plan.tolist() == [0, 0]
    query = past.ask(day("2024-01-04"), 2)  # by 2 January; B sent nothing on that day
    assert query.day.astype(str).tolist() == ["2024-01-02", "2024-01-01"]
    assert query.lag.tolist() == [2, 3]
    assert query.plan.tolist() == [0, 0]
    query = past.ask(day("2024-01-03"), 1)
    assert query.plan.tolist() == [14, 3]


def test_a_plan_that_does_not_reach_the_target_is_nan() -> None:
    past = triangle(TWO).as_of("2024-01-05")
    query = past.ask(day("2024-01-07"), 3)
    assert query.lag.tolist() == [4, 4]
    assert np.isnan(query.plan).all()
    query = past.ask(day("2024-01-01"), 1)
    assert query.origin.tolist() == [-1, -1]
    assert np.isnan(query.plan).all()


def test_as_of_holds_nothing_that_came_later() -> None:
    past = triangle(TWO).as_of("2024-01-02")
    assert past.days.astype(str).tolist() == ["2024-01-01", "2024-01-02"]
    assert past.quantity.shape == (2, 2, 4)
    assert past.known.quantity.base is None  # a copy: there is no way back to the whole
    assert past.known.days.base is None


def test_as_of_equals_the_triangle_of_the_file_cut_there() -> None:
    early = {"A": {d: row for d, row in TWO["A"].items() if d <= "2024-01-03"}}
    late = {"C": {"2024-01-05": [1, 1, 1, 1, 1, 1]}}
    cut, whole = triangle(early), triangle({**early, **late}).until("2024-01-03")
    assert whole.parts == cut.parts
    assert whole.leads.tolist() == cut.leads.tolist()
    np.testing.assert_array_equal(whole.quantity, cut.quantity)
    np.testing.assert_array_equal(whole.stale, cut.stale)


def test_quarantine_begins_on_the_day_of_the_conflict() -> None:
    conflict = np.zeros((2, 5), dtype=bool)
    conflict[0, 2] = True
    made = triangle(TWO, conflict=conflict)
    assert made.as_of("2024-01-02").hidden.tolist() == [False, False]
    later = made.as_of("2024-01-03")
    assert later.hidden.tolist() == [True, False]
    assert np.isnan(later.quantity[0]).all()
    assert np.isnan(later.ask(day("2024-01-06"), 3).plan).tolist() == [True, False]
    assert made.unscored.tolist() == [True, False]


def test_kept_conflicts_are_read_but_not_scored() -> None:
    conflict = np.ones((2, 5), dtype=bool)
    past = triangle(TWO, conflict=conflict, quarantine=False).as_of("2024-01-05")
    assert past.hidden.tolist() == [False, False]
    assert past.pooled.tolist() == [False, False]


def test_arrays_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        triangle(TWO).quantity[0, 0, 0] = 1


def test_excluding_names_every_unknown_part() -> None:
    made = triangle(TWO)
    assert made.excluding(["B"]).unscored.tolist() == [False, True]
    with pytest.raises(CalloffError) as caught:
        made.excluding(["X", "B", "Y"])
    assert [problem.facts["name"] for problem in caught.value.problems] == ["X", "Y"]


def test_order_of_parts_does_not_matter() -> None:
    made = triangle(TWO)
    turned = triangle(dict(reversed(TWO.items())))
    a = made.as_of("2024-01-05").ask(day("2024-01-06"), 3)
    b = turned.as_of("2024-01-05").ask(day("2024-01-06"), 3)
    np.testing.assert_array_equal(a.plan, b.plan[::-1])


def test_history_gives_past_targets_in_order() -> None:
    past = triangle(TWO).as_of("2024-01-05")
    pairs = [
        (str(query.target), query.plan.tolist(), actual.tolist())
        for query, actual in past.history(1)
    ]
    assert [pair[0] for pair in pairs] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    np.testing.assert_array_equal(pairs[1][1:], [[11, 2], [13, NAN]])
    np.testing.assert_array_equal(pairs[2][1:], [[14, 3], [15, 5]])


def test_pairs_are_those_of_the_history() -> None:
    rng = np.random.default_rng(0)
    first = np.datetime64("2024-01-01")
    sent = {
        part: {str(first + np.timedelta64(day, "D")): rng.integers(0, 9, 4).tolist()
               for day in range(12) if rng.random() < share}
        for part, share in (("A", 1.0), ("B", 0.6), ("C", 0.2), ("D", 1.0))
    }  # fmt: skip
    past = triangle(sent).as_of()
    for lead in (0, 1, 2, 3, 9):
        plan, actual = past.pairs(lead)
        asked = list(past.history(lead))
        np.testing.assert_array_equal(plan, np.stack([query.plan for query, _ in asked], axis=1))
        np.testing.assert_array_equal(actual, np.stack([each for _, each in asked], axis=1))
    assert np.isnan(plan).any()
    assert past.earlier("2023-12-01").pairs(1)[0].shape == (0, 0)


def test_an_empty_past_answers_with_nothing() -> None:
    past = triangle(TWO).as_of("2023-12-01")
    assert past.parts == ()
    assert past.ask(day("2024-01-01"), 1).plan.shape == (0,)
    assert not past.is_target.size


def test_excluded_parts_stay_excluded_in_the_past() -> None:
    past = triangle(TWO).excluding(["A"]).as_of("2024-01-03")
    assert past.pooled.tolist() == [False, True]
    assert replace(past).parts == ("A", "B")
