"""Each forecaster on triangles small enough to work out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.triangle import Triangle, as_days
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.forecasters import available, named
from calloff.forecasters.ratio import PooledRatio
from calloff.forecasters.simple import Simple
from calloff.rolling.answers import ask
from calloff.rolling.spec import Spec
from calloff.synth import Customer, export_rows, make
from calloff.texts.errors import CalloffError
from support import triangle

SPEC = Spec(lead=1)


def steady(ratio_a: float, ratio_b: float, days: int = 8) -> Triangle:
    """Two parts whose call-offs are always these ratios of the plan of the day before."""
    a, b = {}, {}
    for number in range(1, days + 1):
        plan_a, plan_b = 100 + number, 200 + 3 * number
        calls = [(100 + number - 1) * ratio_a, (200 + 3 * (number - 1)) * ratio_b]
        a[f"2024-01-{number:02}"] = [calls[0], plan_a]
        b[f"2024-01-{number:02}"] = [calls[1], plan_b]
    return triangle({"A": a, "B": b})


def predict(name: str, made: Triangle, target: str, lead: int = 1) -> list[float]:
    past = made.as_of(np.datetime64(target) - as_days(lead))
    query = past.ask(np.datetime64(target, "D"), lead)
    found: list[float] = ask(named([name])[0], past, query, Spec(lead=lead)).pieces.tolist()
    return found


CALLS = {
    "A": {f"2024-01-0{n}": [calls, 50 + n] for n, calls in enumerate([4, 8, 1, 7, 10], start=1)},
    "B": {"2024-01-01": [3, 9], "2024-01-04": [6, 9]},
}


def test_plan_repeats_the_plan() -> None:
    assert predict("plan", triangle(CALLS), "2024-01-06") == [
        55,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_a_part_that_was_not_planned_in_time_has_no_last_call_off() -> None:
    """Its first plan came after the day at which is asked: what that day called off is later."""
    made = triangle({"A": CALLS["A"], "B": {"2024-01-05": [6, 9]}})
    past = made.as_of("2024-01-05")
    query = past.ask(np.datetime64("2024-01-06", "D"), 2)
    assert query.origin.tolist() == [3, -1]
    for method in named(["last", "mean3", "mean7"]):
        pieces = method.fit(past, Spec(lead=2)).predict(query)
        assert np.isnan(pieces).tolist() == [False, True]


def test_last_and_means_use_the_parts_own_call_offs() -> None:
    made = triangle(CALLS)
    assert predict("last", made, "2024-01-05") == [7, 6]
    assert predict("mean3", made, "2024-01-05") == [pytest.approx(16 / 3), 4.5]
    assert predict("mean7", made, "2024-01-05") == [5, 4.5]


def test_last_stops_at_the_origin_of_the_part() -> None:
    # B's origin for 4 January at lead 1 is 1 January
    assert predict("last", triangle(CALLS), "2024-01-04") == [1, 3]


def test_ratio_pools_all_parts() -> None:
    made = steady(2.0, 2.0)
    assert predict("ratio", made, "2024-01-09") == pytest.approx([216, 448])
    mixed = steady(1.0, 2.0)
    plan = np.array([sum(100 + n for n in range(1, 8)), sum(200 + 3 * n for n in range(1, 8))])
    ratio = (plan @ [1, 2]) / plan.sum()
    assert predict("ratio", mixed, "2024-01-09") == pytest.approx([108 * ratio, 224 * ratio])


def test_ratio_leaves_out_parts_that_are_not_scored() -> None:
    made = steady(1.0, 2.0).excluding(["B"])
    assert predict("ratio", made, "2024-01-09") == pytest.approx([108, 224])


def test_part_ratio_finds_each_parts_own() -> None:
    found = predict("ratio-part", steady(1.0, 2.0, 20), "2024-01-21")
    assert found == pytest.approx([120, 2 * 260], rel=0.05)


def test_part_ratio_of_a_new_part_is_the_pooled_one() -> None:
    made = steady(1.5, 1.5)
    plans = {
        part: {str(day): row.tolist() for day, row in zip(made.days, made.quantity[k], strict=True)}
        for k, part in enumerate(made.parts)
    }
    plans["New"] = {"2024-01-08": [0.0, 10.0]}
    assert predict("ratio-part", triangle(plans), "2024-01-09")[2] == pytest.approx(15)


def test_without_a_past_ratios_are_one() -> None:
    made = triangle({"A": {"2024-01-01": [5, 7]}})
    for method in (PooledRatio(), Simple("ratio-part")):
        past = made.as_of("2024-01-01")
        query = past.ask(np.datetime64("2024-01-02"), 1)
        assert method.fit(past, SPEC).predict(query).tolist() == [7]


@pytest.mark.parametrize("name", available())
def test_scale_of_quantities_scales_the_forecast(name: str) -> None:
    made = steady(0.7, 1.9, 12)
    plans = {
        part: {
            str(d): (row * 1024).tolist()
            for d, row in zip(made.days, made.quantity[k], strict=True)
        }
        for k, part in enumerate(made.parts)
    }
    small, large = predict(name, made, "2024-01-13"), predict(name, triangle(plans), "2024-01-13")
    assert large == pytest.approx([1024 * value for value in small], rel=1e-9)


@pytest.mark.parametrize("name", available())
def test_order_of_parts_does_not_matter(name: str) -> None:
    made = triangle(CALLS)
    turned = triangle(dict(reversed(CALLS.items())))
    np.testing.assert_array_equal(
        predict(name, made, "2024-01-05"), predict(name, turned, "2024-01-05")[::-1]
    )


@pytest.mark.parametrize("name", available())
@pytest.mark.parametrize(
    "rows", [[0, 0, 0], [0, 90, 0], [5, 5, 5]], ids=["zero", "spike", "constant"]
)
def test_odd_parts_get_a_number(name: str, rows: list[int]) -> None:
    made = triangle({"A": {f"2024-01-0{n}": [calls, 3] for n, calls in enumerate(rows, start=1)},
                     "B": {f"2024-01-0{n}": [n, 4 + n] for n in range(1, 4)}})  # fmt: skip
    found = np.array(predict(name, made, "2024-01-04"))
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_unknown_methods_are_named_all_at_once() -> None:
    with pytest.raises(CalloffError) as caught:
        named(["plan", "magic", "wizard"])
    assert [problem.facts["name"] for problem in caught.value.problems] == ["magic", "wizard"]


def test_the_plan_comes_first() -> None:
    assert next(iter(available())) == "plan"
    assert {"plan", "last", "mean3", "mean7", "ratio", "ratio-part"} <= set(available())


LEARNED = ["ratio-part", "smoothing", "blend", "top-down", "middle-out", "combined", "lstm", "auto"]


@pytest.fixture(scope="module")
def customer() -> Triangle:
    """Enough parts and days for the learned methods to learn."""
    truth = make(Customer(parts=20, days=40, faults=False))
    plans = {
        part: {
            str(day): truth.plan[row, k, :6].tolist()
            for k, day in enumerate(truth.days)
            if truth.sent[row, k]
        }
        for row, part in enumerate(truth.parts)
    }
    return triangle(plans)


def answers(name: str, made: Triangle) -> np.ndarray:  # type: ignore[type-arg]
    target = made.target_days[-1]
    past = made.as_of(target - as_days(3))
    return ask(named([name])[0], past, past.ask(target, 3), Spec(lead=3)).pieces


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_learned_scales_with_the_quantities(name: str, customer: Triangle) -> None:
    large = replace(customer, quantity=customer.quantity * 1024)
    np.testing.assert_allclose(answers(name, large), 1024 * answers(name, customer), rtol=1e-6)


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_learned_does_not_depend_on_the_order_of_rows(name: str) -> None:
    """Not by a bit: a file's parts are put into one order when it is read."""
    rows = list(export_rows(make(Customer(parts=12, days=30, faults=False))))
    frame = pl.DataFrame([row[:1] + row[-1:] + row[11:55:11] for row in rows], orient="row",
                         schema=["part", "issued_at", "D", "D+1", "D+2", "D+3"])  # fmt: skip
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3)
    first, second = (answers(name, load(each).triangle) for each in (frame, shuffled))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_learned_repeats_to_the_bit(name: str, customer: Triangle) -> None:
    first, again = (answers(name, customer) for _ in range(2))  # each from a past of its own
    assert first is not again
    np.testing.assert_array_equal(first, again)


def test_the_lstm_beats_plan_and_ratio_where_there_is_something_to_learn(
    customer: Triangle,
) -> None:
    table = backtest(customer, Spec(lead=3), methods=["plan", "ratio", "lstm", "auto"])
    late = score(table.filter(pl.col("target") >= date(2024, 4, 1)))
    mae = dict(late.select("method", "mae").rows())
    assert mae["lstm"] < 0.95 * mae["ratio"]
    assert mae["auto"] < mae["plan"]
