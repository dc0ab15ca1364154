"""Examples for what learns."""

from __future__ import annotations

import numpy as np

from calloff.seen import MOST, Examples


def examples(count: int) -> Examples:
    numbers = np.arange(count, dtype=float)
    whole = np.arange(count)
    steps = np.zeros((count, 1, 1), np.float32)
    sums = np.zeros((count, 2, 3))
    return Examples(
        numbers, numbers, numbers, sums, numbers, numbers + 1, steps, whole, whole, whole
    )


def test_few_examples_are_all_used() -> None:
    assert examples(50).lot(3).tolist() == list(range(50))


def test_of_many_each_seed_draws_its_own_and_none_twice() -> None:
    many = examples(3 * MOST)
    one, again, other = many.lot(0), many.lot(0), many.lot(1)
    assert len(one) == MOST == len(np.unique(one))
    np.testing.assert_array_equal(one, again)
    assert 0 < len(np.intersect1d(one, other)) < MOST
