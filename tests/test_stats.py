"""Means, totals and medians equal NumPy's, which are slower on few values."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.features.stats import SORTED, median, medians, total

NAN = float("nan")


@pytest.mark.parametrize("count", [1, 2, 3, 8, 45])
def test_the_median_of_a_few(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert median(values.tolist()) == np.median(values)


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (30, 5000), (31, 5000), (SORTED + 2, 40)])
def test_medians_of_columns(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32).round(1)
    found = medians(values)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.median(values, axis=0))


def test_totals_of_what_is_known_and_counted() -> None:
    values = np.array([[1.0, NAN], [2.0, 5.0], [4.0, 8.0]])
    assert total(values).tolist() == [7, 13]
    assert total(values, np.array([[True], [False], [True]])).tolist() == [5, 8]
    assert total(values[:, 1]) == 13
