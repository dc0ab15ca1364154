"""Stock projected to the target day, checked by loops over the plans themselves."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.part_tables import Pack, Stock
from calloff.data.triangle import Triangle
from calloff.forecasters import named
from calloff.planning.build import BuildSpec
from calloff.planning.forecast import Forecast, forecast, rebuilt
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


@pytest.mark.parametrize(("share", "forecast"), [(0.04, False), (0.06, True)])
def test_a_day_with_a_twentieth_of_the_busiest_one_is_not_idle(
    share: float, forecast: bool
) -> None:
    plans, evening = customer(), FIRST + timedelta(33)
    for part in plans:
        plans[part][str(evening)][1:3] = [100 * share, 100.0]
    past, (last,) = triangle(plans).as_of(str(evening)), named(["last"])
    found = called_before(past, np.datetime64(evening + timedelta(2)), last).pieces
    called = [plans[part][str(evening)][0] for part in plans]
    assert found.tolist() == (called if forecast else [100 * share] * 3)


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


def by_day(found: pl.DataFrame, part: str) -> list[dict[str, Any]]:
    return found.filter(part=part).sort("target").to_dicts()


def test_what_is_built_for_a_day_is_on_hand_for_the_next() -> None:
    plans, evening = customer(), FIRST + timedelta(30)
    packs = {"A": Pack(25, 50), "C": Pack(25)}
    stock = {"A": Stock(20, on_order=30, safety=12)}
    spec = BuildSpec(0.9, stock=stock, packs=packs)
    found = forecast(triangle(plans), Spec(2), as_of=str(evening), method="plan", days=3,
                     build=spec).table  # fmt: skip
    rows, built = by_day(found, "A"), 0.0
    for row in rows:
        called = before_by_loop(plans, "A", evening, row["target"])
        assert (row["before"], row["built_before"]) == (called, built)
        assert row["projected"] == 20 + 30 - called + built
        need = row["cover"] + 12 - row["projected"]
        assert row["build"] == (25 * math.ceil(max(need, 50) / 25) if need > 0 else 0)
        built += row["build"]
    assert sum(row["build"] > 0 for row in rows) == 2  # once what was built before suffices
    for row in by_day(found, "C"):  # without a stock each day is built for by itself
        assert row["projected"] is None
        assert row["build"] == 25 * math.ceil(row["cover"] / 25)


def test_an_own_number_for_a_day_is_on_hand_for_the_next() -> None:
    plans, evening = customer(), FIRST + timedelta(30)
    spec = BuildSpec(0.9, stock={"A": 10.0, "B": 10.0})
    found = forecast(triangle(plans), Spec(2), as_of=str(evening), method="plan", days=3,
                     build=spec)  # fmt: skip
    first, second, third = (day.astype(object) for day in found.targets)
    own = {("A", first): 500.0, ("C", second): 7.0, ("nobody", first): 3.0}
    one, other = (by_day(each.table, "A") for each in (found, rebuilt(found, spec, own)))
    assert one[0] == other[0]
    assert [row["built_before"] for row in other] == [0, 500, 500 + other[1]["build"]]
    assert other[1]["projected"] == one[1]["projected"] + 500 - one[0]["build"]
    assert other[1]["build"] < one[1]["build"]
    assert other[1]["surplus"] > one[1]["surplus"]
    for part in ("B", "C"):  # nothing hangs on it
        assert by_day(found.table, part) == by_day(rebuilt(found, spec, own).table, part)
    assert third in found.table["target"]


def test_days_that_are_built_for_together_are_followed_by_as_many() -> None:
    plans, evening = customer(), FIRST + timedelta(30)
    spec = BuildSpec(0.9, stock={"A": 10.0}, cover=2)
    found = forecast(triangle(plans), Spec(2), as_of=str(evening), method="plan", days=5,
                     build=spec)  # fmt: skip
    days = [day.astype(object) for day in found.targets]
    assert [each.targets for each in found.needs] == [found.targets[:2], found.targets[2:4]]
    rows = by_day(found.table, "A")
    assert [row["build"] is None for row in rows] == [False, True, False, True, True]
    assert rows[2]["built_before"] == rows[0]["build"]
    assert rows[2]["before"] == before_by_loop(plans, "A", evening, days[2])
    again = by_day(rebuilt(found, spec, {("A", days[1]): 40.0}).table, "A")
    assert again[2]["built_before"] == rows[0]["build"] + 40


def test_days_after_one_that_a_plan_leaves_out_are_told_too() -> None:
    plans = without(triangle(customer()), 0, 1)
    spec = BuildSpec(0.9, stock={"A": 100.0, "B": 100.0})
    found = forecast(plans, Spec(3), method="plan", build=spec, days=2)
    assert [each.unsaid for each in found.needs] == [("A",), ("A",)]


def test_leads_that_plans_never_have_are_those_of_older_plans() -> None:
    plans: dict[str, dict[str, dict[int, float]]] = {}
    for at, part in enumerate(("A", "B")):
        for week in range(20):
            issued = str(FIRST + timedelta(weeks=week))
            plans.setdefault(part, {})[issued] = {0: 50.0 + at, 28: 100.0 * (at + 1) + week}
    rows = [{"part": part, "issued_at": f"{day} 17:00", "D": sent[0], "D+28": sent[28]}
            for part, issued in plans.items() for day, sent in issued.items()]  # fmt: skip
    past = load(pl.DataFrame(rows)).triangle
    spec = BuildSpec(0.9, stock={"A": 900.0})
    found = forecast(past, Spec(28), method="plan", build=spec)
    # Weeks 20, 21 and 22 were planned in weeks 16, 17 and 18.
    row = found.table.row(by_predicate=pl.col("part") == "A", named=True)
    assert row["before"] == 116 + 117 + 118
    assert row["projected"] == 900 - row["before"]
    assert found.unsaid == ()
