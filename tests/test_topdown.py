"""Top-down: the mix from the plan and the latest call-offs, the total drawn to the usual one."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.forecasters.topdown import TopDown, faded_mean
from calloff.spec import Spec
from support import NAN, triangle

DAYS = [f"2024-03-{day:02d}" for day in (4, 5, 6, 7)]


def test_a_faded_mean_by_hand() -> None:
    values = np.array([[8.0, 4.0, 2.0], [NAN, 4.0, NAN], [NAN, NAN, NAN]])
    found = faded_mean(values)
    assert found[0] == pytest.approx((8 / 4 + 4 / 2 + 2) / (1 / 4 + 1 / 2 + 1))
    assert found[1] == 4
    assert np.isnan(found[2])


def test_a_forecast_by_hand() -> None:
    sent = {
        "a": {day: [100.0, 60.0, 60.0, 60.0] for day in DAYS},
        "b": {day: [300.0, 340.0, 340.0, 340.0] for day in DAYS},
        "new": {DAYS[-1]: [NAN, 0.0, 0.0, 10.0]},
    }
    made = triangle(sent, stale=np.zeros(4, dtype=bool))
    past = made.as_of(DAYS[-1])
    asked = past.ask(np.datetime64("2024-03-10"), 3)
    mixed = np.array([0.7 * 60 + 0.3 * 100, 0.7 * 340 + 0.3 * 300, 10.0])
    factor = (400 / mixed.sum()) ** 0.5
    found = TopDown().fit(past, Spec()).predict(asked)
    np.testing.assert_allclose(found, mixed * factor)


def test_a_plan_that_came_true_so_far_is_kept() -> None:
    sent = {"a": {day: [100.0] * 4 for day in DAYS}, "b": {day: [7.0] * 4 for day in DAYS}}
    past = triangle(sent, stale=np.zeros(4, dtype=bool)).as_of(DAYS[-1])
    asked = past.ask(np.datetime64("2024-03-10"), 3)
    np.testing.assert_allclose(TopDown().fit(past, Spec()).predict(asked), [100.0, 7.0])


def test_a_day_planned_idle_stays_idle() -> None:
    sent = {"a": {day: [100.0, 90.0, 95.0, 0.0] for day in DAYS}}
    past = triangle(sent, stale=np.zeros(4, dtype=bool)).as_of(DAYS[-1])
    asked = past.ask(np.datetime64("2024-03-10"), 3)
    np.testing.assert_allclose(TopDown().fit(past, Spec()).predict(asked), [0.0], atol=1e-12)
