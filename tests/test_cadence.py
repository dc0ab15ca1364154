"""The period in which a customer plans is found: days, weeks, and a change between them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from calloff.cli.options import lead_days
from calloff.data.load import load
from calloff.data.triangle import Triangle, as_days
from calloff.planning.forecast import forecast
from calloff.rolling.spec import Spec
from calloff.synth import bank
from support import real_file, triangle


def weeks(count: int, horizon: int = 4, start: str = "2024-01-01") -> Triangle:
    """A customer of three parts that plans by weeks."""
    days = np.datetime64(start) + (7 * np.arange(count)).astype("timedelta64[D]")
    rng = np.random.default_rng(5)
    quantity = rng.integers(20, 60, (3, count, horizon + 1)).astype(float)
    nothing = np.zeros((3, count), dtype=bool)
    leads = 7 * np.arange(horizon + 1)
    never = np.zeros(count, dtype=bool)
    return Triangle(("A", "B", "C"), days, leads, quantity, never, nothing, nothing.copy())


def test_days_and_weeks_are_told_apart() -> None:
    assert weeks(10).cadence == 7
    assert bank("weekly-short").history.triangle().cadence == 7
    assert bank("daily-new").history.triangle().cadence == 1


def test_one_week_old_plans_say_it_already() -> None:
    assert weeks(1).cadence == 7
    assert triangle({"A": {"2024-01-01": [1, 2, 3]}}).cadence == 1
    assert triangle({"A": {"2024-01-01": [1]}}).cadence == 1  # nothing says otherwise


def test_weeks_without_a_plan_change_nothing() -> None:
    made = weeks(12)
    sparse = made.days[[0, 4, 8, 11]]
    kept = np.isin(made.days, sparse)
    fewer = replace(made, days=made.days[kept], quantity=made.quantity[:, kept],
                    stale=made.stale[kept], conflict=made.conflict[:, kept],
                    mismatch=made.mismatch[:, kept])  # fmt: skip
    assert fewer.cadence == 7


def test_a_copy_sent_on_another_day_makes_no_daily_plans() -> None:
    made = weeks(6)

    def again(values: NDArray[Any]) -> NDArray[Any]:
        return np.insert(values, 6, values[:, -1], axis=1)

    copied = replace(
        made, days=np.append(made.days, made.days[-1] + as_days(1)),
        quantity=again(made.quantity), stale=np.append(made.stale, True),
        conflict=again(made.conflict), mismatch=again(made.mismatch),
        repeated=again(made.repeated),
    )  # fmt: skip
    assert copied.cadence == copied.as_of().cadence == 7


def test_daily_plans_that_are_sent_once_a_week_are_daily() -> None:
    days = {f"2024-01-{day:02}": [5.0, 6, 7, 8, 0, 0, 5, 6] for day in (1, 8, 15, 22)}
    assert triangle({"A": days}).cadence == 1


def daily_then_weekly() -> Triangle:
    """Forty days of daily plans, then twelve weeks of weekly ones."""
    rng = np.random.default_rng(2)
    days = {str(np.datetime64("2024-01-01") + as_days(day)): rng.integers(20, 60, 8).tolist()
            for day in range(40)}  # fmt: skip
    for week in range(12):
        row = np.full(29, np.nan)
        row[::7] = 7 * rng.integers(20, 60, 5)
        days[str(np.datetime64("2024-02-12") + as_days(7 * week))] = row.tolist()
    return triangle({"A": days, "B": {day: [2 * q for q in row] for day, row in days.items()}})


def test_a_customer_may_change_from_days_to_weeks() -> None:
    made = daily_then_weekly()
    assert made.as_of("2024-02-09").cadence == 1
    assert made.cadence == 7
    assert made.until("2024-03-04").cadence == 1  # four plans of weeks
    assert made.until("2024-03-11").cadence == 7  # five of them
    found = forecast(made, Spec(lead=7), quantiles=(0.1, 0.9))
    assert found.table.height == 2
    ratio = (found.table["forecast"] / found.table["last"]).to_numpy()
    assert (ratio > 0.4).all() and (ratio < 2.5).all()  # a week's quantity, not a day's


def table(made: Triangle) -> pl.DataFrame:
    part, day, lead = np.nonzero(~np.isnan(made.quantity))
    return pl.DataFrame({
        "part": np.array(made.parts)[part],
        "issued_at": made.days[day].astype("datetime64[us]") + np.timedelta64(18, "h"),
        "target": made.days[day] + made.leads[lead].astype("timedelta64[D]"),
        "quantity": made.quantity[part, day, lead],
    })  # fmt: skip


def test_missing_days_are_missing_weeks() -> None:
    made = weeks(12)
    gone = table(made).filter(pl.col("issued_at").dt.date() != made.days[5].astype(object))
    assert load(gone).inspect().missing_days == [str(made.days[5])]
    assert load(table(made)).inspect().missing_days == []


def test_the_second_customer_misses_no_day() -> None:
    found = load(real_file("intel_until_w120.csv"))
    assert found.triangle.cadence == 7
    assert found.inspect().missing_days == []


@pytest.mark.parametrize(("text", "days"), [("3", 3), ("3d", 3), ("4w", 28), ("1w", 7)])
def test_a_lead_may_be_in_weeks(text: str, days: int) -> None:
    assert lead_days(text) == days


@pytest.mark.parametrize("text", ["0", "4m", "w", "", "-1", "1.5w", "٣"])
def test_what_is_no_lead_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        lead_days(text)


def test_a_lead_in_weeks_is_that_in_days(tmp_path: Path) -> None:
    made = weeks(20)
    one, other = (forecast(made, Spec(lead=lead_days(text))) for text in ("2w", "14"))
    assert one.table.equals(other.table)
