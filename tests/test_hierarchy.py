"""The plan seen from several heights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calloff.data.triangle import Triangle
from calloff.features.builder import faded_mean
from calloff.features.samples import TrainingSet
from calloff.forecasters.hierarchy import AGGREGATIONS, Hierarchy, weigh
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make
from support import NAN, sent_by, triangle

LEVELS = dict(zip("abcdefgh", (10, 20, 30, 40, 50, 60, 70, 80), strict=True))
FEW = ("a", "b", "c")  # one line


def customer(shift: int, days: int = 20) -> Triangle:
    """Two lines, each about the same every day, whatever was planned for it. From the day ``shift``
    on, the plans of one show half of what it will call off."""
    dates = np.datetime64("2024-01-01") + np.arange(days).astype("timedelta64[D]")
    wobble = np.random.default_rng(3).uniform(0.7, 1.3, (2, days + 4))
    sent: dict[str, dict[str, list[float]]] = {}
    for part, level in LEVELS.items():
        line = 0 if part in FEW else 1
        planned = level * wobble[line]
        sent[part] = {
            str(dates[day]): [
                level,
                *planned[day + 1 : day + 5] * (1 - (line == 0) * (day >= shift) / 2),
            ]
            for day in range(days)
        }
    return triangle(sent, stale=np.zeros(days, dtype=bool))


def test_a_faded_mean_by_hand() -> None:
    values = np.array([[8.0, 4.0, 2.0], [NAN, 4.0, NAN], [NAN, NAN, NAN]])
    found = faded_mean(values)
    assert found[0] == pytest.approx((8 / 4 + 4 / 2 + 2) / (1 / 4 + 1 / 2 + 1))
    assert found[1] == 4
    assert np.isnan(found[2])


def test_a_line_that_is_planned_by_half_is_seen_at_once() -> None:
    """On the evening on which a line's plans were halved, nothing of the kind has come true yet."""
    evening, found = 18, []
    for shift in (evening, 99):
        past = customer(shift).as_of(np.datetime64("2024-01-01") + np.timedelta64(evening, "D"))
        query = past.ask(past.cutoff + np.timedelta64(3, "D"), 3)
        found.append(Hierarchy().fit(past, Spec()).predict(query) / query.plan)
    halved, whole = found
    assert (halved[:3] > 1.3 * whole[:3]).all()
    assert (halved[3:] < 1.1 * whole[3:]).all()


def test_weights_fall_with_the_square_of_the_error() -> None:
    actual, age = np.array([10.0, 10.0]), np.zeros(2, np.int64)
    nothing = np.zeros(2)
    sums, steps = np.zeros((2, 2, 3)), np.zeros((2, 1, 1), np.float32)
    past = TrainingSet(nothing, nothing, nothing, sums, actual, nothing, steps, age, age, age)
    half = replace(past, lag=np.array([3, 3]), ahead=np.array([3, 1]))  # one beyond a weekend
    said = actual + np.array([[1.0, 1.0], [2.0, 2.0]])
    np.testing.assert_allclose(weigh(said, past), [[0.8, 0.2]] * 2)
    np.testing.assert_allclose(weigh(np.stack([actual, actual + 1]), past)[0], [1, 0], atol=1e-9)
    np.testing.assert_allclose(weigh(np.stack([actual, actual]), past)[0], [0.5, 0.5])
    apart = actual + np.array([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(weigh(apart, half), [[0.8, 0.2], [0.2, 0.8]])


def test_plans_that_came_true_so_far_are_kept() -> None:
    truth = make(Customer(parts=6, days=40, bias=1.0, noise=0.0, kinds=("plain",),
                          faults=False, holidays=()))  # fmt: skip
    made = sent_by(truth, 6)
    target = made.target_days[-1]
    past = made.as_of(target - np.timedelta64(3, "D"))
    query = past.ask(target, 3)
    fitted = Hierarchy().fit(past, Spec())
    np.testing.assert_allclose(fitted.predict(query), query.plan, rtol=1e-6)
    assert fitted.weights.shape == (2, AGGREGATIONS)


def test_the_first_evening_says_the_plan() -> None:
    made = triangle({"a": {"2024-03-04": [100.0] * 4}}, stale=np.zeros(1, dtype=bool))
    past = made.as_of("2024-03-04")
    query = past.ask(np.datetime64("2024-03-07"), 3)
    np.testing.assert_allclose(Hierarchy().fit(past, Spec()).predict(query), [100.0])


def test_a_day_planned_idle_stays_idle() -> None:
    days = [f"2024-03-{day:02d}" for day in (4, 5, 6, 7)]
    made = triangle({"a": {day: [100.0, 90.0, 95.0, 0.0] for day in days}},
                    stale=np.zeros(4, dtype=bool))  # fmt: skip
    past = made.as_of(days[-1])
    query = past.ask(np.datetime64("2024-03-10"), 3)
    np.testing.assert_allclose(Hierarchy().fit(past, Spec()).predict(query), [0.0], atol=1e-12)
