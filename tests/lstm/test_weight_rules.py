"""Regularizers and constraints in the fast engine, against the specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from engine_cases import error, make_job, nans_like, with_masks, with_validation
from rule_cases import CONSTRAINTS, REGULARIZERS, on_matrices

from calloff.lstm import LSTM, Adam, Dense, Network, stack, train
from calloff.lstm.constraints import MaxNorm
from calloff.lstm.contract import Job, LayerPlan, Loss
from calloff.lstm.regularizers import L1, L1L2, L2, OrthogonalRegularizer
from calloff.lstm.stack import Extras

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
SETS = engine.instruction_sets()


def specified(job: Job, extras: Extras, dtype: Any = np.float64) -> tuple[float, Any]:
    data = train.training_data(job, dtype)
    weights = tuple(w.astype(dtype) for w in job.weights)
    masks = stack.all_dropout_masks(
        job.plan, seed=job.seed, batch=0, samples=len(job.x), dtype=dtype
    )
    loss, gradients, _ = train.loss_and_gradients(
        job, weights, data=data, dropouts=masks, extras=extras
    )
    return float(loss), gradients


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("regularizer", REGULARIZERS, ids=str)
@pytest.mark.parametrize("units", [3, 8, 17, 33, 64, 70])
def test_gradients_of_penalties(units: int, regularizer: Any, instruction_set: str) -> None:
    job = make_job(LayerPlan(units), LayerPlan(5, use_bias=False), loss=Loss("mse"), features=7)
    job.weights[0][0] = 0.0  # where |w| and a row's norm have no derivative
    extras = Extras(regularizers=on_matrices(job, regularizer, L1L2(0.1, 0.2)))
    loss, expected = specified(job, extras)
    _, single = specified(job, extras, np.float32)
    found, gradients = engine.gradients(
        job, extras=extras, instruction_set=instruction_set, out=nans_like(job.weights), poison=True
    )
    assert found == pytest.approx(loss, rel=3e-6)
    assert error(gradients, expected) <= 2 * error(single, expected) + 1e-6
    plain, without = engine.gradients(job, instruction_set=instruction_set)
    assert found > plain + 1e-3
    assert error(without, expected) > 1e-3


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("units", [8, 70])
def test_rows_at_right_angles_do_not_move_each_other(units: int, instruction_set: str) -> None:
    """The sign of a cosine that is exactly 0 is 0, also where signs are kept as bits."""
    job = make_job(LayerPlan(units), loss=Loss("mse"))
    recurrent_kernel = job.weights[1]
    recurrent_kernel[1, ::2] = 0.0
    recurrent_kernel[5, 1::2] = 0.0
    recurrent_kernel[7] = 0.0
    extras = Extras(regularizers=on_matrices(job, OrthogonalRegularizer(0.4)))
    _, expected = specified(job, extras)
    _, gradients = engine.gradients(job, extras=extras, instruction_set=instruction_set)
    assert error(gradients, expected) <= 1e-5


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
@pytest.mark.parametrize("regularizer", [None, L1L2(0.001, 0.01), OrthogonalRegularizer(0.05)])
def test_a_whole_training(constraint: Any, regularizer: Any, instruction_set: str) -> None:
    """Losses, validation and weights of every epoch, clipped and decayed as well."""
    job = make_job(
        LayerPlan(9, dropout=0.2), LayerPlan(6), samples=12, epochs=6, batch_size=5,
        loss=Loss("mse"), clipnorm=0.5, weight_decay=0.01, learning_rate=0.01,
    )  # fmt: skip
    job = with_validation(with_masks(job))
    on_bias = constraint if getattr(constraint, "axis", 0) in (0, -1) else None
    extras = Extras(
        regularizers=on_matrices(job, regularizer, regularizer and L2(0.1)) if regularizer else (),
        constraints=on_matrices(job, constraint, on_bias),
    )
    (expected,) = train.train([job], extras=[extras])
    (found,) = engine.train([job], extras=[extras], instruction_set=instruction_set, poison=True)
    np.testing.assert_allclose(found.loss, expected.loss, rtol=2e-4)
    np.testing.assert_allclose(found.val_loss, expected.val_loss, rtol=2e-4)
    for mine, theirs in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-4)
    (unbound,) = engine.train([job], instruction_set=instruction_set)
    assert abs(unbound.loss[-1] - found.loss[-1]) > 1e-4


@pytest.mark.parametrize("instruction_set", SETS)
def test_any_number_of_threads_gives_the_same_bits(instruction_set: str) -> None:
    job = make_job(LayerPlan(48), samples=200, epochs=2, batch_size=128, loss=Loss("mse"))
    extras = Extras(
        regularizers=on_matrices(job, OrthogonalRegularizer(0.1), L1(0.1)),
        constraints=on_matrices(job, MaxNorm(0.8)),
    )
    results = [
        engine.train([job, job], extras=[extras] * 2, threads=n, instruction_set=instruction_set)
        for n in (1, 2, 8)
    ]
    bits = {b"".join(w.tobytes() for o in run for w in (*o.weights, o.loss)) for run in results}
    assert len(bits) == 1


def test_weights_that_are_no_number_are_not_hidden() -> None:
    job = make_job(LayerPlan(5), epochs=2)
    job.weights[1][2, 3] = np.nan
    for constraint in CONSTRAINTS:
        extras = Extras(constraints=on_matrices(job, constraint))
        (outcome,) = engine.train([job], extras=[extras])
        assert outcome.failed_epoch == 0


@dataclass(frozen=True)
class Own(L2):
    """A penalty of one's own: a subclass may do anything."""


X, Y = np.random.default_rng(0).normal(size=(12, 3, 2)), np.ones((12, 1))


def test_a_network_with_penalties_is_trained_by_the_fast_engine() -> None:
    network = Network(
        [
            # Drawn so that no cosine is 0, whose sign would be rounding alone.
            LSTM(
                6,
                kernel_regularizer="l2",
                recurrent_regularizer="orthogonal_regularizer",
                recurrent_initializer="glorot_uniform",
            ),
            Dense(
                1, bias_regularizer="l1", kernel_constraint="max_norm", bias_constraint="non_neg"
            ),
        ]
    )
    options: dict[str, Any] = {"epochs": 4, "batch_size": 4, "verbose": 0, "optimizer": Adam(0.01)}
    fast, slow = (network.fit(X, Y, engine=name, **options) for name in ("auto", "numpy"))
    assert (fast.engine.name, slow.engine.name) == ("cpp", "numpy")
    np.testing.assert_allclose(fast.history["loss"], slow.history["loss"], rtol=1e-5)
    assert fast.evaluate(X, Y) == pytest.approx(slow.evaluate(X, Y), rel=1e-5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kernel_regularizer": Own(0.1)}, "it has no regularizers of your own"),
        ({"kernel_constraint": np.abs}, "it has no constraints of your own"),
        ({"kernel_constraint": MaxNorm(axis=(0, 1))}, "it has no constraints of your own"),
    ],
)
def test_what_is_of_ones_own_is_for_the_readable_engine(options: Any, told: str) -> None:
    fitted = Network([LSTM(3, **options), Dense(1)]).fit(X, Y, verbose=0)
    assert fitted.engine.name == "numpy"
    assert told in fitted.engine.reason
