"""Copies of the day before: of whole sources, and of parts where others moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calloff import Spec, forecast, load
from calloff.data.days import stale_days
from calloff.data.staleness import all_repeated, repeated_plans
from calloff.evaluation.backtest import backtest

PARTS, DAYS, LEADS = 14, 20, 6


@pytest.fixture
def quantity() -> np.ndarray:
    """Plans that all change from day to day, pieces (P, K, L)."""
    return np.random.default_rng(3).integers(1, 500, (PARTS, DAYS, LEADS)).astype(float)


def test_each_source_is_judged_by_itself(quantity: np.ndarray) -> None:
    quantity[:5, 7:9] = quantity[:5, [6]]
    sources = ["A"] * 5 + ["B"] * 9
    found = repeated_plans(quantity, sources)
    assert np.argwhere(found).tolist() == [[part, day] for part in range(5) for day in (7, 8)]
    assert not all_repeated(quantity, found).any()


def test_a_day_is_stale_when_every_source_repeats(quantity: np.ndarray) -> None:
    quantity[:, 4] = quantity[:, 3]
    found = repeated_plans(quantity, ["A"] * 5 + ["B"] * 9)
    assert np.flatnonzero(all_repeated(quantity, found)).tolist() == [4]


@pytest.mark.parametrize(("count", "found"), [(2, 0), (3, 0), (5, 5), (9, 9)])
def test_parts_that_repeat_where_others_move(quantity: np.ndarray, count: int, found: int) -> None:
    """Two or three of fourteen may be chance, five are not."""
    quantity[:count, 11] = quantity[:count, 10]
    repeated = repeated_plans(quantity, [""] * PARTS)
    assert repeated.sum() == repeated[:, 11].sum() == found


@pytest.mark.parametrize(
    ("parts", "count", "found"),
    [
        (9, 4, 4),  # by chance 7 of 100,000 times at most, where 2 % of plans repeat by chance
        (10, 4, 0),  # 12 of 100,000 times
        (100, 15, 15),
        (100, 14, 0),  # no chance either, but few
    ],
)
def test_what_is_unlikely_and_of_many_parts_is_a_copy(parts: int, count: int, found: int) -> None:
    quantity = np.random.default_rng(3).integers(1, 500, (parts, 6, LEADS)).astype(float)
    quantity[:count, 2] = quantity[:count, 1]
    assert repeated_plans(quantity, [""] * parts).sum() == found


@pytest.mark.parametrize(("count", "stale"), [(8, False), (9, True)])
def test_nine_in_ten_parts_that_repeat_make_a_stale_day(count: int, stale: bool) -> None:
    quantity = np.random.default_rng(3).integers(1, 500, (11, 3, LEADS)).astype(float)
    quantity[:count, 2] = quantity[:count, 1]
    quantity[10] = 0.0  # says nothing
    assert stale_days(quantity).tolist() == [False, False, stale]


def test_a_plan_that_is_the_same_for_all_days_ahead_repeats_by_itself(
    quantity: np.ndarray,
) -> None:
    quantity[:8] = np.arange(1, 9)[:, None, None]
    assert not repeated_plans(quantity, [""] * PARTS).any()


def two_customers(folder: Path, stale: int) -> Path:
    """Two files, A and B, of which A repeats the last ``stale`` days but one."""
    rng = np.random.default_rng(5)
    for name, repeats in (("A", stale), ("B", 0)):
        lines = ["part,issued_at,D,D+1,D+2,D+3"]
        for part in range(6):
            plan = rng.integers(1, 400, 4)
            for day in range(DAYS):
                if not DAYS - 1 - repeats <= day < DAYS - 1:
                    plan = rng.integers(1, 400, 4)
                row = ",".join(map(str, plan))
                lines.append(f"{name}{part},2026-03-{day + 1:02} 17:30,{row}")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_copies_of_one_customer_count_neither_as_plans_nor_as_call_offs(tmp_path: Path) -> None:
    loaded = load(two_customers(tmp_path, stale=4))
    triangle = loaded.triangle
    assert loaded.inspect().stale_by_source == {
        "A.csv": [f"2026-03-{day}" for day in (16, 17, 18, 19)]
    }
    assert np.isnan(triangle.called_off("2026-03-17")[:6]).all()
    assert not np.isnan(triangle.called_off("2026-03-17")[6:]).any()
    past = triangle.as_of("2026-03-19")
    assert np.isnan(past.quantity[:6, -4:]).all()
    pairs = backtest(triangle, Spec(lead=1), methods=["plan"])
    scored = pairs.filter(part="A0")["target"].cast(str).to_list()
    assert not {"2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19"} & set(scored)
    assert forecast(triangle, Spec(lead=1), as_of="2026-03-19", method="plan").table.height > 0
