"""Networks out to Keras and back: the same predictions within 1e-5, and clear refusals."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_backend import MISSING

keras = pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)

from keras_helpers import inputs, randomise  # noqa: E402

from calloff import keras as ours_for_keras  # noqa: E402
from calloff.keras import from_keras, to_keras  # noqa: E402
from calloff.lstm import LSTM, Adam, Dense, Fitted, Network, load  # noqa: E402
from calloff.lstm.activations import BUILT_IN  # noqa: E402


def fitted(*layers: Any, features: int = 4, samples: int = 12, **options: Any) -> Fitted:
    """A network with random weights, trained a little."""
    network = Network(list(layers))
    rng = np.random.default_rng(1)
    x = inputs(rng, samples, 5, features)
    y = inputs(rng, samples, network.head.units)
    weights = [rng.normal(0, 0.4, w.shape).astype("float32") for w in network.build(features)]
    options = {"engine": "numpy", "epochs": 1, "initial_weights": weights} | options
    return network.fit(x, y, **options)


def same_predictions(model: Any, network: Fitted, mask: Any = None) -> None:
    x = inputs(np.random.default_rng(2), 7, 6, network.features)
    keep = None if mask is None else np.random.default_rng(3).random((7, 6)) < mask
    *recurrent, head = [layer for layer in model.layers if layer.weights]
    hidden = x
    for layer in recurrent:  # by hand: a model's own mask argument warns that it ends in the head
        hidden = layer(hidden, mask=keep)
    theirs = keras.ops.convert_to_numpy(head(hidden))
    np.testing.assert_allclose(theirs, network.predict(x, mask=keep), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("mask", [None, 0.5])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("go_backwards", list(itertools.product([False, True], repeat=2)))
def test_there_and_back(
    go_backwards: tuple[bool, bool], use_bias: bool, mask: float | None
) -> None:
    network = fitted(
        LSTM(6, return_sequences=True, go_backwards=go_backwards[0], dropout=0.1),
        LSTM(3, go_backwards=go_backwards[1], use_bias=use_bias, recurrent_dropout=0.2),
        Dense(2, use_bias=not use_bias, activation="softsign"),
    )
    model = to_keras(network)
    same_predictions(model, network, mask)
    again = from_keras(model)
    same_predictions(model, again, mask)
    assert again.network.plan(4) == network.network.plan(4)
    for mine, other in zip(again.weights, network.weights, strict=True):
        np.testing.assert_array_equal(mine, other.astype("float32"))


@pytest.mark.parametrize("activation", BUILT_IN)
def test_activations(activation: str) -> None:
    recurrent = {"activation": activation, "recurrent_activation": activation}
    network = fitted(LSTM(3, **recurrent), Dense(2, activation=activation))
    model = to_keras(network)
    same_predictions(model, network)
    assert from_keras(model).network.plan(4) == network.network.plan(4)


def test_penalties_and_constraints_come_along() -> None:
    """A plan has no room for them; the exchange keeps them all the same."""
    options = {
        "kernel_regularizer": "l2",
        "recurrent_regularizer": {"class_name": "OrthogonalRegularizer", "config": {"factor": 0.2}},
        "bias_regularizer": "l1",
        "activity_regularizer": "l1_l2",
        "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 1.5}},
        "recurrent_constraint": "unit_norm",
        "bias_constraint": "non_neg",
        "kernel_initializer": "he_normal",
        "bias_initializer": "ones",
        "unit_forget_bias": False,
        "zero_output_for_mask": True,
        "implementation": 1,
    }
    network = fitted(LSTM(3, **options), Dense(1, kernel_regularizer="l2"))
    model = to_keras(network)
    theirs = [float(keras.ops.convert_to_numpy(loss)) for loss in model.losses]
    assert len(theirs) == 4  # the activity's comes with a call
    same_predictions(model, network, 0.5)
    again = from_keras(model)
    assert again.network.extras().used() == network.network.extras().used()
    assert again.network.layers[0].implementation == 1
    ours = [float(r.value(w)) for r, w in penalties(again)]
    assert sorted(ours) == pytest.approx(sorted(theirs), rel=1e-5)


def penalties(network: Fitted) -> list[tuple[Any, Any]]:
    pairs = zip(network.network.extras().regularizers, network.weights, strict=True)
    return [(r, w) for r, w in pairs if r is not None]


def test_stateful_networks_need_a_batch_size() -> None:
    network = fitted(LSTM(3, stateful=True), Dense(1), batch_size=4, shuffle=False)
    with pytest.raises(ValueError, match=r"layer 0 \(LSTM\) is stateful.*batch_size="):
        to_keras(network)
    model = to_keras(network, batch_size=4)
    x = inputs(np.random.default_rng(4), 8, 5, 4)
    theirs = np.concatenate([keras.ops.convert_to_numpy(model(part)) for part in (x[:4], x[4:])])
    np.testing.assert_allclose(theirs, network.predict(x, batch_size=4), rtol=0, atol=1e-5)
    assert from_keras(model).network.layers[0].stateful


def test_a_function_of_ones_own_stays_at_home() -> None:
    own = (np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    with pytest.raises(ValueError, match=r"layer 0 \(LSTM\): activation is a function of your own"):
        to_keras(fitted(LSTM(3, activation=own), Dense(1)))


def test_from_a_functional_model_with_our_layer_and_on_to_disk(tmp_path: Path) -> None:
    start = keras.Input((None, 4))
    hidden = ours_for_keras.LSTM(3, return_sequences=True, implementation=1)(start)
    end = keras.layers.Dense(2)(keras.layers.LSTM(5, activation="silu")(hidden))
    model = keras.Model(start, end, name="press_7")
    randomise(model, np.random.default_rng(5))
    network = from_keras(model)
    assert (network.name, network.engine.name) == ("press_7", "keras")
    assert [layer.implementation for layer in network.network.layers] == [1, 2]
    network.save(tmp_path / "press_7")
    same_predictions(model, load(tmp_path / "press_7"))


def test_a_network_from_keras_can_be_trained_on() -> None:
    model = keras.Sequential([keras.Input((5, 4)), keras.layers.LSTM(3), keras.layers.Dense(1)])
    network = from_keras(model)
    rng = np.random.default_rng(6)
    x, y = inputs(rng, 16, 5, 4), inputs(rng, 16, 1)
    more = network.network.fit(
        x, y, initial_weights=network.weights, epochs=5, engine="numpy", optimizer=Adam(0.01)
    )
    assert more.evaluate(x, y) < network.evaluate(x, y)


def test_all_that_is_in_the_way_is_named_at_once() -> None:
    @keras.saving.register_keras_serializable(package="test")
    def own(z: Any) -> Any:
        return z

    model = keras.Sequential(
        [
            keras.Input((5, 4)),
            keras.layers.LSTM(3, activation=own, return_sequences=True, trainable=False, name="a"),
            keras.layers.Dropout(0.2, name="b"),
            keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True), name="c"),
            keras.layers.LSTM(
                3, recurrent_activation=keras.layers.LeakyReLU(0.4), dtype="mixed_float16", name="d"
            ),
            keras.layers.Dense(2, activity_regularizer="l2", activation="softmax", name="e"),
        ],
        name="press_8",
    )
    with pytest.raises(ValueError, match="press_8") as caught:
        from_keras(model)
    lines = str(caught.value).splitlines()
    expected = [
        ("'a'", "trainable"),
        ("'a'", "activation"),
        ("'b'", "(Dropout) must be an LSTM"),
        ("'c'", "(Bidirectional) must be an LSTM"),
        ("'d'", "mixed_float16"),
        ("'d'", "recurrent_activation"),
        ("'e'", "activity_regularizer"),
        ("'e'", "softmax"),
    ]
    for layer, option in expected:
        assert any(layer in line and option in line for line in lines), (layer, option, lines)
    assert len(lines) == len(expected) + 2


def test_shapes_that_are_no_chain_are_refused() -> None:
    one, two = keras.Input((5, 4)), keras.Input((5, 4))
    lstm = keras.layers.LSTM(3)
    joined = keras.layers.Dense(1)(keras.layers.Add()([lstm(one), lstm(two)]))
    with pytest.raises(ValueError, match="not one chain"):
        from_keras(keras.Model([one, two], joined))
    sequence = keras.layers.LSTM(3, return_sequences=True)
    with pytest.raises(ValueError, match=r"return_sequences=False"):
        from_keras(keras.Sequential([one, sequence, keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="it needs an LSTM and a Dense one"):
        from_keras(keras.Sequential([one, keras.layers.Dense(1)]))
    for thing in (keras.Sequential([keras.layers.LSTM(3)]), "a model", None):
        with pytest.raises(ValueError, match="a built Keras model is needed"):
            from_keras(thing)
