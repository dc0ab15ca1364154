"""Which engine predicts, that it says so, and that both say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calloff.lstm import LSTM, Dense, EngineCannot, EngineMissing, Fitted, Network, engines

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
g = np.random.default_rng(3)
X = g.normal(size=(40, 5, 3)).astype(np.float32)
Y = X[:, 0, :2]
MASK = g.random((40, 5)) > 0.3


def fitted(*options: dict[str, Any], **fit: Any) -> Fitted:
    first, last = options if len(options) == 2 else ({}, *options, {})[:2]
    layers = [LSTM(6, return_sequences=True, **first), LSTM(9, **last), Dense(2)]
    return Network(layers).fit(X, Y, epochs=2, verbose=0, **fit)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu", "go_backwards": True},
        {"kernel_regularizer": "l2", "recurrent_constraint": "unit_norm"},
        {"activity_regularizer": "l1", "dropout": 0.3, "recurrent_dropout": 0.2},
    ],
    ids=str,
)
def test_the_engine_predicts_what_numpy_does(options: dict[str, Any], mask: Any) -> None:
    network = fitted(options, options)
    if any(w.dtype != np.float32 for w in network.weights):  # trained by NumPy
        network = replace(network, weights=tuple(w.astype(np.float32) for w in network.weights))
    choice = network.prediction_engine()
    assert choice[:2] == ("cpp", "it supports all that is asked")
    assert choice.instruction_set in engine.instruction_sets()
    fast = network.predict(X, mask=mask)
    assert fast.dtype == np.float32
    np.testing.assert_array_equal(fast, network.predict(X, mask=mask, engine="cpp", threads=1))
    slow = network.predict(X, mask=mask, engine="numpy")
    np.testing.assert_allclose(fast, slow, atol=1e-6)
    assert (fast != slow).any()  # another arithmetic, so another last digit


def test_the_engine_that_is_said_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    network = fitted()
    calls: list[Any] = []
    monkeypatch.setattr(engine, "predict", lambda *given, **options: calls.append(given) or Y)
    network.predict(X)
    assert len(calls) == 1
    network.predict(X, engine="numpy")
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"zero_output_for_mask": True}, "zero output for mask"),
        ({"stateful": True}, "stateful"),
        ({"activation": (np.sin, np.cos)}, "activation sin, a function of your own"),
    ],
)
def test_what_the_engine_lacks_is_predicted_by_numpy(options: dict[str, Any], told: str) -> None:
    network = fitted(options, shuffle=False, batch_size=10)
    network = replace(network, weights=tuple(w.astype(np.float32) for w in network.weights))
    choice = network.prediction_engine()
    assert (choice.name, choice.instruction_set) == ("numpy", "")
    assert told in choice.reason
    assert network.predict(X, batch_size=10).shape == Y.shape
    with pytest.raises(EngineCannot, match=f"cannot predict this: it has no {told}"):
        network.predict(X, engine="cpp")


def test_weights_in_float64_keep_their_digits() -> None:
    network = fitted(engine="numpy")
    assert network.prediction_engine().name == "numpy"
    assert "not float32" in network.prediction_engine().reason
    assert network.predict(X.astype(np.float64)).dtype == np.float64
    assert network.predict(X, engine="cpp").dtype == np.float32


def test_without_the_engine_numpy_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    network = fitted()
    monkeypatch.setattr(engines, "FAST", "calloff.lstm.not_built")
    assert "not in this installation" in network.prediction_engine().reason
    np.testing.assert_array_equal(network.predict(X), network.predict(X, engine="numpy"))
    with pytest.raises(EngineMissing):
        network.predict(X, engine="cpp")


@pytest.mark.parametrize("samples", [1, 40, 3000])
def test_small_and_large(samples: int) -> None:
    """The calling thread predicts few samples, several threads many; no sample sees another."""
    network = fitted()
    x = np.resize(X, (samples, 5, 3))
    together = network.predict(x)
    np.testing.assert_array_equal(together[:1], network.predict(x[:1]))
    np.testing.assert_array_equal(together, network.predict(x, threads=3))


def test_wrong_options_are_named() -> None:
    with pytest.raises(ValueError, match="engine must be one of auto, cpp, numpy, not 'torch'"):
        fitted().predict(X, engine="torch")
    with pytest.raises(ValueError, match="threads must be a positive integer, not 0"):
        fitted().predict(X, threads=0)
