"""Calibration where the truth is known: coverage, drift, scale, order, whole pieces."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from calloff.planning.build import expected
from calloff.uncertainty import conformal as bands
from calloff.uncertainty.conformal import GRID, CalibrationSet, CalibrationTarget, calibrate
from calloff.uncertainty.distribution import Distribution, cover
from calloff.uncertainty.levels import LEVELS

DAYS = np.datetime64("2024-01-01") + np.arange(60).astype("timedelta64[D]")
NORMAL = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
LOW, HIGH = (int(np.flatnonzero(np.isclose(GRID, level))[0]) for level in (0.1, 0.9))


def world(
    seed: int, days: int = 15, parts: int = 40, common: float = 0.15, noise: float = 0.25
) -> tuple[CalibrationSet, CalibrationTarget, np.ndarray]:
    """Past days of forecasts with errors that parts share by day, and the day to come."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(4, 1, parts))
    shared = common * rng.normal(size=(days + 1, 1))
    actual = size * (1 + shared + noise * rng.standard_t(5, (days + 1, parts)))
    forecast = np.tile(size, (days + 1, 1))
    ones = np.ones(days)
    evidence = CalibrationSet(
        DAYS[:days], 1, forecast[:-1], actual[:-1] + 5 * size, None, ones, size
    )
    evidence = replace(evidence, forecast=evidence.forecast + 5 * size)  # far from zero
    return evidence, CalibrationTarget(forecast[-1] + 5 * size, None, 1.0), actual[-1] + 5 * size


def covered(evidence: CalibrationSet, question: CalibrationTarget, actual: np.ndarray) -> float:
    found, _ = calibrate(evidence, question)
    if evidence.whole:
        found = bands.rounded(found)
    return float(((found[LOW] <= actual) & (actual <= found[HIGH])).mean())


@pytest.mark.parametrize(
    ("days", "parts", "missing", "known"),
    [(3, 10, 0, True), (3, 10, 1, False), (2, 15, 0, False), (30, 1, 0, True)],
)
def test_three_days_and_thirty_errors_are_the_least(
    days: int, parts: int, missing: int, known: bool
) -> None:
    evidence, question, _ = world(1, days, parts=parts)
    evidence.actual[0, :missing] = np.nan
    found, _ = calibrate(evidence, question)
    assert np.isfinite(found).all() if known else np.isnan(found).all()


@pytest.mark.parametrize(
    ("days", "common"), [(15, 0.0), (15, 0.15), (15, 0.4), (5, 0.15), (4, 0.3)]
)
def test_coverage_over_many_customers(days: int, common: float) -> None:
    shares = [covered(*world(seed, days, common=common)) for seed in range(80)]
    assert np.mean(shares) == pytest.approx(0.8, abs=0.03)


def test_without_the_widening_few_shared_days_cover_too_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bands, "FEW", 0.0)
    shares = [covered(*world(seed, 4, common=0.3)) for seed in range(80)]
    assert np.mean(shares) < 0.77


def test_whole_pieces_are_covered_as_often_as_said() -> None:
    """Small counts: an atom at zero, and every quantile a whole number."""
    shares = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        mean = rng.uniform(0.2, 6, 60)
        actual = rng.poisson(mean, (16, 60)).astype(float)
        forecast = np.tile(mean, (16, 1))
        evidence = CalibrationSet(
            DAYS[:15], 1, forecast[:-1], actual[:-1], None, np.ones(15), mean, True
        )
        shares.append(covered(evidence, CalibrationTarget(forecast[-1], None, 1.0), actual[-1]))
    assert np.mean(shares) == pytest.approx(0.8, abs=0.03)


def drifting(pace: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Coverage of the last day of customers whose errors doubled six days before."""
    monkeypatch.setattr(bands, "ADAPTATION_RATE", pace)
    shares = []
    for seed in range(30):
        evidence, question, actual = world(seed, 30, common=0.05)
        grown = np.where(np.arange(30) < 24, 1.0, 2.0)[:, None]
        error = (evidence.actual - evidence.forecast) * grown
        evidence = replace(evidence, actual=evidence.forecast + error)
        shares.append(
            covered(evidence, question, question.forecast + 2 * (actual - question.forecast))
        )
    return shares


def test_under_drift_the_adaptive_band_is_nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    still, adaptive = (
        np.mean(drifting(pace, monkeypatch)) for pace in (0.0, bands.ADAPTATION_RATE)
    )
    assert still < 0.70
    assert abs(adaptive - 0.8) < abs(still - 0.8) / 2


def width_after_far_days(monkeypatch: pytest.MonkeyPatch, most: float, first: int) -> float:
    """Mean width of bands where four days of fifteen, from ``first`` on, lay far off."""
    monkeypatch.setattr(bands, "MOST_ADAPTED", most)
    widths = []
    for seed in range(10):
        evidence, question, _ = world(seed, 15, common=0.05)
        question = replace(question, forecast=question.forecast + 1e4)  # no quantile below 0
        day = np.arange(15)[:, None]
        error = evidence.actual - evidence.forecast
        far = np.where((day >= first) & (day < first + 4), error * 10, error)
        evidence = replace(evidence, lead=4, actual=evidence.forecast + far)
        found, _ = calibrate(evidence, question)
        widths.append(float((found[HIGH] - found[LOW]).mean()))
    return float(np.mean(widths))


def test_after_a_change_of_regime_bands_are_not_widened_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the past errors, which hold those days, and without limit by the misses of these."""
    most = bands.MOST_ADAPTED
    bounded, free = (width_after_far_days(monkeypatch, much, 6) for much in (most, np.inf))
    assert free > 1.5 * bounded
    just_now, still = (width_after_far_days(monkeypatch, much, 11) for much in (most, 0.0))
    assert just_now == pytest.approx(1.65 * still, rel=0.01)


def test_own_quantiles_that_know_the_spread_make_narrower_bands() -> None:
    """Errors whose size changes from day to day and part to part, known to the method."""
    widths, shares = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        spread = np.exp(rng.normal(0, 1, (16, 50)))
        forecast = np.full((16, 50), 100.0)
        actual = forecast + spread * rng.normal(size=(16, 50))
        offsets = NORMAL[None, :, None] * spread[:, None]
        ones, size = np.ones(15), np.full(50, 100.0)
        with_own = CalibrationSet(
            DAYS[:15], 1, forecast[:-1], actual[:-1], offsets[:-1], ones, size
        )
        for evidence in (with_own, replace(with_own, offsets=None)):
            question = CalibrationTarget(forecast[-1], offsets[-1], 1.0)
            found, _ = calibrate(evidence, question)
            widths.append(float((found[HIGH] - found[LOW]).mean()))
            shares.append(covered(evidence, question, actual[-1]))
    assert np.mean(widths[::2]) < 0.95 * np.mean(widths[1::2])
    assert np.mean(shares[::2]) == pytest.approx(0.8, abs=0.03)


def test_scale_and_order_do_not_matter() -> None:
    evidence, question, _ = world(3)
    found, days = calibrate(evidence, question)
    larger = replace(
        evidence,
        forecast=evidence.forecast * 3.7,
        actual=evidence.actual * 3.7,
        size=evidence.size * 3.7,
    )
    scaled, _ = calibrate(larger, replace(question, forecast=question.forecast * 3.7))
    np.testing.assert_allclose(scaled, 3.7 * found, rtol=1e-9)
    turned = replace(
        evidence,
        forecast=evidence.forecast[:, ::-1],
        actual=evidence.actual[:, ::-1],
        size=evidence.size[::-1],
    )
    other, _ = calibrate(turned, replace(question, forecast=question.forecast[::-1]))
    np.testing.assert_allclose(other[:, ::-1], found, rtol=1e-9)
    assert days == 15


def test_quantiles_rise_at_any_levels() -> None:
    evidence, question, _ = world(5)
    levels = np.sort(np.random.default_rng(0).uniform(0, 1, 200)).tolist()
    for whole in (False, True):
        found = Distribution(calibrate(evidence, question)[0], 15, whole).quantiles(levels)
        assert (np.diff(found, axis=0) >= 0).all()
        assert (found >= 0).all()
        assert not whole or (found % 1 == 0).all()


def test_shortage_and_surplus_go_with_the_quantiles() -> None:
    evidence, question, _ = world(5)
    sure = Distribution(calibrate(evidence, question)[0], 15)
    levels = (np.arange(4000) + 0.5) / 4000
    mean = sure.quantiles(levels.tolist()).mean(axis=0)
    stock = sure.quantiles([0.7])[0]
    fine = cover(sure, 0.5)[1]
    short, over = expected(fine, stock)
    np.testing.assert_allclose(stock - over + short, mean, rtol=1e-3)
    step = 1e-3 * evidence.size
    more = (expected(fine, stock + step)[1] - over) / step
    np.testing.assert_allclose(more, 0.7, atol=0.02)  # what is added is over in 70 %
    assert (expected(fine, sure.quantiles([0.999])[0])[0] < short).all()


def test_a_new_part_borrows_from_the_others() -> None:
    evidence, question, _ = world(7, common=0.0)
    actual = evidence.actual.copy()
    actual[:, 0] = np.nan
    found, _ = calibrate(replace(evidence, actual=actual), question)
    width = (found[HIGH] - found[LOW]) / evidence.size
    assert width[0] == pytest.approx(np.median(width), rel=0.15)


def test_newer_errors_weigh_more_and_an_idle_day_has_none() -> None:
    evidence, question, _ = world(9, common=0.0)
    up = evidence.forecast + np.where(np.arange(15) < 7, -1, 1)[:, None] * 0.2 * evidence.size
    shifted, _ = calibrate(replace(evidence, actual=up), question)
    assert (shifted[np.flatnonzero(GRID == 0.5)] > question.forecast).all()
    idle, _ = calibrate(evidence, replace(question, day_load=0.0))
    np.testing.assert_allclose(idle, np.tile(question.forecast, (len(GRID), 1)))


def test_too_few_days_say_nothing() -> None:
    evidence, question, _ = world(1, days=2)
    found, days = calibrate(evidence, question)
    assert np.isnan(found).all()
    assert days == 2
    assert not np.isnan(calibrate(*world(1, days=3)[:2])[0]).any()


def test_weighted_quantiles() -> None:
    values, weight = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    found = bands.quantile(values, weight, np.array([0.1, 0.25, 0.26, 0.75, 0.76, 1.0]))
    assert found.tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("kind", ["random", "ties", "one day", "sorted", "two values"])
def test_of_many_values_the_quantile_is_that_of_all_sorted(kind: str) -> None:
    """Against a plain loop; also where a sample of every so many values tells nothing."""
    random = np.random.default_rng(5)
    count = 9_001
    values = {
        "random": random.standard_normal(count),
        "ties": random.integers(0, 4, count).astype(float),
        "one day": np.where(np.arange(count) % (count // 400), random.random(count), 1e6),
        "sorted": np.sort(random.standard_normal(count)),
        "two values": np.repeat([0.0, 1.0], [count - 1, 1]),
    }[kind]
    weight = 0.9 ** (np.arange(count) // 600)
    for level in (0.005, 0.1, 0.5, 0.9, 0.995, 1.0):
        order = sorted(range(count), key=lambda each: values[each])
        reached, wanted = 0.0, (level - 1e-12) * float(weight.sum())
        for place in order:
            reached += float(weight[place])
            if reached >= wanted:
                break
        assert float(bands.quantile(values, weight, level)) == values[place]
