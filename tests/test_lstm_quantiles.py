"""The pinball head: spread around a forecast, learned by all parts together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calloff.data.triangle import Past, Triangle
from calloff.forecasters import named
from calloff.forecasters.lstm_quantiles import LEVELS, at_levels, spread_around
from calloff.rolling.spec import Spec
from support import triangle

TARGET = np.datetime64("2024-02-21")
WIDE = (0.05, 0.2, 0.5, 0.8, 0.95)


def calm_and_wild(days: int = 55, parts: int = 60) -> Triangle:
    """Parts of one size; every other one is called off as planned, the rest within a half."""
    rng = np.random.default_rng(5)
    dates = np.datetime64("2024-01-01") + np.arange(days).astype("timedelta64[D]")
    plans = {}
    for part in range(parts):
        plan = np.round(100 * rng.uniform(0.8, 1.2, days + 1))
        noise = 0.25 * rng.normal(size=days + 1) if part % 2 else np.zeros(days + 1)
        called = np.round(np.maximum(plan * (1 + noise), 1))
        plans[f"P{part}"] = {str(dates[day]): [called[day], plan[day + 1]] for day in range(days)}
    return triangle(plans)


@pytest.fixture(scope="module")
def past() -> Past:
    return calm_and_wild().as_of("2024-02-20")


def test_wild_parts_are_seen_to_be_wild(past: Past) -> None:
    query = past.ask(TARGET, 1)
    found = spread_around(query.plan, past, query, WIDE)
    assert found is not None
    assert (np.diff(found, axis=0) >= 0).all()
    assert (found >= 0).all()
    np.testing.assert_allclose(found[2], query.plan)
    width = found[-1] - found[0]
    assert width[1::2].mean() > 1.3 * width[::2].mean()


def test_the_methods_quantiles_lie_around_their_own_forecasts(past: Past) -> None:
    query = past.ask(TARGET, 1)
    fitted = named(["lstm"])[0].fit(past, Spec(lead=1))
    found = fitted.quantiles(query, [0.5])
    assert found is not None
    np.testing.assert_allclose(found[0], fitted.predict(query))
    assert named(["plan"])[0].fit(past, Spec(lead=1)).quantiles(query, [0.5]) is None


def test_scale_does_not_matter(past: Past) -> None:
    made = calm_and_wild()
    larger = replace(made, quantity=made.quantity * 4).as_of("2024-02-20")
    query, again = past.ask(TARGET, 1), larger.ask(TARGET, 1)
    found = spread_around(query.plan, past, query, WIDE)
    scaled = spread_around(again.plan, larger, again, WIDE)
    assert found is not None
    assert scaled is not None
    np.testing.assert_allclose(scaled, 4 * found, rtol=1e-3)


def test_a_short_past_has_no_spread() -> None:
    short = calm_and_wild().as_of("2024-01-04")
    query = short.ask(np.datetime64("2024-01-05"), 1)
    assert spread_around(query.plan, short, query, WIDE) is None


def test_levels_between_lie_between() -> None:
    values = np.arange(len(LEVELS), dtype=float)[:, None]
    found = at_levels(values, (0.01, 0.05, 0.075, 0.5, 0.95, 0.99))
    assert found[:, 0].tolist() == pytest.approx([0, 0, 0.5, 3, 6, 6])
