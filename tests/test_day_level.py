"""Typical levels: medians over pieces, drawn towards the plan."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.features.builder import SampleBuilder
from calloff.features.day_level import DayLevels, levels_of, pull, weighted_medians
from calloff.features.samples import TrainingSet
from support import triangle


def examples(days: list[float]) -> TrainingSet:
    """Five equal parts on each day, called off at the day's level, but one part at its triple."""
    count = 5 * len(days)
    plan = np.full(count, 10.0)
    actual = plan * np.repeat(days, 5) * np.tile([1, 1, 3, 1, 1], len(days))
    age = np.repeat(np.arange(len(days)), 5)
    steps = np.zeros((count, 1, 1), np.float32)
    sums = np.broadcast_to(plan[:, None, None], (count, 2, 3))
    lag = np.full(count, 3)
    return TrainingSet(plan, plan, plan, sums, actual, plan, steps, age, lag, lag)


def test_weighted_medians_are_where_half_of_the_weight_is_reached() -> None:
    values = np.array([3.0, 1, 2, 3, 1, 2])
    weight = np.array([1.0, 1, 5, 9, 1, 5])
    group, found = weighted_medians(values, weight, np.array([7, 7, 7, 2, 2, 2]))
    assert group.tolist() == [2, 7]
    assert found.tolist() == [3, 2]
    nothing = weighted_medians(values[:0], weight[:0], group[:0])
    assert [len(each) for each in nothing] == [0, 0]


def test_levels_are_relative_to_what_was_said() -> None:
    made = examples([1.2, 0.9])
    np.testing.assert_allclose(levels_of(made, 2 * made.plan), np.repeat([0.6, 0.45], 5))
    np.testing.assert_array_equal(levels_of(made, 0 * made.plan), np.ones(10))


def test_one_wild_part_does_not_move_a_day() -> None:
    np.testing.assert_allclose(DayLevels.of(examples([1.2, 0.9])).level, [1.2, 0.9])


def test_the_mean_of_few_days_is_drawn_towards_the_plan() -> None:
    assert DayLevels.of(examples([1.2] * 3)).typical(3) == pytest.approx(1.2 ** (3 / 4))
    assert DayLevels.of(examples([])).typical(3) == 1


def test_each_example_gets_its_own_day() -> None:
    made = examples([1.2, 0.9])
    usual, own = DayLevels.of(made).spread(made)
    np.testing.assert_allclose(own, np.repeat([1.2, 0.9], 5))
    assert len(set(usual)) == 1


def seen(plan: float, called: float = 100.0) -> SampleBuilder:
    """Four days on which two parts were called off, 100 and 300 pieces, and what was planned."""
    days = [f"2024-03-{day:02d}" for day in (4, 5, 6, 7)]
    sent = {
        part: {day: [called * size, plan * size, plan * size, plan * size] for day in days}
        for part, size in (("a", 1.0), ("b", 3.0))
    }
    return SampleBuilder(triangle(sent, stale=np.zeros(4, dtype=bool)).as_of(days[-1]))


def test_a_total_is_drawn_halfway_to_the_usual_one() -> None:
    builder = seen(plan=64.0)
    plan = np.array([64.0, 192.0])
    assert pull(builder, 3, plan, 1.0) == pytest.approx((400 / 256) ** 0.5)
    assert pull(builder, 3, np.array([100.0, 300.0]), 1.0) == pytest.approx(1.0)
    assert pull(builder, 3, plan, 256 / 400) == pytest.approx(
        1.0
    )  # a part of a day, planned as such
    assert pull(builder, 3, np.zeros(2), 0.0) == 1.0
    assert pull(builder, 3, np.array([1.0, 3.0]), 1.0) == 2.0  # not by more than this


def test_the_expected_level_is_the_mean_of_two() -> None:
    builder = seen(plan=64.0)
    view = builder.at(3, np.datetime64("2024-03-10"))
    levels = DayLevels.of(builder.training_set([1, 2, 3]))
    typical = levels.typical(3)
    assert 1.2 < typical < 100 / 64  # drawn towards the plan
    expected = levels.expected(builder, 3, np.datetime64("2024-03-10"), view)
    assert expected == pytest.approx((typical * (400 / 256) ** 0.5) ** 0.5)


def test_a_plan_that_is_too_low_for_all_days_is_for_full_days_all_the_same() -> None:
    builder = seen(plan=50.0)  # half of what is usual, each day ahead alike
    assert builder.day_load(3, np.array([50.0, 150.0])) == 1.0
    assert builder.day_load(3, np.array([25.0, 75.0])) == pytest.approx(0.5)
    assert builder.day_load(3, np.zeros(2)) == 0.0
    assert seen(plan=10.0).day_load(3, np.array([10.0, 30.0])) == pytest.approx(
        0.1
    )  # a break ahead
