"""Measures against one-line formulas and numbers worked by hand that fix their signs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from calloff.evaluation import metrics
from calloff.texts.errors import CalloffError

ACTUAL = np.array([10.0, 0.0, 5.0, 20.0])
FORECAST = np.array([12.0, 1.0, 5.0, 15.0])  # errors +2 +1 0 -5


def test_by_hand() -> None:
    assert metrics.mae(ACTUAL, FORECAST) == 2.0
    assert metrics.bias(ACTUAL, FORECAST) == -0.5  # too little on the whole
    assert metrics.rmse(ACTUAL, FORECAST) == pytest.approx(math.sqrt(30 / 4))
    assert metrics.wape(ACTUAL, FORECAST) == pytest.approx(8 / 35)
    # short by 5 at quantile 0.9 costs 4.5; over by 3 costs 0.3
    assert metrics.pinball(ACTUAL, FORECAST, 0.9) == pytest.approx((4.5 + 0.3) / 4)
    assert metrics.coverage(ACTUAL, FORECAST - 2, FORECAST + 2) == 0.75


def test_bias_is_positive_where_too_much_was_forecast() -> None:
    assert metrics.bias(np.array([1.0]), np.array([3.0])) == 2.0


def test_pinball_at_one_half_is_half_the_error() -> None:
    rng = np.random.default_rng(3)
    actual, forecast = rng.normal(size=(2, 50))
    half = metrics.pinball(actual, forecast, 0.5)
    assert half == pytest.approx(0.5 * np.abs(actual - forecast).mean())


def test_the_quantile_minimises_its_pinball_loss() -> None:
    actual = np.random.default_rng(5).gamma(2.0, size=999)
    grid = np.linspace(actual.min(), actual.max(), 400)
    losses = [metrics.pinball(actual, np.full(999, value), 0.8) for value in grid]
    assert grid[int(np.argmin(losses))] == pytest.approx(np.quantile(actual, 0.8), abs=0.05)


def test_nothing_gives_nan() -> None:
    nothing = np.array([])
    for measure in (metrics.mae, metrics.bias, metrics.rmse, metrics.wape):
        assert math.isnan(measure(nothing, nothing))
    assert math.isnan(metrics.wape(np.zeros(2), np.ones(2)))


def test_what_is_not_known_is_not_averaged_away() -> None:
    unknown = np.array([1.0, math.nan])
    for measure in (metrics.mae, metrics.bias, metrics.rmse, metrics.wape):
        assert math.isnan(measure(unknown, np.ones(2)))
    assert math.isnan(metrics.coverage(np.ones(2), unknown - 1, unknown + 1))


def test_unsigned_numbers_do_not_wrap_around() -> None:
    assert metrics.bias(np.array([3], np.uint8), np.array([1], np.uint8)) == -2.0


MEASURES = (metrics.mae, metrics.bias, metrics.rmse, metrics.wape)


@pytest.mark.parametrize("measure", MEASURES)
def test_arrays_that_do_not_fit_are_refused(measure: Callable[..., float]) -> None:
    for wrong in (np.ones((3, 1)), np.ones(1), ["1", "2", "3"], np.ones(3, bool)):
        with pytest.raises(CalloffError, match=r"forecast (has the shape|is of type)"):
            measure(np.ones(3), wrong)  # a column against a row would give 3 x 3 errors


def test_a_quantile_is_no_percent() -> None:
    with pytest.raises(CalloffError, match="quantile is 90; it must be a number between 0 and 1"):
        metrics.pinball(ACTUAL, FORECAST, 90)
    with pytest.raises(CalloffError, match="high has the shape"):
        metrics.coverage(ACTUAL, FORECAST, FORECAST[:2])
