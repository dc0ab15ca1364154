"""Whole training runs of the fast engine against the specification, and hostile input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_cases import error, make_job, notebook_job, with_masks, with_validation

from calloff.lstm import train
from calloff.lstm.contract import Job, LayerPlan, Loss, Outcome, Schedule

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)


def run(job: Job, **options: Any) -> Outcome:
    outcome: Outcome = engine.train([job], poison=True, **options)[0]
    return outcome


def assert_same_run(job: Job) -> Outcome:
    """Within twice the error of the float32 specification, plus a few roundings of the figures."""
    exact, single = train.train([job])[0], train.train([job], dtype=np.float32)[0]
    found = run(job)
    for name in ("best_epoch", "stopped_epoch", "failed_epoch"):
        assert getattr(found, name) == getattr(exact, name)
    for name in ("loss", "val_loss"):
        ours, theirs = getattr(found, name), getattr(single, name)
        expected = getattr(exact, name)
        assert ours.shape == expected.shape
        if len(expected):
            limit = 2 * np.abs(theirs - expected).max() + 1e-6 * np.abs(expected).max()
            assert np.abs(ours - expected).max() <= limit
    np.testing.assert_allclose(found.learning_rate, exact.learning_rate, rtol=1e-12)
    limit = 2 * error(single.weights, exact.weights) + 3e-7
    assert error(found.weights, exact.weights) <= limit
    return found


def test_the_notebook_s_network() -> None:
    found = assert_same_run(notebook_job())
    assert len(found.loss) == len(found.val_loss) == 100


OPTIONS: dict[str, dict[str, Any]] = {
    "weight decay": {"weight_decay": 0.05},
    "clipnorm": {"clipnorm": 0.05},
    "clipvalue": {"clipvalue": 0.01},
    "global_clipnorm": {"global_clipnorm": 0.05},
    "cosine": {"schedule": Schedule("cosine", final=0.1)},
    "plateau": {
        "schedule": Schedule("plateau", factor=0.5, patience=2, min_delta=9.0, min_rate=1e-4)
    },
    "no shuffle": {"shuffle": False},
    "adam": {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "learning_rate": 0.01},
    "huber": {"loss": Loss("huber", delta=0.5)},
    "pinball": {"loss": Loss("pinball", quantiles=(0.2, 0.5, 0.8))},
    "mse, the last batch smaller": {"loss": Loss("mse"), "batch_size": 5},
    "one batch": {"batch_size": 1000},
    "best by loss": {"restore_best": True, "monitor": "loss"},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name: str) -> None:
    layers = LayerPlan(6, dropout=0.2, recurrent_dropout=0.1), LayerPlan(5, "softsign")
    options = {"epochs": 12, "batch_size": 8, **OPTIONS[name]}
    job = make_job(*layers, samples=37, **options)
    assert_same_run(with_validation(with_masks(job)))


@pytest.mark.parametrize("restore", [False, True])
def test_early_stopping(restore: bool) -> None:
    job = with_validation(
        make_job(samples=12, epochs=200, batch_size=4, learning_rate=0.02, early_stopping=4,
                 restore_best=restore, loss=Loss("mse"))
    )  # fmt: skip
    found = assert_same_run(job)
    assert found.stopped_epoch is not None
    assert found.best_epoch == found.stopped_epoch - 4


def test_validation_of_other_length() -> None:
    job = make_job(epochs=3, batch_size=4)
    other = make_job(steps=9, samples=40, seed=8)
    assert_same_run(replace(job, val_x=other.x, val_y=other.y))


def test_a_larger_network_in_several_slices() -> None:
    job = make_job(
        LayerPlan(40, dropout=0.1), samples=150, epochs=3, batch_size=100, loss=Loss("mse")
    )
    assert_same_run(job)


def test_a_failing_job_says_when_and_leaves_others_alone() -> None:
    good, bad = notebook_job(1), notebook_job(2)
    x = bad.x.copy()
    x[3, 1, 2] = np.nan
    later = notebook_job(3, learning_rate=1e19, loss=Loss("mse"))
    outcomes = engine.train([good, replace(bad, x=x), later, good], threads=2)
    assert outcomes[1].failed_epoch == 0
    assert outcomes[1].best_epoch == -1
    assert len(outcomes[1].loss) == 0
    for weight, start in zip(outcomes[1].weights, bad.weights, strict=True):
        np.testing.assert_array_equal(weight, start)
    assert outcomes[2].failed_epoch is not None
    assert len(outcomes[2].loss) == outcomes[2].failed_epoch
    alone = run(good)
    for k in (0, 3):
        assert outcomes[k].failed_epoch is None
        np.testing.assert_array_equal(outcomes[k].loss, alone.loss)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("where", ["x", "y", "val_x", "val_y", "weights", "sample_weight"])
def test_what_is_not_finite_is_caught(where: str, value: float) -> None:
    """Infinite inputs may do no harm, as gates saturate; then all figures must be finite."""
    job = with_validation(make_job(epochs=3))
    if where == "weights":
        job = replace(job, weights=(np.full_like(job.weights[0], value), *job.weights[1:]))
    else:
        like = job.y[:, 0] if where == "sample_weight" else getattr(job, where)
        change: dict[str, Any] = {where: np.full_like(like, value)}
        job = replace(job, **change)
    outcome = run(job)
    harmless = where in ("x", "val_x", "weights") and not np.isnan(value)
    assert outcome.failed_epoch == 0 or harmless
    assert np.isfinite(outcome.loss).all()
    if where != "weights":
        assert all(np.isfinite(w).all() for w in outcome.weights)


def test_constant_targets_and_zero_inputs() -> None:
    job = make_job(samples=9, epochs=5, batch_size=2, loss=Loss("mse"))
    assert_same_run(replace(job, x=np.zeros_like(job.x), y=np.full_like(job.y, 3.0)))


@pytest.mark.parametrize("units", [1, 257])
@pytest.mark.parametrize("steps", [1, 200])
def test_extreme_sizes(units: int, steps: int) -> None:
    job = make_job(LayerPlan(units), samples=3, steps=steps, epochs=2, loss=Loss("mse"))
    assert_same_run(job)


def test_one_sample() -> None:
    assert_same_run(make_job(samples=1, epochs=4))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"x": np.zeros((0, 4, 5)), "y": np.zeros((0, 3))}, "none of them 0"),
        ({"x": np.zeros((7, 0, 5))}, "none of them 0"),
        ({"x": np.zeros((7, 4, 6))}, r"\(samples, steps, 5\)"),
        ({"y": np.zeros((7, 2))}, r"y must have shape \(7, 3\)"),
        ({"weights": ()}, "5 weight arrays|weight arrays"),
    ],
)
def test_what_cannot_be_trained_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        engine.train([replace(make_job(), **change)])


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (LayerPlan(0), "units of layer 0 must be a positive integer, not 0"),
        (LayerPlan(2, dropout=1.5), r"dropout of layer 0 must lie in 0\.\.1, not 1\.5"),
        (LayerPlan(2, activation="own"), "it has no activation own"),
    ],
)
def test_what_the_engine_cannot_take(layer: LayerPlan, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        engine.train([make_job(layer)])


def test_dropping_everything_is_allowed() -> None:
    assert_same_run(make_job(LayerPlan(4, dropout=1.0), epochs=2))
