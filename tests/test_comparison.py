"""Whether one method is better than another: the test against statsmodels, the range by what is
known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from calloff.evaluation.comparison import compare, diebold_mariano, difference_range, student_p
from calloff.texts.errors import CalloffError


def differences(count: int = 60, seed: int = 1, mean: float = 0.3) -> NDArray[np.float64]:
    """With a memory of one day."""
    noise = np.random.default_rng(seed).normal(size=count + 1)
    return mean + noise[1:] + 0.6 * noise[:-1]


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("count", [20, 61])
def test_the_statistic_is_that_of_statsmodels(steps: int, count: int) -> None:
    """Its mean over a standard error by Newey & West, times the published correction."""
    regression = pytest.importorskip("statsmodels.regression.linear_model", reason="statsmodels")
    values = differences(count)
    options = {"maxlags": steps - 1, "use_correction": False}
    fitted = regression.OLS(values, np.ones(count)).fit(cov_type="HAC", cov_kwds=options)
    correction = np.sqrt((count + 1 - 2 * steps + steps * (steps - 1) / count) / count)
    assert diebold_mariano(values, steps).statistic == pytest.approx(
        fitted.tvalues[0] * correction, rel=1e-9
    )


@pytest.mark.parametrize(
    ("statistic", "degrees", "p"),
    [(12.706205, 1, 0.05), (-2.776445, 4, 0.05), (2.093024, 19, 0.05), (0.0, 30, 1.0),
     (1.959964, 10**6, 0.05), (4.0, 60, 0.000176322)],
)  # fmt: skip
def test_p_is_that_of_published_tables(statistic: float, degrees: int, p: float) -> None:
    assert student_p(statistic, degrees) == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize("days", [19, 20])
def test_with_fewer_than_twenty_days_no_test_is_made(days: int) -> None:
    rng = np.random.default_rng(2)
    rows = [{"method": method, "part": "A", "target": date(2024, 1, 1) + timedelta(days=day),
             "forecast": 100 + rng.normal(), "plan": 100.0, "actual": 100.0}
            for day in range(days) for method in ("plan", "other")]  # fmt: skip
    (found,) = compare(pl.DataFrame(rows)).iter_rows(named=True)
    assert (found["p"] is None, found["statistic"] is None) == (days < 20, days < 20)
    assert found["low"] is not None


def test_no_test_where_nothing_varies_or_days_are_too_few() -> None:
    assert np.isnan(diebold_mariano(np.zeros(30)).statistic)
    assert np.isnan(diebold_mariano(differences(4), steps=4).p)
    with pytest.raises(CalloffError):
        diebold_mariano([1.0])


def test_the_test_rejects_as_often_as_it_says() -> None:
    """Of 200 pairs of equally good methods about a twentieth."""
    found = [diebold_mariano(differences(40, seed, mean=0.0), 2).p < 0.05 for seed in range(200)]
    assert 0.02 < np.mean(found) < 0.1


def test_the_range_holds_the_true_difference_as_often_as_it_says() -> None:
    pairs = np.full(60, 10)
    ranges = [difference_range(10 * differences(60, seed), pairs, 2) for seed in range(120)]
    assert 0.8 < np.mean([low < 0.3 < high for low, high in ranges]) < 0.95


def test_a_range_of_days_that_stay_together_is_wider() -> None:
    gap = np.repeat(np.random.default_rng(3).normal(size=40), 20)
    alone, together = (difference_range(gap, np.ones(800), steps) for steps in (1, 60))
    assert together[1] - together[0] > 1.25 * (alone[1] - alone[0])


def table(days: int) -> pl.DataFrame:
    """Two methods and the plan, three parts: one method is two pieces better than the plan."""
    rows = []
    for day in range(days):
        for part in ("A", "B", "C"):
            for method, miss in (("plan", 5.0 + day % 3), ("good", 3.0 + day % 2), ("bad", 9.0)):
                row = {"method": method, "part": part, "target": date(2024, 1, 1) + timedelta(day),
                       "forecast": 100 + miss, "plan": 105.0, "actual": 100.0}  # fmt: skip
                rows.append(row)
    return pl.DataFrame(rows)


def test_methods_are_compared_on_the_pairs_that_both_have() -> None:
    pairs = table(30).filter(~((pl.col("method") == "good") & (pl.col("part") == "C")))
    found = compare(pairs).rows_by_key("method", named=True, unique=True)
    assert set(found) == {"good", "bad"}
    assert found["good"]["difference"] == pytest.approx(3.5 - 6.0)
    assert found["good"]["low"] <= -2.5 <= found["good"]["high"]
    assert found["good"]["p"] < 0.001
    assert found["bad"]["statistic"] > 0
    assert compare(pairs, "bad").height == 2


def test_few_days_say_little_and_say_so() -> None:
    found = compare(table(4))
    assert found["low"].null_count() == found["p"].null_count() == 2
    assert compare(table(6))["low"].null_count() == 0
    with pytest.raises(CalloffError):
        compare(table(4), "magic")
