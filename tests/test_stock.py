"""Stock projected to the target day, checked by loops over the plans themselves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff.data.part_tables import Stock
from calloff.data.triangle import Triangle
from calloff.forecasters import named
from calloff.planning.build import BuildSpec
from calloff.planning.forecast import Forecast, forecast
from calloff.planning.stock import called_before
from calloff.rolling.spec import Spec
from support import triangle

FIRST, DAYS, HORIZON = date(2024, 1, 1), 40, 6  # a Monday
Plans = dict[str, dict[str, list[float]]]


def customer(idle_sunday: bool = False) -> Plans:
    """part -> issue day -> pieces by lead."""
    rng = np.random.default_rng(3)
    plans: Plans = {}
    for part in ("A", "B", "C"):
        for at in range(DAYS):
            sent = rng.integers(20, 80, HORIZON + 1).astype(float)
            for lead in range(HORIZON + 1):
                if idle_sunday and (FIRST + timedelta(at + lead)).isoweekday() == 7:
                    sent[lead] = 0.0
            plans.setdefault(part, {})[str(FIRST + timedelta(at))] = sent.tolist()
    return plans


def before_by_loop(plans: Plans, part: str, evening: date, target: date) -> float:
    """The newest plan that was there that evening, day by day."""
    newest = max(day for day in plans[part] if day <= str(evening))
    total, day = 0.0, evening + timedelta(1)
    while day < target:
        total += plans[part][newest][(day - date.fromisoformat(newest)).days]
        day += timedelta(1)
    return total


def made(plans: Plans, evening: date, lead: int, stock: dict[str, Any], **more: Any) -> Forecast:
    spec = BuildSpec(0.9, stock=stock)
    options = {"method": "plan", **more}
    return forecast(triangle(plans), Spec(lead), as_of=str(evening), build=spec, **options)


@pytest.mark.parametrize("lead", [1, 2, 3, 5])
def test_what_is_called_off_before_the_target_is_taken_off(lead: int) -> None:
    plans, evening = customer(), FIRST + timedelta(35)
    stock = {"A": Stock(500, on_order=30, safety=12), "B": 10.0}
    found = made(plans, evening, lead, stock)
    target = found.targets[0].astype(object)
    assert target == evening + timedelta(lead)
    rows = {row["part"]: row for row in found.table.iter_rows(named=True)}
    for part, on_hand, on_order in (("A", 500, 30), ("B", 10, 0)):
        before = before_by_loop(plans, part, evening, target)
        assert rows[part]["before"] == before
        assert rows[part]["projected"] == on_hand + on_order - before
    bare = made(plans, evening, lead, {}).table["build"]
    wanted = max(bare[1] - rows["B"]["projected"], 0.0)
    assert rows["B"]["build"] == pytest.approx(wanted, abs=1)  # the cover is no whole number
    names = ("stock", "before", "on_order", "safety", "projected")
    assert [rows["C"][name] for name in names] == [None] * 5
    assert rows["C"]["build"] == bare[2]


def test_monday_s_question_about_thursday_counts_tuesday_and_wednesday() -> None:
    plans, monday = customer(), FIRST + timedelta(35)
    tuesday, wednesday = (plans["A"][str(monday)][lead] for lead in (1, 2))
    row = made(plans, monday, 3, {"A": 400.0}).table.row(0, named=True)
    assert row["target"].isoweekday() == 4
    assert row["projected"] == 400 - tuesday - wednesday


def test_days_before_are_forecast_by_the_method_in_use_each_with_its_own_lead() -> None:
    plans, evening = customer(), FIRST + timedelta(35)
    past = triangle(plans).as_of(str(evening))
    for name in ("last", "mean3"):
        (method,) = named([name])
        found = called_before(past, np.datetime64(evening + timedelta(4)), method).pieces
        for at, part in enumerate(("A", "B", "C")):
            calls = [plans[part][str(evening - timedelta(back))][0] for back in range(3)]
            each = calls[0] if name == "last" else np.mean(calls)
            assert found[at] == pytest.approx(3 * each)


def test_a_method_that_trains_networks_leaves_the_days_before_to_the_combined() -> None:
    past = triangle(customer()).as_of(str(FIRST + timedelta(35)))
    target = np.datetime64(FIRST + timedelta(38))
    one, other = (called_before(past, target, method) for method in named(["auto", "combined"]))
    np.testing.assert_array_equal(one.pieces, other.pieces)
    (plan,) = named(["plan"])
    assert not np.array_equal(one.pieces, called_before(past, target, plan).pieces)


def test_nothing_is_forecast_for_an_idle_day() -> None:
    plans, saturday = customer(idle_sunday=True), FIRST + timedelta(33)
    past, (last,) = triangle(plans).as_of(str(saturday)), named(["last"])
    found = called_before(past, np.datetime64(saturday + timedelta(3)), last).pieces
    assert found.tolist() == [plans[part][str(saturday)][0] for part in ("A", "B", "C")]


def without(made: Triangle, part: int, lead: int) -> Triangle:
    from dataclasses import replace

    quantity = made.quantity.copy()
    quantity[part, -1, lead] = np.nan
    return replace(made, quantity=quantity)


def test_a_plan_that_leaves_out_a_day_before_is_told() -> None:
    plans = customer()
    spec = BuildSpec(0.9, stock={"A": 100.0, "B": 100.0})
    found = forecast(without(triangle(plans), 0, 1), Spec(3), method="plan", build=spec)
    assert found.unsaid == ("A",)
    newest = plans["A"][max(plans["A"])]
    assert found.table["before"].to_list()[0] == newest[2]


def test_later_target_days_have_no_stock() -> None:
    found = made(customer(), FIRST + timedelta(30), 2, {"A": 5.0}, days=2).table
    later = found.filter(pl.col("target") > found["target"].min())
    assert later["projected"].is_null().all() and later["build"].is_null().all()
