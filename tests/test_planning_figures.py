"""The trade's figures: worked examples that fix them, plain loops beside them, what must not change
them."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from calloff.evaluation.planning_figures import (
    accuracy_index_by_target,
    accuracy_index_by_volume,
    nearness,
    schedule_instability,
    weighted_bias,
)
from calloff.evaluation.tracking import ALARM, latest, tracking_signal, trigg_signal
from calloff.texts.errors import CalloffError

CALLED = np.array([[100.0, 80.0, 0.0, 120.0]])
PLAN = np.array([[110.0, 90, 5, 110], [120, 60, 0, 150], [90, 100, 10, 60]]).T[None]
WEIGHTS = np.array([0.5, 0.3, 0.2])
ERRORS = np.array([5.0, -3, 8, 6, 7])
BOTH = [accuracy_index_by_target, accuracy_index_by_volume, weighted_bias]
Measure = Callable[..., Any]


def test_worked_examples() -> None:
    assert accuracy_index_by_target(PLAN, CALLED, WEIGHTS) == pytest.approx([0.6915], abs=5e-5)
    assert accuracy_index_by_volume(PLAN, CALLED, WEIGHTS) == pytest.approx([0.805], abs=1e-12)
    assert weighted_bias(PLAN, CALLED, WEIGHTS) == pytest.approx([0.145], abs=5e-4)


def test_worked_tracking_signals() -> None:
    expected = [1, 0.5, 1.875, 2.909, 3.966]
    assert tracking_signal(ERRORS) == pytest.approx(expected, abs=5e-4)
    expected = [1, 0.739, 0.818, 0.858, 0.893]
    assert trigg_signal(ERRORS) == pytest.approx(expected, abs=5e-4)
    assert (abs(tracking_signal(np.ones(5))) > ALARM).tolist() == [False] * 4 + [True]


def test_instability_by_hand() -> None:
    # two days: 12 for 10, then 12 kept; 0 for 8 (a day nearer), 4 for 0
    plan = np.array([[[12.0, 12, 10], [4, 0, 8]]])
    change = 0.5 * (0 + 4) + 0.25 * (2 + 8)
    pieces = 0.5 * (12 + 2) + 0.25 * (11 + 4)
    assert schedule_instability(plan, [1, 2, 3], 0.5) == pytest.approx([change / pieces])


def test_ends_of_instability() -> None:
    assert schedule_instability(np.full((1, 3, 4), 7.0), [1, 2, 3, 4]) == 0
    assert schedule_instability(np.array([[[0.0, 7.0]]]), [1, 2]) == 2
    assert schedule_instability(np.array([[[7.0, 0.0]]]), [1, 2]) == 2
    assert schedule_instability(np.zeros((1, 3, 4)), [1, 2, 3, 4]) == 0


def test_the_signs() -> None:
    high, low = PLAN + 1000, PLAN * 0
    assert weighted_bias(high, CALLED, WEIGHTS) == pytest.approx(1)
    assert weighted_bias(low, CALLED, WEIGHTS) == pytest.approx(-1)
    assert accuracy_index_by_volume(high, CALLED, WEIGHTS) == 0
    assert accuracy_index_by_target(high, CALLED, WEIGHTS) == 0


# --- plain loops --------------------------------------------------------------------------------


def loops(plan: Any, called: Any, weights: Any) -> tuple[float, float, float]:
    """Index by target, by volume, and weighted bias of one part."""
    scores, error, miss, volume = [], 0.0, 0.0, 0.0
    for day, actual in enumerate(called):
        total = weight = 0.0
        for lead, share in enumerate(weights):
            pieces = plan[day][lead]
            if math.isnan(pieces) or math.isnan(actual) or share == 0:
                continue
            close = 1 - abs(pieces - actual) / actual if actual > 0 else float(pieces == 0)
            total, weight = total + share * max(0.0, close), weight + share
            error += share * (pieces - actual)
            miss += share * abs(pieces - actual)
            volume += share * actual
        if weight:
            scores.append(total / weight)
    if not scores:
        return math.nan, math.nan, math.nan
    by_volume = max(0.0, 1 - miss / volume) if volume else float(miss == 0)
    return sum(scores) / len(scores), by_volume, error / miss if miss else 0.0


def instability_loops(plan: Any, periods: Any, fade: float) -> float:
    change = pieces = 0.0
    pairs = 0
    for day in plan:
        known = sorted((k, p) for k, p in zip(periods, day, strict=True) if not math.isnan(p))
        for (near, now), (_, before) in pairwise(known):
            change += fade**near * abs(now - before)
            pieces += fade**near * (now + before) / 2
            pairs += 1
    return math.nan if not pairs else change / pieces if pieces else 0.0


def signal_loops(errors: Any, smoothing: float) -> tuple[list[float], list[float]]:
    plain, smooth, seen = [], [], []
    level = size = None
    for error in errors:
        if math.isnan(error):
            plain.append(math.nan)
            smooth.append(math.nan)
            continue
        seen.append(error)
        mean = sum(map(abs, seen)) / len(seen)
        plain.append(sum(seen) / mean if mean else 0.0)
        level = error if level is None else smoothing * error + (1 - smoothing) * level
        size = abs(error) if size is None else smoothing * abs(error) + (1 - smoothing) * size
        smooth.append(level / size if size else 0.0)
    return plain, smooth


def drawn(seed: int) -> tuple[Any, Any, Any]:
    """Plans and call-offs with gaps, zeros and small numbers."""
    rng = np.random.default_rng(seed)
    parts, days, leads = rng.integers(1, 6, 3)
    called = rng.integers(0, 6, (parts, days)).astype(float)
    plan = rng.integers(0, 8, (parts, days, leads)).astype(float)
    plan[rng.random(plan.shape) < rng.choice([0, 0.3, 0.9])] = np.nan
    called[rng.random(called.shape) < rng.choice([0, 0.3])] = np.nan
    weights = rng.choice([0.0, 0.2, 1.0, 3.0], leads)
    return plan, called, weights


@pytest.mark.parametrize("seed", range(60))
def test_equal_to_plain_loops(seed: int) -> None:
    plan, called, weights = drawn(seed)
    found = np.stack([measure(plan, called, weights) for measure in BOTH], axis=1)
    expected = [loops(*each, weights) for each in zip(plan, called, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    periods = np.random.default_rng(seed).permutation(plan.shape[2]) + 1
    found = schedule_instability(plan, periods, 0.7)
    expected = [instability_loops(each, periods, 0.7) for each in plan]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_signals_equal_to_plain_loops(seed: int) -> None:
    plan, called, _ = drawn(seed)
    errors = plan[:, :, 0] - called
    expected = [signal_loops(each, 0.3) for each in errors]
    np.testing.assert_allclose(tracking_signal(errors), [each[0] for each in expected], atol=1e-12)
    np.testing.assert_allclose(
        trigg_signal(errors, 0.3), [each[1] for each in expected], atol=1e-12
    )


# --- what must not change them ------------------------------------------------------------------


def figures(plan: Any, called: Any, weights: Any) -> Any:
    errors = plan[:, :, 0] - called
    columns = [measure(plan, called, weights) for measure in BOTH]
    columns.append(schedule_instability(plan, np.arange(plan.shape[2]) + 1))
    columns += [latest(tracking_signal(errors)), latest(trigg_signal(errors))]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("seed", range(10))
def test_invariances(seed: int) -> None:
    plan, called, weights = drawn(seed)
    once = figures(plan, called, weights)
    np.testing.assert_allclose(figures(plan * 1000, called * 1000, weights), once, atol=1e-9)
    np.testing.assert_allclose(figures(plan, called, weights * 4), once, atol=1e-12)
    order = np.random.default_rng(seed).permutation(len(plan))
    np.testing.assert_array_equal(figures(plan[order], called[order], weights), once[order])
    more = np.concatenate([plan, np.full_like(plan[:, :1], np.nan)], axis=1)  # a day without plans
    called = np.concatenate([called, np.full_like(called[:, :1], 5)], axis=1)
    np.testing.assert_allclose(figures(more, called, weights), once, atol=1e-12)


def test_nothing_called_off() -> None:
    plan = np.zeros((2, 3, 2))
    plan[1, 1, 0] = 1
    zero = np.zeros((2, 3))
    weights = [1.0, 1.0]
    assert accuracy_index_by_target(plan, zero, weights) == pytest.approx([1, 5 / 6])
    assert accuracy_index_by_volume(plan, zero, weights).tolist() == [1, 0]
    assert weighted_bias(plan, zero, weights).tolist() == [0, 1]
    assert tracking_signal(zero).tolist() == trigg_signal(zero).tolist() == zero.tolist()


def test_one_target_day() -> None:
    found = figures(PLAN[:, :1], CALLED[:, :1], WEIGHTS)
    assert found[0, [0, 1, 4, 5]] == pytest.approx([0.87, 0.87, 1, 1])


@pytest.mark.parametrize("days", [0, 3])
def test_nothing_known(days: int) -> None:
    found = figures(np.full((2, days, 3), np.nan), np.ones((2, days)), WEIGHTS)
    assert np.isnan(found).all()
    assert found.shape == (2, 6)


def test_a_day_that_is_not_known_is_passed_over() -> None:
    gap = np.insert(ERRORS, 2, np.nan)
    for signal in (tracking_signal, trigg_signal):
        assert np.delete(signal(gap), 2) == pytest.approx(signal(ERRORS))
        assert np.isnan(signal(gap)[2])
    assert latest(tracking_signal([*ERRORS, np.nan])) == pytest.approx(3.9655, abs=1e-4)


def test_nearness() -> None:
    assert nearness([1, 2, 3], 0.5).tolist() == [0.5, 0.25, 0.125]
    assert nearness([1, 9], 1).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("measure", "arguments", "words"),
    [
        (weighted_bias, (PLAN, CALLED, [0.5, 0.5]), r"\(2,\) \(weights\)"),
        (weighted_bias, (PLAN, CALLED[:, :2], WEIGHTS), r"\(1, 2\) \(called_off\)"),
        (weighted_bias, (PLAN[0], CALLED, WEIGHTS), r"\(4, 3\) \(plan\)"),
        (weighted_bias, (PLAN, CALLED, [0.5, 0.6, -0.1]), "weights is -0.1"),
        (weighted_bias, (PLAN, [["a"]], WEIGHTS), "called_off is of type"),
        (accuracy_index_by_target, (PLAN, CALLED, [1.0]), "do not fit"),
        (accuracy_index_by_volume, (PLAN, CALLED, [1.0]), "do not fit"),
        (schedule_instability, (PLAN, [1, 2]), "do not fit"),
        (schedule_instability, (PLAN, [1, 2, 3], 0), "fade is 0"),
        (nearness, ([1, 2], 1.5), "fade is 1.5"),
        (trigg_signal, (ERRORS, 0), "smoothing is 0"),
        (tracking_signal, (["a"],), "errors is of type"),
    ],
)
def test_what_cannot_be_used(measure: Measure, arguments: Any, words: str) -> None:
    with pytest.raises(CalloffError, match=words):
        measure(*arguments)
