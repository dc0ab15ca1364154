"""The fast engine against the specification: functions, forward, and each gradient.

float32 against float64; the float32 specification sets the measure, and twice its error the limit.
Output buffers start as NaN, and with ``poison`` so does all of the engine's own memory: whatever
was read before it was written, or not written at all, would show.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from engine_cases import compare, error, make_job, reference_gradients, with_masks

from calloff.lstm import activations
from calloff.lstm.contract import HeadPlan, LayerPlan, Loss

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
INSTRUCTION_SETS = engine.instruction_sets()


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("name", engine.ACTIVATIONS)
def test_activations(name: str, instruction_set: str) -> None:
    side = np.geomspace(1e-20, 80, 40_000)
    z = np.concatenate([np.linspace(-20, 20, 80_001), side, -side]).astype(np.float32)
    value, slope = engine.activation(name, z, instruction_set=instruction_set)
    exact = activations.get(name)
    for found, function in ((value, exact.function), (slope, exact.derivative)):
        expected = function(z.astype(np.float64))
        ours, theirs = np.abs(found - expected), np.abs(function(z) - expected)
        unit = np.spacing(np.maximum(np.abs(expected), 1.0).astype(np.float32))
        assert (ours / unit).max() <= 2 * (theirs / unit).max() + 0.5


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
def test_tanh_and_sigmoid_are_good_to_two_units(instruction_set: str) -> None:
    """Relative accuracy, however small the result: 1.83 and 2.03 last places measured."""
    z = np.geomspace(1e-30, 60, 200_000).astype(np.float32)
    for name, points in itertools.product(("tanh", "sigmoid"), (z, -z)):
        value, _ = engine.activation(name, points, instruction_set=instruction_set)
        wide = points.astype(np.float64)
        expected = np.tanh(wide) if name == "tanh" else 1 / (1 + np.exp(-wide))
        unit = np.spacing(np.abs(expected).astype(np.float32))
        assert (np.abs(value - expected) / unit).max() < 2.2


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
def test_roots_are_rounded_as_those_of_the_processor(instruction_set: str) -> None:
    """All significands with both parities of the exponent; then all exponents, and what is no
    usual number."""
    rng = np.random.default_rng(1)
    every = np.arange(0x3F800000, 0x40800000, dtype=np.int32)
    any_bits = rng.integers(-(2**31), 2**31, 1_000_000, dtype=np.int32)
    ends = np.array([e << 23 for e in range(256)], dtype=np.int32)
    odd = np.concatenate([any_bits, ends, ends - 1, ends + 1, ends | -(2**31)])
    for bits in (every, odd, np.full(37, 0, dtype=np.int32)):
        x = bits.view(np.float32)
        with np.errstate(invalid="ignore"):
            expected = np.sqrt(x)
        found = engine.square_root(x, instruction_set=instruction_set)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", engine.ACTIVATIONS)
def test_activations_pass_on_what_is_not_a_number(name: str) -> None:
    for instruction_set in INSTRUCTION_SETS:
        value, _ = engine.activation(name, [np.nan, 0.0], instruction_set=instruction_set)
        assert np.isnan(value[0])
        assert np.isfinite(value[1])


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("activation", ["tanh", "relu", "swish", "softsign"])
def test_the_error_is_at_most_twice_that_of_numpy(activation: str, instruction_set: str) -> None:
    """Over many networks, so that luck evens out; measured: 1.0 to 1.3 times."""
    ours, theirs = [], []
    for seed in range(20):
        layers = LayerPlan(8, activation), LayerPlan(12, activation)
        job = make_job(*layers, steps=6, seed=seed, loss=Loss("mse"))
        _, expected = reference_gradients(job)
        _, single = reference_gradients(job, dtype=np.float32)
        _, found = engine.gradients(job, instruction_set=instruction_set)
        ours.append(error(found, expected))
        theirs.append(error(single, expected))
    assert np.linalg.norm(ours) <= 2 * np.linalg.norm(theirs)


PAIRS = [
    ("tanh", "sigmoid"),
    ("relu", "sigmoid"),
    ("relu", "hard_sigmoid"),
    ("gelu", "softsign"),
    ("swish", "sigmoid"),
]


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize(("activation", "recurrent"), PAIRS)
def test_gradients_of_every_option(activation: str, recurrent: str, instruction_set: str) -> None:
    for implementation, dropout, recurrent_dropout, backwards, masked in itertools.product(
        (1, 2), (0.0, 0.3), (0.0, 0.2), (False, True), (False, True)
    ):
        rates: dict[str, Any] = {
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "implementation": implementation,
        }
        job = make_job(
            LayerPlan(6, activation, recurrent, go_backwards=backwards, **rates),
            LayerPlan(9, activation, recurrent, use_bias=False, **rates),
            LayerPlan(17, activation, recurrent, go_backwards=backwards, **rates),
            loss=Loss("mse"),
        )
        compare(with_masks(job) if masked else job, instruction_set)


@pytest.mark.parametrize("name", engine.ACTIVATIONS)
def test_gradients_of_every_activation(name: str) -> None:
    job = make_job(LayerPlan(5, name, name), head=HeadPlan(2, name, use_bias=False))
    compare(job, INSTRUCTION_SETS[0])


@pytest.mark.parametrize(
    "loss",
    [
        Loss("mae"),
        Loss("mse"),
        Loss("huber", delta=0.7),
        Loss("pinball", quantiles=(0.1, 0.5, 0.9)),
    ],
)
def test_gradients_of_every_loss(loss: Loss) -> None:
    compare(with_masks(make_job(loss=loss)), INSTRUCTION_SETS[0])


@pytest.mark.parametrize("units", [1, 7, 8, 9, 16, 31, 33, 257])
def test_any_number_of_units(units: int) -> None:
    for instruction_set in INSTRUCTION_SETS:
        compare(make_job(LayerPlan(units), LayerPlan(3), loss=Loss("mse")), instruction_set)


@pytest.mark.parametrize(
    ("samples", "steps", "features", "outputs"),
    [(1, 1, 1, 1), (2, 200, 3, 1), (33, 2, 17, 9), (100, 3, 12, 1), (700, 2, 8, 20)],
)
def test_any_shape(samples: int, steps: int, features: int, outputs: int) -> None:
    for instruction_set in INSTRUCTION_SETS:
        job = make_job(
            LayerPlan(10, dropout=0.2, recurrent_dropout=0.1),
            LayerPlan(4, dropout=0.2),
            samples=samples,
            steps=steps,
            features=features,
            head=HeadPlan(outputs),
            loss=Loss("mse"),
        )
        compare(job, instruction_set, threads=2)


def test_what_pads_a_masked_step_is_never_looked_at() -> None:
    job = with_masks(make_job())
    assert job.mask is not None
    expected = engine.gradients(job)[1]
    job.x[~job.mask] = np.nan
    for gradient, same in zip(engine.gradients(job)[1], expected, strict=True):
        np.testing.assert_array_equal(gradient, same)


def test_no_samples_give_no_predictions() -> None:
    job = make_job()
    assert engine.predict(job.plan, job.weights, job.x[:0]).shape == (0, 3)


def test_an_activation_has_the_names_that_keras_knows() -> None:
    job, same = make_job(LayerPlan(3, "silu")), make_job(LayerPlan(3, "swish"))
    for gradient, expected in zip(engine.gradients(job)[1], engine.gradients(same)[1], strict=True):
        np.testing.assert_array_equal(gradient, expected)
