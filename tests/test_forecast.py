"""The evening's forecast: which target, which parts, which method, and why not."""

from __future__ import annotations

from datetime import date

import pytest

from calloff.data.load import load
from calloff.planning.forecast import forecast
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError
from support import real_file, triangle

WEEK = {
    "A": {"2024-01-04": [44, 51, 0, 0, 60, 61], "2024-01-05": [55, 0, 0, 66, 61, 62],
          "2024-01-06": [55, 0, 0, 66, 61, 62]},
    "B": {"2024-01-04": [9, 9, 0, 0, 7, 8], "2024-01-05": [9, 0, 0, 7, 8, 8],
          "2024-01-06": [9, 0, 0, 7, 8, 8]},
    "Gone": {"2024-01-04": [1, 0, 0, 0, 2]},
    "Late": {"2024-01-06": [1, 1, 1, 1, 1, 1]},
}  # fmt: skip


def test_the_next_target_counts_from_the_newest_fresh_day() -> None:
    found = forecast(triangle(WEEK), Spec(lead=3), method="plan")
    assert str(found.cutoff) == "2024-01-05"  # the 6th is a copy
    assert [str(day) for day in found.targets] == ["2024-01-08"]
    rows = {row["part"]: row for row in found.table.iter_rows(named=True)}
    assert {part: row["forecast"] for part, row in rows.items()} == {"A": 66, "B": 7, "Gone": 2}
    assert rows["Gone"]["origin"] == date(2024, 1, 4)
    assert rows["Gone"]["lead"] == 4
    assert rows["A"]["last"] == 55


def test_days_without_any_plan_are_passed_over() -> None:
    found = forecast(triangle(WEEK), Spec(lead=1), method="plan", days=2)
    assert [str(day) for day in found.targets] == ["2024-01-08", "2024-01-09"]


def test_as_of_a_stale_day_counts_from_that_evening() -> None:
    found = forecast(triangle(WEEK), Spec(lead=3), method="plan", as_of="2024-01-06")
    assert [str(day) for day in found.targets] == ["2024-01-09"]
    assert found.table["lead"].to_list() == [4, 4]
    skipped = {row["part"]: row["reason"] for row in found.skipped.iter_rows(named=True)}
    assert skipped == {"Gone": "horizon", "Late": "no_plan"}


def test_a_short_past_falls_back_to_the_plan_and_says_so() -> None:
    found = forecast(triangle(WEEK), Spec(lead=3))
    assert found.choice.method.name == "plan"
    assert found.choice.why == "choice.short"


def test_a_method_that_loses_to_the_plan_is_not_chosen() -> None:
    perfect = {
        "A": {f"2024-01-{n:02}": [n * n, (n + 1) ** 2, (n + 2) ** 2] for n in range(1, 15)},
        "B": {
            f"2024-01-{n:02}": [30 + n % 3, 30 + (n + 1) % 3, 30 + (n + 2) % 3]
            for n in range(1, 15)
        },
    }
    found = forecast(triangle(perfect), Spec(lead=1))
    assert found.choice.why == "choice.plan"
    assert found.choice.scores["mae"][0] == 0


def test_the_best_of_the_past_is_chosen() -> None:
    short = {"A": {f"2024-01-{n:02}": [2 * (n % 5 + 1), (n + 1) % 5 + 1] for n in range(1, 15)}}
    found = forecast(triangle(short), Spec(lead=1))
    assert found.choice.method.name == "ratio"  # the simplest of those that get it right
    assert found.table["forecast"].to_list() == pytest.approx([2 * (15 % 5 + 1)])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"as_of": "2023-01-01"}, "forecast.nothing_known"),
        ({"spec": Spec(lead=20)}, "forecast.horizon"),
        ({"method": "magic"}, "method.unknown"),
    ],
)
def test_what_cannot_be_forecast_says_why(options: dict[str, object], code: str) -> None:
    with pytest.raises(CalloffError) as caught:
        forecast(triangle(WEEK), **options)  # type: ignore[arg-type]
    assert [problem.code for problem in caught.value.problems] == [code]


def test_where_the_newest_plan_is_too_short_the_day_to_take_is_named() -> None:
    days = {f"2024-01-{n:02}": [n, 6, 7, 8] for n in range(1, 11)} | {"2024-01-11": [5]}
    with pytest.raises(CalloffError) as caught:
        forecast(triangle({"A": days}), Spec(lead=3))
    (problem,) = caught.value.problems
    assert problem.code == "forecast.horizon_before" and str(problem.facts["day"]) == "2024-01-10"
    assert "--as-of 2024-01-10" in problem.text("en")
    found = forecast(triangle({"A": days}), Spec(lead=3), as_of="2024-01-10")
    assert [str(day) for day in found.targets] == ["2024-01-13"]


def test_parts_in_quarantine_are_named() -> None:
    loaded = load(real_file("kamp_conflicts.xls"))
    with pytest.raises(CalloffError) as caught:
        forecast(loaded.triangle)
    assert caught.value.problems[0].code == "forecast.all_quarantined"


def test_missing_last_call_off_is_null() -> None:
    found = forecast(triangle({"A": {"2024-01-01": [0, 4]}}), Spec(lead=1), method="plan")
    assert found.table["last"].to_list() == [None]  # nothing was ever called off


def test_real_file() -> None:
    found = forecast(load(real_file("kamp_until_1022.xls")).triangle)
    assert [str(day) for day in found.targets] == ["2021-10-25"]
    assert found.table.height + found.skipped.height == 117
    assert (found.table["forecast"] >= 0).all()
    assert found.choice.method.name != "plan"
