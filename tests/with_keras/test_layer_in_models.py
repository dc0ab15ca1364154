"""Our layer at work: configs, models, saving, states that are carried, time-major, clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_backend import MISSING

keras = pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)

from keras_helpers import (  # noqa: E402
    BATCH,
    FEATURES,
    STEPS,
    UNITS,
    close,
    inputs,
    numpy,
    randomise,
)

from calloff.keras import LSTM, LSTMCell  # noqa: E402

EVERYTHING = {
    "activation": "relu",
    "recurrent_activation": "hard_sigmoid",
    "use_bias": False,
    "kernel_initializer": "he_normal",
    "recurrent_initializer": "glorot_normal",
    "bias_initializer": "ones",
    "unit_forget_bias": False,
    "kernel_regularizer": "l2",
    "recurrent_regularizer": keras.regularizers.OrthogonalRegularizer(0.1),
    "bias_regularizer": "l1",
    "kernel_constraint": keras.constraints.MaxNorm(3),
    "recurrent_constraint": "unit_norm",
    "bias_constraint": "non_neg",
    "dropout": 0.1,
    "recurrent_dropout": 0.2,
    "seed": 5,
}
OF_LAYER = {
    "activity_regularizer": keras.regularizers.L1(0.1),
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "stateful": True,
    "unroll": True,
    "zero_output_for_mask": True,
    "trainable": False,
    "dtype": "float64",
}


def without_name(layer: Any) -> dict[str, Any]:
    return {k: v for k, v in layer.get_config().items() if k != "name"}


@pytest.mark.parametrize("options", [{}, EVERYTHING, EVERYTHING | OF_LAYER])
def test_config_is_keras_own(options: dict[str, Any]) -> None:
    ours = LSTM(UNITS, **options)
    assert without_name(ours) == without_name(keras.layers.LSTM(UNITS, **options))
    assert LSTM.from_config(ours.get_config()).get_config() == ours.get_config()


@pytest.mark.parametrize("options", [{}, EVERYTHING])
def test_config_of_the_cell_is_keras_own(options: dict[str, Any]) -> None:
    ours = LSTMCell(UNITS, **options)
    assert without_name(ours) == without_name(keras.layers.LSTMCell(UNITS, **options))
    assert LSTMCell.from_config(ours.get_config()).get_config() == ours.get_config()


def test_arguments_and_defaults_are_keras_own() -> None:
    import inspect

    for ours, theirs in ((LSTM, keras.layers.LSTM), (LSTMCell, keras.layers.LSTMCell)):
        expected = inspect.signature(theirs.__init__).parameters.values()
        found = inspect.signature(ours.__init__).parameters.values()
        assert [(p.name, p.default) for p in found] == [(p.name, p.default) for p in expected]


def test_it_is_not_keras_own_in_disguise() -> None:
    assert not issubclass(LSTM, keras.layers.RNN)
    assert not issubclass(LSTMCell, keras.layers.LSTMCell)


@pytest.mark.parametrize("given, kept", [(0, 1), (1, 1), (2, 2)])
def test_implementation_survives_the_config(given: int, kept: int) -> None:
    layer = LSTM.from_config({"units": 3, "implementation": given})
    assert layer.implementation == kept
    again = LSTM.from_config(layer.get_config())
    assert again.implementation == kept
    assert again.path == {1: "per gate", 2: "fused"}[kept]


def test_recurrent_dropout_forces_one_mask_a_gate() -> None:
    assert LSTM(3, recurrent_dropout=0.1, implementation=2).path == "per gate"


@pytest.mark.parametrize("units", [0, -3, 2.5, "many", None])
def test_wrong_units_are_named(units: Any) -> None:
    with pytest.raises(ValueError, match=r"units.* positive integer"):
        LSTM(units)
    with pytest.raises(ValueError, match=str(units)):
        LSTMCell(units)


def test_other_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"implementation.* got 3"):
        LSTM(3, implementation=3)
    with pytest.raises(ValueError, match=r"use_cudnn.* got True"):
        LSTM(3, use_cudnn=True)
    with pytest.raises(ValueError, match="colour"):
        LSTM(3, colour="red")
    with pytest.raises(ValueError, match=r"\[h, c\], got 1"):
        LSTM(3)(np.zeros((2, 3, 4), "f4"), initial_state=[np.zeros((2, 3), "f4")])


def sequential(kind: Any, **options: Any) -> Any:
    model = keras.Sequential(
        [
            keras.Input((STEPS, FEATURES)),
            keras.layers.Masking(),
            kind(UNITS, activation="relu", return_sequences=True, **options),
            keras.layers.Bidirectional(kind(2, return_sequences=True)),
            kind(3, go_backwards=True),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mae")
    return model


def data(samples: int = 24) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = inputs(rng, samples, STEPS, FEATURES)
    x[::3, -2:] = 0.0  # masked by Masking
    return x, inputs(rng, samples, 1)


def test_weights_and_their_names_are_keras_own() -> None:
    shapes = []
    for kind in (keras.layers.LSTM, LSTM):
        keras.utils.clear_session()
        model = sequential(kind)
        shapes.append([(w.path, tuple(w.shape), w.trainable) for w in model.weights])
    assert shapes[0] == shapes[1]


def test_training_in_a_model_is_keras_own_to_the_last_epoch() -> None:
    """Masks, dropout, Bidirectional, a validation split: every figure of the history."""
    x, y = data(32)  # whole batches: each other size is compiled once more
    histories = []
    for kind in (keras.layers.LSTM, LSTM):
        keras.utils.set_random_seed(4)
        model = sequential(kind, dropout=0.2, recurrent_dropout=0.1, seed=9)
        fit = model.fit(x, y, batch_size=8, epochs=4, validation_split=0.25, verbose=0)
        histories.append([*fit.history["loss"], *fit.history["val_loss"]])
    np.testing.assert_allclose(histories[1], histories[0], rtol=1e-5)


def test_functional_model_with_states_handed_on() -> None:
    """An encoder's [h, c] starts a decoder, as in sequence-to-sequence models."""

    def build(kind: Any) -> Any:
        source, target = keras.Input((STEPS, FEATURES)), keras.Input((None, 2))
        _, *state = kind(UNITS, return_state=True)(source)
        decoded = kind(UNITS, return_sequences=True)(target, initial_state=state)
        return keras.Model([source, target], keras.layers.Dense(1)(decoded))

    theirs, ours = build(keras.layers.LSTM), build(LSTM)
    rng = np.random.default_rng(2)
    ours.set_weights(randomise(theirs, rng))
    given = [inputs(rng), inputs(rng, BATCH, 7, 2)]
    assert ours.output_shape == theirs.output_shape == (None, None, 1)
    close([ours.predict(given, verbose=0)], [theirs.predict(given, verbose=0)])


def test_saving_and_loading(tmp_path: Path) -> None:
    x, y = data()
    model = sequential(LSTM, dropout=0.1, implementation=1)
    model.fit(x, y, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[1]) is LSTM
    assert again.layers[1].implementation == 1
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_weights_files_go_both_ways(tmp_path: Path) -> None:
    x, _ = data()
    theirs, ours = sequential(keras.layers.LSTM), sequential(LSTM)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    close([ours.predict(x, verbose=0)], [theirs.predict(x, verbose=0)])
    randomise(ours, np.random.default_rng(3))
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    close([theirs.predict(x, verbose=0)], [ours.predict(x, verbose=0)])


def stateful(kind: Any, **options: Any) -> Any:
    layer = kind(UNITS, stateful=True, **options)
    return keras.Sequential([keras.Input(batch_shape=(BATCH, STEPS, FEATURES)), layer])


def test_a_stateful_layer_carries_its_state_as_keras_does() -> None:
    theirs, ours = stateful(keras.layers.LSTM), stateful(LSTM)
    rng = np.random.default_rng(5)
    ours.set_weights(randomise(theirs, rng))
    x = inputs(rng)
    outputs = [numpy(ours(x)) for _ in range(3)]
    close([o[0] for o in outputs], [numpy(theirs(x))[0] for _ in range(3)])
    assert abs(outputs[0][0] - outputs[1][0]).max() > 1e-3
    ours.layers[0].reset_state()
    close(numpy(ours(x)), outputs[0])
    assert len(ours.weights) == len(theirs.weights) == 3  # the carried states are none


def test_a_stateful_layer_carries_its_state_in_predict_and_fit() -> None:
    """Compiled calls, too; Keras's own layer starts from zeros there on JAX."""
    model = stateful(LSTM, dropout=0.2)
    x = inputs(np.random.default_rng(6))
    compiled = [model.predict(x, verbose=0) for _ in range(2)]
    model.layers[0].reset_states()
    close([numpy(model(x))[0] for _ in range(2)], compiled)
    model.compile("adam", "mse")
    model.layers[0].reset_state()
    model.fit(x, np.zeros((BATCH, UNITS), "f4"), batch_size=BATCH, epochs=2, verbose=0)
    assert all(abs(s).min() > 0 for s in numpy([v.value for v in model.layers[0].states]))


def test_a_stateful_layer_is_set_to_given_states() -> None:
    model = stateful(LSTM)
    rng = np.random.default_rng(7)
    x, h, c = inputs(rng), inputs(rng, BATCH, UNITS), inputs(rng, BATCH, UNITS)
    model.layers[0].reset_state([h, c])
    close(numpy(model(x)), numpy(model.layers[0](x, initial_state=[h, c])))


def test_stateful_layers_say_what_batch_they_need() -> None:
    with pytest.raises(ValueError, match="fixed batch size"):
        keras.Sequential([keras.Input((STEPS, FEATURES)), LSTM(2, stateful=True)])
    layer = LSTM(2, stateful=True)
    layer(np.zeros((2, 3, 4), "f4"))
    with pytest.raises(ValueError, match=r"batches of 2.*batch of 5"):
        layer(np.zeros((5, 3, 4), "f4"))


def test_unrolling_needs_a_number_of_steps_when_called() -> None:
    layer = LSTM(UNITS, unroll=True)
    model = keras.Sequential([keras.Input((None, FEATURES)), layer])
    assert model(inputs(np.random.default_rng(12))).shape == (BATCH, UNITS)
    if keras.backend.backend() != "tensorflow":
        return  # the other backends always know the number of steps in a call
    import tensorflow as tf

    call = tf.function(layer, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    with pytest.raises(ValueError, match="fixed number of steps"):
        call.get_concrete_function()


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("is_stateful", [False, True])
def test_time_major(return_sequences: bool, is_stateful: bool) -> None:
    """Steps first, in and out: the same numbers, transposed."""
    rng = np.random.default_rng(8)
    options = {"return_sequences": return_sequences, "return_state": True, "stateful": is_stateful}
    batch_first, steps_first = LSTM(UNITS, **options), LSTM(UNITS, time_major=True, **options)
    x, mask = inputs(rng), rng.random((BATCH, STEPS)) < 0.7
    batch_first.build(x.shape)
    steps_first.build(x.swapaxes(0, 1).shape)
    steps_first.set_weights(randomise(batch_first, rng))
    expected = numpy(batch_first(x, mask=mask))
    found = numpy(steps_first(x.swapaxes(0, 1), mask=mask.T))
    if return_sequences:
        found[0] = found[0].swapaxes(0, 1)
    close(found, expected)
    shape = steps_first.compute_output_shape((STEPS, BATCH, FEATURES))
    assert shape[0] == ((STEPS, BATCH, UNITS) if return_sequences else (BATCH, UNITS))
    assert LSTM.from_config(steps_first.get_config()).time_major


def test_sequences_of_any_length() -> None:
    model = keras.Sequential([keras.Input((None, FEATURES)), LSTM(UNITS, return_sequences=True)])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(9)
    for steps in (1, 4, 9):
        x = inputs(rng, 2, steps, FEATURES)
        assert model.predict(x, verbose=0).shape == (2, steps, UNITS)
        model.fit(x, np.zeros((2, steps, UNITS), "f4"), verbose=0)


def test_mixed_precision_runs_in_half() -> None:
    layer = LSTM(UNITS, dtype="mixed_float16", return_state=True)
    outputs = layer(inputs(np.random.default_rng(10)))
    assert {keras.backend.standardize_dtype(o.dtype) for o in outputs} == {"float16"}
    assert {w.dtype for w in layer.weights} == {"float32"}
