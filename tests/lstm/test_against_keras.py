"""The specification against Keras itself: its own layer, and its own training, in float32.

The runs are short: relu and float32 make two right programs drift apart after some 50 epochs.
"""

from __future__ import annotations

import itertools
import os
import warnings
from typing import Any

import numpy as np
import pytest

from calloff.lstm import (
    LSTM,
    Adam,
    Dense,
    EarlyStopping,
    Network,
    ReduceLROnPlateau,
    activations,
    constraints,
    regularizers,
)
from calloff.lstm.reference import State, Weights

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # each graph runs once
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed: pip install keras jax")
    pytest.importorskip(keras.backend.backend(), reason="Keras's backend is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs are not ours to mend

N, T, F, H = 3, 5, 2, 4
g = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return g.normal(size=shape).astype(np.float32)


X = normal(N, T, F)
WEIGHTS = Weights(normal(F, 4 * H), normal(H, 4 * H), normal(4 * H))
STATE = State(normal(N, H), normal(N, H))
# The step that is read first is never masked: there Keras's backends disagree with each other.
MASK = np.array([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 1, 1, 1, 1]], dtype=bool)


@pytest.mark.parametrize(
    ("activation", "recurrent", "sequences", "backwards", "masked"),
    list(itertools.product(["tanh", "relu"], ["sigmoid", "hard_sigmoid"], *[[False, True]] * 3)),
)
def test_layer(
    activation: str, recurrent: str, sequences: bool, backwards: bool, masked: bool
) -> None:
    options: dict[str, Any] = {
        "activation": activation,
        "recurrent_activation": recurrent,
        "return_sequences": sequences,
        "go_backwards": backwards,
        "zero_output_for_mask": sequences,
        "return_state": True,
    }
    theirs = keras.layers.LSTM(H, **options)
    theirs.build((N, T, F))
    theirs.set_weights(list(WEIGHTS))
    mask = MASK if masked else None
    expected = theirs(X, mask=mask, initial_state=list(STATE))
    found = LSTM(H, **options)(WEIGHTS, X, mask=mask, initial_state=STATE)
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", activations.BUILT_IN)
def test_activations(name: str) -> None:
    z = np.linspace(-6, 6, 101, dtype=np.float32)
    expected = np.asarray(keras.activations.get(name)(z))
    np.testing.assert_allclose(activations.get(name).function(z), expected, rtol=1e-5, atol=1e-6)


PENALTIES = [
    ("L1", {"l1": 0.1}),
    ("L2", {"l2": 0.1}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "rows"}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
]


@pytest.mark.parametrize(("kind", "options"), PENALTIES)
def test_regularizers(kind: str, options: dict[str, Any]) -> None:
    w = normal(6, 4)
    expected = float(getattr(keras.regularizers, kind)(**options)(keras.ops.convert_to_tensor(w)))
    found = regularizers.get({"class_name": kind, "config": options})
    assert found is not None
    assert float(found.value(w)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("MaxNorm", {"max_value": 1.5}),
        ("MinMaxNorm", {"min_value": 1.9, "max_value": 2.1, "rate": 0.7}),
        ("NonNeg", {}),
        ("UnitNorm", {"axis": 1}),
    ],
)
def test_constraints(kind: str, options: dict[str, Any]) -> None:
    w = normal(6, 4)
    expected = np.asarray(getattr(keras.constraints, kind)(**options)(w))
    found = constraints.get({"class_name": kind, "config": options})
    assert found is not None
    np.testing.assert_allclose(found(w), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "adam"),
    [
        ("mae", {"clipnorm": 0.5, "weight_decay": 0.01}),
        ("huber", {"global_clipnorm": 0.3}),
        ("mse", {"clipvalue": 0.05}),
    ],
)
def test_training(loss: str, adam: dict[str, float]) -> None:
    """The same weights, the same order: the same curves, with every callback at work."""
    options: dict[str, Any] = {
        "sample_weight": np.linspace(0.5, 2.0, 30).astype(np.float32),
        "validation_data": (normal(5, 3, 4), normal(5, 1)),
        "epochs": 12,
        "batch_size": 4,
        "shuffle": False,
        "verbose": 0,
    }
    x, y = normal(30, 3, 4), normal(30, 1)
    network = Network(
        [
            LSTM(6, activation="relu", return_sequences=True, kernel_regularizer="l2"),
            LSTM(5, recurrent_constraint="max_norm"),
            Dense(1),
        ]
    )
    weights = network.build(4, seed=1)
    layers = keras.layers
    theirs = keras.Sequential(
        [
            layers.Input((3, 4)),
            layers.LSTM(6, activation="relu", return_sequences=True, kernel_regularizer="l2"),
            layers.LSTM(5, recurrent_constraint="max_norm"),
            layers.Dense(1),
        ]
    )
    theirs.set_weights(list(weights))
    theirs.compile(optimizer=keras.optimizers.Adam(3e-3, **adam), loss=loss)
    plateau = {"patience": 1, "factor": 0.5, "min_delta": 0.01}
    stopping = {"patience": 4, "min_delta": 0.01, "restore_best_weights": True}
    callbacks = keras.callbacks
    expected = theirs.fit(
        x,
        y,
        callbacks=[callbacks.ReduceLROnPlateau(**plateau), callbacks.EarlyStopping(**stopping)],
        **options,
    ).history
    found = network.fit(
        x,
        y,
        loss=loss,
        optimizer=Adam(3e-3, **adam),
        initial_weights=weights,
        callbacks=[ReduceLROnPlateau(**plateau), EarlyStopping(**stopping)],
        engine="numpy",
        **options,
    )
    for name in ("loss", "val_loss", "learning_rate"):
        np.testing.assert_allclose(found.history[name], expected[name], rtol=1e-4)
    for mine, other in zip(found.weights, theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)
