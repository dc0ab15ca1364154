"""Examples for what learns."""

from __future__ import annotations

import numpy as np

from calloff.views import MOST, Examples


def examples(count: int) -> Examples:
    numbers = np.arange(count, dtype=float)
    whole = np.arange(count)
    steps = np.zeros((count, 1, 1), np.float32)
    return Examples(numbers, numbers, numbers, numbers + 1, steps, whole, whole)


def test_few_examples_are_all_used() -> None:
    few = examples(50)
    assert few.drawn(3) is few


def test_of_many_each_seed_draws_its_own_and_none_twice() -> None:
    many = examples(3 * MOST)
    one, again, other = many.drawn(0), many.drawn(0), many.drawn(1)
    assert len(one) == MOST == len(np.unique(one.plan))
    np.testing.assert_array_equal(one.plan, again.plan)
    assert 0 < len(np.intersect1d(one.plan, other.plan)) < MOST
    np.testing.assert_array_equal(one.scale, one.plan + 1)  # rows stay together
    np.testing.assert_array_equal(one.age, one.plan)
