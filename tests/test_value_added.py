"""Forecast value added: by hand, and against plain loops over the pairs that all steps have."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff.evaluation.backtest import backtest
from calloff.evaluation.comparison import compare
from calloff.evaluation.value_added import usual_steps, value_added
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError
from results_cases import customer

START = date(2024, 1, 1)


def pairs(numbers: dict[str, list[float]], actual: list[float], plan: list[float]) -> pl.DataFrame:
    """method -> forecasts of two parts on the same days, one after the other; NaN: no such row."""
    days = len(actual) // 2
    rows = [
        (method, f"P{at // days}", START + timedelta(at % days), 3, forecast, plan[at], actual[at])
        for method, forecasts in numbers.items()
        for at, forecast in enumerate(forecasts)
        if forecast == forecast
    ]
    names = ["method", "part", "target", "lead", "forecast", "plan", "actual"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col(names[4:]).cast(float)
    )


def test_by_hand() -> None:
    actual, plan = [10.0, 20, 30, 40], [14.0, 24, 30, 40]
    table = pairs({"last": [20, 10, 40, 30], "auto": [11, 21, 31, 41]}, actual, plan)
    found = value_added(table)
    assert found["method"].to_list() == ["last", "plan", "auto"]
    assert found["mae"].to_list() == [10, 2, 1]
    assert found["added"].to_list() == [None, 8, 1]
    assert found["added_share"].to_list() == [None, 0.8, 0.5]
    assert found["pairs"].to_list() == [4, 4, 4]
    assert found["added_low"].null_count() == 3  # two days tell nothing of their range


def test_a_step_that_makes_it_worse_is_below_0() -> None:
    table = pairs({"auto": [15.0, 15]}, [10.0, 10], [12.0, 12])
    assert value_added(table)["added"].to_list() == [None, -3]


def test_only_pairs_that_all_steps_have() -> None:
    nan = float("nan")
    actual, plan = [10.0, 20, 30, 40], [11.0, 21, 31, 45]
    numbers = {"auto": [10.0, 20, 30, 40], "override": [nan, nan, nan, 41]}
    found = value_added(pairs(numbers, actual, plan))
    assert found["method"].to_list() == ["plan", "auto", "override"]
    assert found["mae"].to_list() == [5, 0, 1]
    assert found["pairs"].to_list() == [1, 1, 1]
    assert found["added_share"].to_list() == [None, 1, None]


def test_a_forecast_that_is_not_there_makes_no_pair() -> None:
    table = pairs({"a": [1.0, 5.0]}, [1.0, 2.0], [2.0, 2.0])
    blank = table.with_columns(forecast=pl.when(pl.col("part") == "P0").then("forecast"))
    assert value_added(blank)["pairs"].to_list() == [1, 1]
    assert value_added(blank)["mae"].to_list() == [1, 0]


def test_steps_without_a_pair_in_common() -> None:
    nan = float("nan")
    table = pairs({"a": [1.0, nan], "b": [nan, 2.0]}, [1.0, 2.0], [1.0, 2.0])
    found = value_added(table, ["a", "b"])
    assert found["pairs"].to_list() == [0, 0]
    assert found["mae"].to_list() == found["added"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("methods", "steps"),
    [
        (["plan", "last", "mean3", "auto", "override"], ["last", "plan", "auto", "override"]),
        (["blend", "ratio"], ["plan", "blend"]),
        (["mean7", "blend", "ratio"], ["plan", "blend"]),
        (["mean7"], ["plan", "mean7"]),
        (["last", "plan"], ["last", "plan"]),
        ([], ["plan"]),
    ],
)
def test_the_usual_steps(methods: list[str], steps: list[str]) -> None:
    assert list(usual_steps(methods)) == steps


def drawn(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    actual, plan = rng.integers(0, 50, (2, 24)).astype(float)
    numbers: dict[str, Any] = {name: rng.integers(0, 50, 24).astype(float) for name in "abc"}
    numbers["b"][rng.random(24) < 0.3] = np.nan
    return pairs({name: values.tolist() for name, values in numbers.items()},
                 actual.tolist(), plan.tolist())  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_equal_to_plain_loops(seed: int) -> None:
    table = drawn(seed)
    rows = {(r["method"], r["part"], r["target"]): r for r in table.iter_rows(named=True)}
    keys = [key[1:] for key in rows if key[0] == "b"]
    mae = {
        name: sum(abs(rows[name, *key]["forecast"] - rows[name, *key]["actual"]) for key in keys)
        / len(keys)
        for name in "abc"
    }
    plan = sum(abs(rows["b", *key]["plan"] - rows["b", *key]["actual"]) for key in keys) / len(keys)
    found = value_added(table.sample(fraction=1, shuffle=True, seed=seed), ["a", "plan", "b", "c"])
    expected = [mae["a"], plan, mae["b"], mae["c"]]
    assert found["mae"].to_list() == pytest.approx(expected)
    assert found["added"].to_list()[1:] == pytest.approx([-x for x in np.diff(expected)])


def test_the_range_is_that_of_a_comparison() -> None:
    table = drawn(3).filter(pl.col("method").is_in(["a", "c"]))
    row = value_added(table, ["a", "c"], horizon=3).row(1, named=True)
    other = compare(table, "c", steps=3).row(0, named=True)
    assert (row["added"], row["added_low"], row["added_high"]) == pytest.approx(
        (other["difference"], other["low"], other["high"])
    )
    assert row["added_low"] < row["added"] < row["added_high"]


def test_of_a_backtest() -> None:
    results = customer(8, method="ratio", scored=6)
    table = backtest(results.triangle, Spec(lead=3), methods=["last", "ratio"], first="2024-03-01")
    found = value_added(table)
    assert found["method"].to_list() == ["last", "plan", "ratio"]
    errors = table.filter(method="last").select((pl.col("plan") - pl.col("actual")).abs().mean())
    assert found["mae"][1] == pytest.approx(errors.item())


@pytest.mark.parametrize(
    ("steps", "words"),
    [(["a", "x"], "steps"), ([], "steps is empty"), ("a", "must be a list")],
)
def test_what_cannot_be_used(steps: Any, words: str) -> None:
    with pytest.raises(CalloffError, match=words):
        value_added(drawn(1), steps)
    with pytest.raises(CalloffError, match="actual"):
        value_added(drawn(1).drop("actual"))
