"""Typical levels: medians over pieces, drawn towards the plan."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.levels import Levels, weighted_median
from calloff.views import Examples


def examples(days: list[float]) -> Examples:
    """Five equal parts on each day, called off at the day's level, but one part at its triple."""
    count = 5 * len(days)
    plan = np.full(count, 10.0)
    actual = plan * np.repeat(days, 5) * np.tile([1, 1, 3, 1, 1], len(days))
    age = np.repeat(np.arange(len(days)), 5)
    steps = np.zeros((count, 1, 1), np.float32)
    return Examples(plan, plan, actual, plan, steps, age, np.full(count, 3))


def test_the_weighted_median_is_where_half_of_the_weight_is_reached() -> None:
    assert weighted_median(np.array([3.0, 1, 2]), np.array([1.0, 1, 5])) == 2
    assert weighted_median(np.array([3.0, 1, 2]), np.array([9.0, 1, 5])) == 3


def test_one_wild_part_does_not_move_a_day() -> None:
    np.testing.assert_allclose(Levels.of(examples([1.2, 0.9])).level, [1.2, 0.9])


def test_the_mean_of_few_days_is_drawn_towards_the_plan() -> None:
    assert Levels.of(examples([1.2] * 3)).typical(3) == pytest.approx(1.2 ** (3 / 4))
    assert Levels.of(examples([])).typical(3) == 1


def test_each_example_gets_its_own_day() -> None:
    made = examples([1.2, 0.9])
    usual, own = Levels.of(made).spread(made)
    np.testing.assert_allclose(own, np.repeat([1.2, 0.9], 5))
    assert len(set(usual)) == 1
