"""Static features: those that are the same at all steps, which the fast engine multiplies once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_cases import (
    bits,
    compare,
    error,
    exact,
    make_job,
    with_masks,
    with_validation,
)

from calloff.lstm import LSTM, Dataset, Dense, Network, checks, load, train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss
from calloff.lstm.sequences import with_static

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
INSTRUCTION_SETS = engine.instruction_sets()


def split_job(*layers: LayerPlan, static: int, **options: Any) -> tuple[Job, Job]:
    """A job with static features, and the same job that reads them at each step."""
    job = make_job(*layers, **options)
    same = exact(np.random.default_rng(9).normal(size=(len(job.x), static)))
    job = replace(job, x=job.x[:, :, : job.plan.features - static], static=same)
    return job, replace(job, x=with_static(job.x, same), static=None)


SHAPES = {
    "many static": ((LayerPlan(32),), 54, 38, 40),
    "one of each": ((LayerPlan(3),), 2, 1, 5),
    "reading backwards": ((LayerPlan(9, "relu", go_backwards=True), LayerPlan(5)), 21, 17, 7),
    "without bias": ((LayerPlan(20, use_bias=False),), 37, 5, 33),
    "a derivative that needs z": ((LayerPlan(17, "swish"),), 19, 16, 70),
    "recurrent dropout": ((LayerPlan(24, recurrent_dropout=0.3),), 12, 8, 9),
    "dropout of the second layer": ((LayerPlan(8), LayerPlan(8, dropout=0.4)), 30, 3, 11),
    "one sample": ((LayerPlan(16),), 10, 4, 1),
    "shared units": ((LayerPlan(520),), 40, 24, 6),
}


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("steps", [1, 6])
@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_and_predictions(shape: str, steps: int, instruction_set: str) -> None:
    layers, features, static, samples = SHAPES[shape]
    job, joined = split_job(
        *layers, static=static, features=features, samples=samples, steps=steps, loss=Loss("mse")
    )
    compare(job, instruction_set)
    said = engine.predict(
        job.plan, job.weights, job.x, static=job.static, instruction_set=instruction_set,
        poison=True,
    )  # fmt: skip
    np.testing.assert_allclose(
        said, engine.predict(joined.plan, joined.weights, joined.x), atol=3e-6
    )


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
def test_training_gives_the_same_bits_for_any_number_of_threads(instruction_set: str) -> None:
    job, joined = split_job(
        LayerPlan(32), LayerPlan(16), static=20, features=30, samples=150, epochs=3, batch_size=128
    )
    once = engine.train([job], threads=1, instruction_set=instruction_set)[0]
    for threads in (2, 8):
        again = engine.train([job], threads=threads, instruction_set=instruction_set)[0]
        assert bits(again) == bits(once)
    whole = engine.train([joined], instruction_set=instruction_set)[0]
    assert error(once.weights, whole.weights) < 1e-5
    assert bits(whole) != bits(once)  # else the features were read at each step


def test_a_prediction_does_not_depend_on_the_other_samples() -> None:
    job, _ = split_job(LayerPlan(32), static=20, features=30, samples=90)
    whole = engine.predict(job.plan, job.weights, job.x, static=job.static)
    some = slice(40, 75)
    part = engine.predict(job.plan, job.weights, job.x[some], static=job.static[some])
    np.testing.assert_array_equal(part, whole[some])
    nothing = engine.predict(job.plan, job.weights, job.x[:0], static=job.static[:0])
    assert nothing.shape == (0, 3)


@pytest.mark.parametrize("reason", ["mask", "mask of validation", "dropout"])
def test_where_all_inputs_of_a_step_are_masked_they_are_read_at_each(reason: str) -> None:
    layer = LayerPlan(8, dropout=0.3 if reason == "dropout" else 0.0)
    job, _ = split_job(layer, static=3, features=7, samples=20, epochs=2, batch_size=8)
    job = with_masks(job) if reason == "mask" else job
    job = with_validation(job)
    job = replace(job, val_static=job.static[: len(job.val_x)])
    if reason == "mask of validation":
        job = replace(job, val_mask=np.arange(4) < np.full((len(job.val_x), 1), 3))
    joined = replace(
        job, x=with_static(job.x, job.static), static=None,
        val_x=with_static(job.val_x, job.val_static), val_static=None,
    )  # fmt: skip
    assert bits(engine.train([job])[0]) == bits(engine.train([joined])[0])
    if reason != "mask":
        return
    said = engine.predict(job.plan, job.weights, job.x, job.mask, static=job.static)
    whole = engine.predict(job.plan, job.weights, joined.x, job.mask)
    np.testing.assert_array_equal(said, whole)


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize(("units", "static"), [(8, 2), (6, 17), (4, 1)])
def test_side_by_side_networks_give_the_same_bits_as_alone(
    units: int, static: int, instruction_set: str
) -> None:
    jobs = [
        split_job(
            LayerPlan(units), LayerPlan(8), static=static, features=static + 3, head=HeadPlan(1),
            samples=30, seed=seed, epochs=3, batch_size=4,
        )[0]
        for seed in range(16)
    ]  # fmt: skip
    groups = engine.groups(jobs, threads=1, instruction_set=instruction_set)
    fills = instruction_set == "sse2" or (instruction_set, units) == ("avx512", 4)
    assert len(groups) == 16 if fills else len(groups) < 16  # it may fill vectors by itself
    side_by_side = engine.train(jobs, threads=1, instruction_set=instruction_set)
    for job, outcome in zip(jobs, side_by_side, strict=True):
        assert bits(outcome) == bits(engine.train([job], instruction_set=instruction_set)[0])


def test_the_readable_engine_reads_them_at_each_step() -> None:
    job, joined = split_job(LayerPlan(4), static=2, features=5, epochs=2, batch_size=3)
    assert bits(train.train([job])[0]) == bits(train.train([joined])[0])


g = np.random.default_rng(2)
X, STATIC, Y = g.normal(size=(40, 5, 3)), g.normal(size=(40, 6)), g.normal(size=40)
NETWORK = Network([LSTM(7), Dense(1)])


@pytest.mark.parametrize("name", ["cpp", "numpy"])
def test_fit_predict_and_evaluate(name: str) -> None:
    options: dict[str, Any] = {"epochs": 3, "validation_split": 0.25, "engine": name, "verbose": 0}
    fitted = NETWORK.fit(X, Y, static=STATIC, **options)
    whole = with_static(X, STATIC)
    plain = NETWORK.fit(whole, Y, **options)
    assert fitted.features == plain.features == 9
    for ours, theirs in zip(fitted.weights, plain.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6)
    np.testing.assert_allclose(fitted.history["val_loss"], plain.history["val_loss"], rtol=1e-5)
    said = fitted.predict(X, static=STATIC, engine=name)
    np.testing.assert_allclose(said, fitted.predict(whole, engine=name), atol=1e-6)
    scored = fitted.evaluate(X[30:], Y[30:], static=STATIC[30:])
    assert scored == pytest.approx(fitted.history["val_loss"][-1], rel=1e-5)


@pytest.mark.parametrize("features", [1, 3])
def test_sequences_of_unequal_length(features: int) -> None:
    x = [each[: 2 + n % 4, :features] for n, each in enumerate(X)]
    fitted = NETWORK.fit(x, Y, static=STATIC, epochs=2, verbose=0)
    whole = [np.hstack([a, np.tile(b, (len(a), 1))]) for a, b in zip(x, STATIC, strict=True)]
    said = fitted.predict(x, static=STATIC)
    np.testing.assert_array_equal(said, fitted.predict(whole))
    readable = fitted.predict(x, static=STATIC, engine="numpy")
    np.testing.assert_allclose(said, readable, atol=1e-6)


def test_how_many_there_were_is_saved_with_the_network(tmp_path: Path) -> None:
    fitted = NETWORK.fit(X, Y, static=STATIC, verbose=0)
    fitted.save(tmp_path / "network")
    assert load(tmp_path / "network").static == fitted.static == 6
    description = tmp_path / "network" / "network.json"
    before = json.loads(description.read_text("utf-8"))
    del before["static"]  # as it was written before there were any
    description.write_text(json.dumps(before), "utf-8")
    assert load(tmp_path / "network").static == 0


def test_validation_samples_have_as_many() -> None:
    given = Dataset(X[:9], Y[:9], static=STATIC[:9])
    fitted = NETWORK.fit(X, Y, static=STATIC, validation_data=given, verbose=0)
    assert fitted.history["val_loss"][0] == pytest.approx(
        fitted.evaluate(X[:9], Y[:9], static=STATIC[:9]), rel=1e-5
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"static": STATIC[:39]}, "one row of features for each of the 40 samples"),
        ({"static": STATIC[:, :0]}, r"not \(40, 0\)"),
        ({"static": STATIC[0]}, r"not \(6,\)"),
        ({"static": "six"}, "static must be an array of numbers"),
        (
            {"static": np.where(STATIC > 2, np.nan, STATIC)},
            r"finite .* feature \d\. Fill it or leave",
        ),
        ({"static": STATIC, "validation_data": (X, Y)}, "6 static features.* not 0.* Dataset"),
        ({"validation_data": Dataset(X, Y, static=STATIC)}, "must have 0 static features.* not 6"),
    ],
)
def test_what_cannot_be_used_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NETWORK.fit(X, Y, verbose=0, **given)


def test_a_prediction_needs_the_features_that_were_fitted() -> None:
    fitted = NETWORK.fit(X, Y, static=STATIC, verbose=0)
    with pytest.raises(ValueError, match=r"fitted to 9 features, 6 of them static; x has 3$"):
        fitted.predict(X)
    with pytest.raises(ValueError, match=r"6 of them static; x has 3 and static 2$"):
        fitted.predict(X, static=STATIC[:, :2])
    with pytest.raises(ValueError, match=r"6 of them static; x has 4 and static 5$"):
        fitted.predict(with_static(X, STATIC[:, :1]), static=STATIC[:, 1:])
    with pytest.raises(ValueError, match="each of the 40 samples"):
        fitted.predict(X, static=STATIC[:3])


def test_the_engine_checks_shapes_by_itself() -> None:
    job, _ = split_job(LayerPlan(4), static=2, features=5)
    many = np.zeros((len(job.x), 5))
    for wrong in (job.static[:-1], job.static[0], job.static[:, :0], np.float64(1), many):
        with pytest.raises(ValueError, match="static must"):
            checks.check(replace(job, static=wrong))
        with pytest.raises(ValueError, match="static must"):
            engine.predict(job.plan, job.weights, job.x, static=wrong)
    with pytest.raises(ValueError, match=r"x must have shape \(samples, steps, 4\)"):
        checks.check(replace(job, static=job.static[:, :1]))
    with pytest.raises(ValueError, match="val_static needs val_x"):
        checks.check(replace(job, val_static=job.static))
    with pytest.raises(ValueError, match="static and val_static must be given together"):
        checks.check(replace(job, val_x=job.x, val_y=job.y))
    with pytest.raises(ValueError, match="val_static must have shape"):
        checks.check(replace(job, val_x=job.x, val_y=job.y, val_static=job.static[:2]))
