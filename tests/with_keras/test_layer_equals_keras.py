"""Our layer against Keras's own: outputs and gradients over a grid of options, within 1e-5."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import pytest
from keras_backend import MISSING

keras = pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)

from keras_helpers import (  # noqa: E402
    BATCH,
    STEPS,
    UNITS,
    close,
    inputs,
    numpy,
    outputs_and_gradients,
    randomise,
)

from calloff.keras import LSTM, LSTMCell  # noqa: E402

ACTIVATIONS = (
    *("tanh", "sigmoid", "hard_sigmoid", "relu", "leaky_relu", "elu", "selu"),
    *("softplus", "softsign", "silu", "gelu", "linear"),
)
FLAGS = ("return_sequences", "return_state", "go_backwards", "unroll")


def pair(seed: int, scale: float = 0.5, /, **options: Any) -> tuple[Any, Any]:
    """Keras's layer and ours, with the same random weights."""
    theirs, ours = keras.layers.LSTM(UNITS, **options), LSTM(UNITS, **options)
    for layer in (theirs, ours):
        layer.build((BATCH, STEPS, 4))
    ours.set_weights(randomise(theirs, np.random.default_rng(seed), scale))
    return theirs, ours


def masks(rng: np.random.Generator, kind: str) -> np.ndarray | None:
    """Steps to skip: none, at the end, at the start, anywhere (and one sample altogether)."""
    lengths = np.array([STEPS, 2, 3])[:, None]
    steps = np.arange(STEPS)[None]
    anywhere = rng.random((BATCH, STEPS)) < 0.6
    anywhere[1] = False
    choice = {"right": steps < lengths, "left": steps >= STEPS - lengths, "any": anywhere}
    return choice.get(kind)


def compare(theirs: Any, ours: Any, seed: int, mask: Any = None, training: bool = False) -> None:
    """The same inputs and non-zero states through both: outputs, and all gradients."""
    rng = np.random.default_rng(seed)
    given = [inputs(rng), inputs(rng, BATCH, UNITS), inputs(rng, BATCH, UNITS)]

    def call(layer: Any, x: Any, h: Any, c: Any) -> Any:
        return layer(x, initial_state=[h, c], mask=mask, training=training)

    mine, other = (
        outputs_and_gradients(functools.partial(call, layer), layer, given, seed)
        for layer in (ours, theirs)
    )
    close(mine[0], other[0])
    close(mine[1], other[1])
    assert any(abs(g).max() > 1e-3 for g in mine[1])


def keras_fails(options: dict[str, Any], mask: str) -> str | None:
    """Where Keras's own layer breaks or ignores an option there is nothing to compare with."""
    backend = keras.backend.backend()
    if mask == "none" or not options.get("unroll"):
        return None
    backwards, zeros = options.get("go_backwards"), options.get("zero_output_for_mask")
    if backend == "torch" and backwards:
        return "Keras cannot unroll a masked backwards layer on PyTorch"
    if backend == "jax" and zeros:
        return "Keras ignores zero_output_for_mask when unrolled on JAX"
    if backend == "tensorflow" and zeros and backwards and options.get("return_sequences"):
        return "Keras takes the mask in the wrong order there on TensorFlow"
    return None


@pytest.mark.parametrize("mask", ["none", "right", "left", "any"])
@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=4)))
def test_flags_and_masks(flags: tuple[bool, ...], mask: str) -> None:
    options = dict(zip(FLAGS, flags, strict=True))
    if reason := keras_fails(options, mask):
        pytest.skip(reason)
    seed = sum(2**i for i, flag in enumerate(flags) if flag)
    theirs, ours = pair(seed, **options)
    compare(theirs, ours, seed, masks(np.random.default_rng(seed), mask))


@pytest.mark.parametrize("mask", ["right", "left", "any"])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("unroll", [False, True])
def test_zero_output_for_mask(
    unroll: bool, return_sequences: bool, go_backwards: bool, mask: str
) -> None:
    options = {
        "return_sequences": return_sequences,
        "return_state": True,
        "go_backwards": go_backwards,
        "zero_output_for_mask": True,
        "unroll": unroll,
    }
    theirs, ours = pair(1, **options)
    if reason := keras_fails(options, mask):
        rolled = LSTM(UNITS, **{**options, "unroll": False})  # which Keras's own equals
        rolled.build((BATCH, STEPS, 4))
        rolled.set_weights(ours.get_weights())
        given = masks(np.random.default_rng(1), mask)
        x = inputs(np.random.default_rng(2))
        close(numpy(ours(x, mask=given)), numpy(rolled(x, mask=given)))
        pytest.skip(f"{reason}; compared with ours, not unrolled")
    compare(theirs, ours, 1, masks(np.random.default_rng(1), mask))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("recurrent_activation", ["sigmoid", "hard_sigmoid"])
def test_activations(activation: str, recurrent_activation: str) -> None:
    options = {"activation": activation, "recurrent_activation": recurrent_activation}
    # Without bounds states multiply up: with larger weights float32 itself is 1e-4 off.
    compare(*pair(2, 0.2, return_sequences=True, **options), seed=2)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_of_the_gates(activation: str) -> None:
    compare(*pair(3, 0.2, return_sequences=True, recurrent_activation=activation), seed=3)


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("unroll", [False, True])
def test_bias_and_implementation(use_bias: bool, implementation: int, unroll: bool) -> None:
    theirs, ours = pair(4, use_bias=use_bias, implementation=implementation, unroll=unroll)
    assert ours.path == {1: "per gate", 2: "fused"}[implementation]
    compare(theirs, ours, 4)


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.4])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_dropout_masks_are_keras_own(
    dropout: float, recurrent_dropout: float, implementation: int
) -> None:
    """With one seed both draw the same masks: once a sequence, one or four, scaled."""
    theirs, ours = pair(
        5,
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
        implementation=implementation,
        seed=7,
        return_sequences=True,
        use_cudnn=False,  # "auto" breaks on four masks in Keras's own
    )
    for training in (False, True):
        compare(theirs, ours, 5, masks(np.random.default_rng(5), "any"), training=training)


def test_a_rate_of_one_drops_nothing_as_in_keras() -> None:
    theirs, ours = pair(6, dropout=1.0, use_cudnn=False)
    x = inputs(np.random.default_rng(6))
    close(numpy(ours(x, training=True)), numpy(theirs(x, training=True)))
    close(numpy(ours(x, training=True)), numpy(ours(x)))


@pytest.mark.parametrize("wrapped", ["one cell", "stacked cells"])
def test_our_cell_in_keras_rnn(wrapped: str) -> None:
    """keras.layers.RNN over our cell, with dropout in training: the same as over Keras's cell."""

    def build(cell: Any) -> Any:
        cells = [cell(UNITS, recurrent_dropout=0.3, dropout=0.2, seed=s) for s in (1, 2)]
        layer = keras.layers.RNN(cells if wrapped == "stacked cells" else cells[0])
        layer.build((BATCH, STEPS, 4))
        return layer

    theirs, ours = build(keras.layers.LSTMCell), build(LSTMCell)
    ours.set_weights(randomise(theirs, np.random.default_rng(8)))
    x = inputs(np.random.default_rng(9))
    for training in (False, True, True):
        close(numpy(ours(x, training=training)), numpy(theirs(x, training=training)))


def test_the_cell_alone() -> None:
    theirs, ours = keras.layers.LSTMCell(UNITS), LSTMCell(UNITS)
    for cell in (theirs, ours):
        cell.build((BATCH, 4))
    rng = np.random.default_rng(10)
    ours.set_weights(randomise(theirs, rng))
    x, h, c = inputs(rng, BATCH, 4), inputs(rng, BATCH, UNITS), inputs(rng, BATCH, UNITS)
    close(numpy(ours(x, [h, c])), numpy(theirs(x, [h, c])))


@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_bidirectional(return_sequences: bool, merge_mode: str | None) -> None:
    layers = [
        keras.layers.Bidirectional(
            kind(UNITS, return_sequences=return_sequences, return_state=True), merge_mode
        )
        for kind in (keras.layers.LSTM, LSTM)
    ]
    rng = np.random.default_rng(11)
    x, mask = inputs(rng), masks(rng, "any")
    for layer in layers:
        layer.build(x.shape)
    layers[1].set_weights(randomise(layers[0], rng))
    for given in (None, mask):
        close(numpy(layers[1](x, mask=given)), numpy(layers[0](x, mask=given)))


@pytest.mark.parametrize("unit_forget_bias", [False, True])
def test_initial_weights_are_keras_own(unit_forget_bias: bool) -> None:
    """The same draws in the same order: a whole training run can be compared seed by seed."""
    weights = []
    for kind in (keras.layers.LSTM, LSTM):
        keras.utils.set_random_seed(3)
        layer = kind(
            UNITS, unit_forget_bias=unit_forget_bias, bias_initializer="random_normal", seed=1
        )
        layer.build((BATCH, STEPS, 4))
        weights.append(layer.get_weights())
    for theirs, ours in zip(*weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_regularizers_and_constraints() -> None:
    """Penalties, the activity's too, are added to the loss; constraints hold after an update."""
    options = {
        "kernel_regularizer": "l2",
        "recurrent_regularizer": keras.regularizers.OrthogonalRegularizer(0.01),
        "bias_regularizer": "l1",
        "activity_regularizer": keras.regularizers.L1L2(0.01, 0.02),
        "kernel_constraint": keras.constraints.MaxNorm(0.5),
        "recurrent_constraint": "unit_norm",
        "bias_constraint": "non_neg",
        "return_sequences": True,
    }
    theirs, ours = pair(12, **options)
    x = inputs(np.random.default_rng(12))
    models = [keras.Sequential([keras.Input(x.shape[1:]), layer]) for layer in (theirs, ours)]
    for model in models:
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        model.fit(x, np.zeros((BATCH, STEPS, UNITS), "f4"), epochs=2, shuffle=False, verbose=0)
    close(ours.get_weights(), theirs.get_weights())
    assert numpy(ours.cell.bias)[0].min() >= 0.0
    norms = np.linalg.norm(numpy(ours.cell.recurrent_kernel)[0], axis=0)
    np.testing.assert_allclose(norms, 1, 1e-5)
