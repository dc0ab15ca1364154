"""PlanAccuracy in the plan, worked out by hand on a small triangle."""

from __future__ import annotations

import pytest

from calloff.analysis.plan_accuracy import assess
from calloff.data.load import load
from calloff.data.triangle import Past
from calloff.texts.errors import CalloffError
from results_cases import small
from support import real_file, triangle

PLANS = {
    "A": {
        "2024-01-01": [10, 20, 30],
        "2024-01-02": [25, 33, 40],
        "2024-01-03": [30, 44, 50],
        "2024-01-04": [44, 50, 60],
    },
    "B": {"2024-01-03": [5, 6, 7], "2024-01-04": [6, 9, 9]},
}


@pytest.fixture
def past() -> Past:
    return triangle(PLANS).as_of("2024-01-04")


def row(past: Past, part: str, lead: int, tolerance: float = 0.1) -> dict[str, float | None]:
    table = assess(past, 1, tolerance).by_lead
    found: dict[str, float | None] = table.filter(part=part, lead=lead).row(0, named=True)
    return found


def test_errors_by_lead(past: Past) -> None:
    # plans for the 2nd, 3rd and 4th one day before: 20, 33, 44; called off: 25, 30, 44
    found = row(past, "A", 1)
    assert found["pairs"] == 3
    assert found["bias"] == pytest.approx((-5 + 3 + 0) / 3)  # plan - call-off
    assert found["mae"] == pytest.approx((5 + 3 + 0) / 3)
    assert found["wape"] == pytest.approx(8 / (25 + 30 + 44))
    assert found["inside"] == pytest.approx(2 / 3)  # 3 of 30 is just inside a tenth
    assert row(past, "A", 1, 0.05)["inside"] == pytest.approx(1 / 3)


def test_some_leads_are_judged_as_among_all(past: Past) -> None:
    some, whole = assess(past, 1, leads=[1, 7]), assess(past, 1)
    assert some.by_lead.equals(whole.by_lead.filter(lead=1))
    assert some.by_lead.height < whole.by_lead.height
    assert some.today.equals(whole.today)


def test_nervousness_and_drift(past: Past) -> None:
    # the plan one day ahead, against what was said of that day a day before: 33 for 30, 44 for
    # 40, 50 for 50
    found = row(past, "A", 1)
    assert found["plans"] == 3
    assert found["changed"] == pytest.approx(2 / 3)
    assert found["change"] == pytest.approx((3 + 4) / 2)
    assert found["drift"] == pytest.approx((3 + 4 + 0) / 3)
    longest = row(past, "A", 2)  # nothing was said before
    assert (longest["plans"], longest["changed"]) == (0, None)


def test_the_least_believable_comes_first(past: Past) -> None:
    today = assess(past, 1).today
    assert today["part"].to_list() == ["A", "B"]
    assert today["plan"].to_list() == [50, 9]
    assert today["deviation"].to_list() == pytest.approx([8 / 3, 0])
    assert today["expected"].to_list() == pytest.approx([50 + 2 / 3, 9])


def test_no_less_than_nothing_is_expected() -> None:
    """Plans were too high by nearly 50, and the newest one is 20."""
    plans = {f"2024-01-0{day}": [10 + day, 60 + day, 60] for day in range(1, 6)}
    plans["2024-01-06"] = [16, 20, 20]
    assert assess(triangle({"A": plans}).as_of(), 1).today["expected"].to_list() == [0]


def test_an_unknown_part_has_no_figures() -> None:
    new = {**PLANS, "New": {"2024-01-04": [1, 2, 3]}}
    table = assess(triangle(new).as_of("2024-01-04"), 1).by_lead
    found = table.filter(part="New", lead=1).row(0, named=True)
    assert (found["pairs"], found["mae"], found["inside"]) == (0, None, None)


@pytest.mark.parametrize(("tolerance", "day"), [(-1, "2024-01-04"), (0.1, "2023-01-01")])
def test_what_cannot_be_judged(tolerance: float, day: str) -> None:
    with pytest.raises(CalloffError):
        assess(triangle(PLANS).as_of(day), 1, tolerance)


def test_nothing_later_is_read() -> None:
    made = load(real_file("kamp_until_1022.xls")).triangle
    whole = assess(made.as_of("2021-10-08"), 3)
    cut = assess(made.until("2021-10-08").as_of("2021-10-08"), 3)
    assert whole.by_lead.equals(cut.by_lead)
    assert whole.today.equals(cut.today)
    assert whole.by_lead.filter(lead=3)["pairs"].max() == 9


def test_the_plans_of_today_are_those_that_a_forecast_is_made_for() -> None:
    """On a Friday with a lead of two days: Monday's plans, not Sunday's, which are all zero."""
    results = small(method="plan")
    (target,) = set(results.plan_accuracy.today["target"])
    assert target == results.forecast.targets[0].astype(object)
    assert results.past.cutoff.astype(object).weekday() == 4
    assert results.settings.spec.lead == 2
    assert target.weekday() == 0
    forecast = results.forecast.table.select("part", "target", "lead", "plan").sort("part")
    assert results.plan_accuracy.today.select(forecast.columns).sort("part").equals(forecast)
