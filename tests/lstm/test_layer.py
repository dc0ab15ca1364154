"""The layer's options, each against its derivative or against a ladder of simpler cases.

N=3, T=4, F=2, H=5: features and units differ, and no state starts at zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gradients import assert_exact, complex_step

from calloff.lstm import LSTM, LSTMCell, activations, layer, regularizers, sequences
from calloff.lstm.reference import State, Weights

N, T, F, H = 3, 4, 2, 5
Array = np.ndarray[Any, Any]
g = np.random.default_rng(11)
X = g.normal(size=(N, T, F))
STATE = State(g.normal(size=(N, H)), g.normal(size=(N, H)))
WEIGHTS = Weights(g.normal(size=(F, 4 * H)), g.normal(size=(H, 4 * H)), g.normal(size=4 * H))
MASK = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 1, 1]], dtype=bool)

OPTIONS: list[dict[str, Any]] = [
    {},
    {"return_sequences": True},
    {"return_state": True},
    {"go_backwards": True, "return_sequences": True},
    {"time_major": True},
    {"time_major": True, "return_sequences": True, "go_backwards": True},
    {"zero_output_for_mask": True, "return_sequences": True},
    {"unroll": True},
    {"implementation": 1},
    {"dropout": 0.4, "implementation": 1},
    {"dropout": 0.4, "implementation": 2},
    {"recurrent_dropout": 0.4},
    {"dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": True},
    {"use_bias": False},
    {"stateful": True},
    {"activity_regularizer": "l1_l2"},
    {"activity_regularizer": "l2", "return_sequences": True, "time_major": True},
    {"activity_regularizer": regularizers.L1L2(0.1, 0.2), "return_state": True},
    {"activation": "relu", "recurrent_activation": "hard_sigmoid"},
    {"activation": None},
    {"activation": (np.sin, np.cos)},
    {"kernel_regularizer": "l1", "recurrent_regularizer": "l2", "bias_regularizer": "l1_l2"},
    {"kernel_regularizer": "orthogonal_regularizer"},
]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_of_every_option(options: dict[str, Any], masked: bool) -> None:
    """A whole loss: outputs, states, activity and weight penalties, with dropout masks held."""
    lstm = LSTM(H, **options)
    weights = WEIGHTS if lstm.use_bias else WEIGHTS._replace(bias=None)
    x = X.swapaxes(0, 1).copy() if lstm.time_major else X
    mask = None if not masked else MASK.T if lstm.time_major else MASK
    dropout = lstm.dropout_masks(X, seed=1)

    def run(weights: Weights, x: Array, state: State) -> layer.Result:
        return lstm.apply(
            weights, x, initial_state=state, mask=mask, dropout=dropout, keep_tape=True
        )

    result = run(weights, x, STATE)
    r = np.random.default_rng(3)
    r_y, r_h, r_c = (r.normal(size=a.shape) for a in (result.outputs, *result.state))

    def loss(weights: Weights = weights, x: Array = x, state: State = STATE) -> Any:
        found = run(weights, x, state)
        seen = (found.outputs * r_y).sum() + (found.state.h * r_h).sum()
        return seen + (found.state.c * r_c).sum() + found.activity + lstm.penalty(weights)

    back = lstm.gradients(weights, result, r_y, d_state=State(r_h, r_c))
    slopes = lstm.penalty_gradients(weights)
    for name, array in weights._asdict().items():
        if array is not None:
            expected = complex_step(lambda w, n=name: loss(weights._replace(**{n: w})), array)
            assert_exact(getattr(back.weights, name) + getattr(slopes, name), expected)
    assert_exact(back.x, complex_step(lambda x: loss(x=x), x))
    assert_exact(back.state.h, complex_step(lambda h: loss(state=State(h, STATE.c)), STATE.h))
    assert_exact(back.state.c, complex_step(lambda c: loss(state=State(STATE.h, c)), STATE.c))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("use_bias", [False, True])
def test_the_fused_path_gives_the_numbers_of_the_specification(
    masked: bool, backwards: bool, zeros: bool, dropout: float, use_bias: bool
) -> None:
    lstm = LSTM(
        H,
        return_sequences=True,
        go_backwards=backwards,
        zero_output_for_mask=zeros,
        dropout=dropout,
        use_bias=use_bias,
    )
    weights = WEIGHTS if use_bias else WEIGHTS._replace(bias=None)
    given: dict[str, Any] = {
        "initial_state": STATE,
        "mask": MASK if masked else None,
        "dropout": lstm.dropout_masks(X, seed=4) if dropout else None,
    }
    fused = lstm.apply(weights, X, **given)
    slow = lstm.apply(weights, X, **given, keep_tape=True)
    assert (fused.path, slow.path) == (layer.FUSED, layer.GATE_BY_GATE)
    np.testing.assert_allclose(fused.outputs, slow.outputs, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(fused.state.c, slow.state.c, rtol=1e-13, atol=1e-15)


def test_the_path_can_be_seen_before_and_after() -> None:
    assert LSTM(H).path() == layer.FUSED
    assert LSTM(H, implementation=1).path() == layer.GATE_BY_GATE
    lstm = LSTM(H, dropout=0.5, recurrent_dropout=0.5)
    assert lstm.implementation == 1  # recurrent dropout forces it
    result = lstm.apply(WEIGHTS, X, dropout=lstm.dropout_masks(X, seed=0))
    assert result.path == layer.GATE_BY_GATE


def test_implementations_give_the_same_numbers_without_dropout() -> None:
    one = LSTM(H, implementation=1)(WEIGHTS, X)
    two = LSTM(H, implementation=2)(WEIGHTS, X)
    np.testing.assert_allclose(one, two, rtol=1e-13)


def test_dropout_masks_are_one_for_all_gates_or_one_for_each() -> None:
    assert LSTM(H, dropout=0.5).dropout_masks(X, seed=0).inputs.shape == (1, N, F)  # type: ignore[union-attr]
    each = LSTM(H, dropout=0.5, implementation=1).dropout_masks(X, seed=0)
    assert each.inputs is not None
    assert each.inputs.shape == (4, N, F)
    assert each.recurrent is None
    forced = LSTM(H, recurrent_dropout=0.5, implementation=2).dropout_masks(X, seed=0)
    assert forced.recurrent is not None
    assert forced.recurrent.shape == (4, N, H)


def test_dropout_keeps_one_mask_for_the_whole_sequence() -> None:
    """With a kernel of ones, no recurrence and equal inputs, all steps are then equal."""
    weights = Weights(np.ones((F, 4 * H)), np.zeros((H, 4 * H)), np.repeat([0.0, -1e3, 0, 0], H))
    x = np.ones((N, T, F))
    lstm = LSTM(H, dropout=0.5, return_sequences=True)
    outputs = lstm.apply(weights, x, dropout=lstm.dropout_masks(x, seed=2)).outputs
    assert (outputs == outputs[:, :1]).all()
    assert len(np.unique(outputs)) > 1


@pytest.mark.parametrize(("given", "kept"), [(-0.5, 0.0), (0.3, 0.3), (1.7, 1.0), (1, 1.0)])
def test_dropout_is_clipped(given: float, kept: float) -> None:
    lstm = LSTM(H, dropout=given, recurrent_dropout=given)
    assert (lstm.dropout, lstm.recurrent_dropout) == (kept, kept)


def test_dropout_of_everything_leaves_the_biases() -> None:
    lstm = LSTM(H, dropout=1.0)
    found = lstm.apply(WEIGHTS, X, dropout=lstm.dropout_masks(X, seed=0)).outputs
    np.testing.assert_allclose(found, lstm(WEIGHTS, np.zeros_like(X)), rtol=1e-13)


def test_time_major_is_a_transposition() -> None:
    plain = LSTM(H, return_sequences=True)(WEIGHTS, X, mask=MASK, initial_state=STATE)
    turned = LSTM(H, return_sequences=True, time_major=True)(
        WEIGHTS, X.swapaxes(0, 1), mask=MASK.T, initial_state=STATE
    )
    assert isinstance(plain, np.ndarray)
    assert isinstance(turned, np.ndarray)
    assert (turned.swapaxes(0, 1) == plain).all()


def test_unroll_gives_the_same_numbers() -> None:
    assert (LSTM(H, unroll=True)(WEIGHTS, X) == LSTM(H)(WEIGHTS, X)).all()


def test_return_state_and_return_sequences() -> None:
    outputs, h, c = LSTM(H, return_state=True)(WEIGHTS, X, initial_state=STATE)
    whole = LSTM(H, return_sequences=True).apply(WEIGHTS, X, initial_state=STATE)
    assert (outputs == h).all()
    assert (whole.outputs[:, -1] == h).all()
    assert (whole.state.c == c).all()


def test_a_stateful_layer_carries_on_and_a_new_run_is_the_reset() -> None:
    halves = [X[:, :2], X[:, 2:]]
    whole = LSTM(H).apply(WEIGHTS, X)
    *_, last = LSTM(H, stateful=True).run(WEIGHTS, halves)
    np.testing.assert_allclose(last.outputs, whole.outputs, rtol=1e-13)
    *_, again = LSTM(H, stateful=True).run(WEIGHTS, halves)
    assert (again.outputs == last.outputs).all()
    *_, forgetful = LSTM(H).run(WEIGHTS, halves)
    assert (forgetful.outputs == LSTM(H)(WEIGHTS, X[:, 2:])).all()
    reset = LSTM(H).reset_state(N)
    assert (LSTM(H)(WEIGHTS, X, initial_state=reset) == whole.outputs).all()


def test_a_stateful_layer_needs_batches_of_one_size() -> None:
    with pytest.raises(ValueError, match=r"state h must have shape \(2, 5\).*batches of one size"):
        list(LSTM(H, stateful=True).run(WEIGHTS, [X, X[:2]]))


def test_sequences_of_unequal_length() -> None:
    parts = [X[0, :1], X[1, :3], X[2]]
    together = LSTM(H)(WEIGHTS, parts)
    assert isinstance(together, np.ndarray)
    for part, output in zip(parts, together, strict=True):
        np.testing.assert_allclose(LSTM(H)(WEIGHTS, part[None])[0], output, rtol=1e-13)


def test_padding() -> None:
    x, mask = sequences.pad([np.ones((1, 2)), np.zeros((0, 2)), np.ones((3, 2))])
    assert mask.sum(axis=1).tolist() == [1, 0, 3]
    assert x.sum(axis=(1, 2)).tolist() == [2, 0, 6]
    with pytest.raises(ValueError, match="sequence 1 has"):
        sequences.pad([np.ones((1, 2)), np.ones((1, 3))])
    with pytest.raises(ValueError, match="at least one sequence"):
        sequences.pad([])


def test_one_cell_step_is_one_step_of_the_layer() -> None:
    output, state = LSTMCell(H).step(WEIGHTS, X[:, 0], STATE)
    result = LSTM(H, implementation=1).apply(WEIGHTS, X[:, :1], initial_state=STATE)
    assert (output == result.outputs).all()
    assert (state.c == result.state.c).all()
    assert (LSTMCell(H).initial_state(N).h == 0).all()


def test_build() -> None:
    weights = LSTM(H).build(F, np.random.default_rng(0))
    assert weights.kernel.shape == (F, 4 * H)
    assert weights.recurrent_kernel.shape == (H, 4 * H)
    assert weights.bias is not None
    assert weights.bias.tolist() == [0.0] * H + [1.0] * H + [0.0] * 2 * H
    plain = LSTM(H, unit_forget_bias=False, bias_initializer="ones")
    bias = plain.build(F, np.random.default_rng(0), np.float32).bias
    assert bias is not None
    assert bias.tolist() == [1.0] * 4 * H
    assert bias.dtype == np.float32
    assert LSTM(H, use_bias=False).build(F, np.random.default_rng(0)).bias is None


def test_constraints_are_kept_to() -> None:
    lstm = LSTM(H, kernel_constraint="unit_norm", bias_constraint="non_neg")
    kept = lstm.constrained(WEIGHTS)
    np.testing.assert_allclose(np.linalg.norm(kept.kernel, axis=0), 1.0, rtol=1e-6)
    assert (kept.recurrent_kernel == WEIGHTS.recurrent_kernel).all()
    assert kept.bias is not None
    assert kept.bias.min() == 0.0


@pytest.mark.parametrize("options", [o for o in OPTIONS if "activation" not in o], ids=str)
def test_config_round_trip(options: dict[str, Any]) -> None:
    lstm = LSTM(H, **options)
    again = LSTM.from_config(lstm.get_config())
    assert again.get_config() == lstm.get_config()
    assert again.rules() == lstm.rules()


def test_from_config_reads_what_keras_writes() -> None:
    config = {
        "name": "lstm_3",
        "trainable": True,
        "dtype": "float32",
        "units": 8,
        "implementation": 0,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.02}},
    }
    lstm = LSTM.from_config(config)
    assert lstm.implementation == 1
    assert lstm.weight_regularizers()[0] == regularizers.L2(0.02)
    with pytest.raises(ValueError, match="LSTM has no option colour"):
        LSTM.from_config(config | {"colour": "red"})


def test_a_function_of_ones_own_has_no_config() -> None:
    with pytest.raises(ValueError, match="activation is a function of your own"):
        LSTM(H, activation=(np.sin, np.cos)).get_config()


@pytest.mark.parametrize("units", [0, -3, 2.5, "8", None, True])
def test_wrong_units_are_named(units: object) -> None:
    with pytest.raises(ValueError, match="units must be a positive integer, not") as caught:
        LSTM(units)  # type: ignore[arg-type]
    assert repr(units) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"activation": "thanh"}, "activation: activation must be one of.*'thanh'"),
        ({"recurrent_activation": 7}, "recurrent_activation: .*not 7"),
        ({"implementation": 3}, "implementation must be 0, 1 or 2, not 3"),
        ({"dropout": float("nan")}, "dropout must be a number from 0 to 1"),
        ({"kernel_initializer": "glorot"}, "kernel_initializer: an initializer must be"),
        ({"bias_regularizer": "l3"}, "bias_regularizer: a regularizer must be"),
        ({"activity_regularizer": 0.1}, "activity_regularizer: a regularizer must be"),
        ({"kernel_constraint": "short"}, "kernel_constraint: a constraint must be"),
        ({"kernel_constraint": {"class_name": "Short"}}, "not 'Short'"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LSTM(H, **options)


@pytest.mark.parametrize(
    ("x", "mask", "told"),
    [
        (X[:, :, :1], None, r"x must have shape \(samples, steps, 2\)"),
        (X[:0], None, "none of them 0"),
        (X[:, :0], None, "none of them 0"),
        (X[0], None, r"not \(4, 2\)"),
        (X, MASK[:2], r"mask must be of dtype bool and shape \(3, 4\)"),
        (X, MASK.astype(float), "not float64"),
        ([X[0]], MASK, "have their own mask"),
    ],
)
def test_wrong_shapes_are_named(x: Any, mask: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LSTM(H)(WEIGHTS, x, mask=mask)


def test_gradients_need_a_tape() -> None:
    with pytest.raises(ValueError, match="keep_tape=True"):
        LSTM(H).gradients(WEIGHTS, LSTM(H).apply(WEIGHTS, X), np.ones((N, H)))


@pytest.mark.parametrize("units", [1, 257])
@pytest.mark.parametrize("steps", [1, 200])
def test_small_and_large(units: int, steps: int) -> None:
    lstm = LSTM(units)
    weights = lstm.build(F, np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(1, steps, F))
    result = lstm.apply(weights, x, keep_tape=True)
    np.testing.assert_allclose(lstm(weights, x), result.outputs, rtol=1e-10, atol=1e-13)
    back = lstm.gradients(weights, result, np.ones((1, units)))
    assert np.isfinite(back.weights.recurrent_kernel).all()


def test_whole_numbers_are_taken_as_numbers() -> None:
    whole = np.arange(N * T * F).reshape(N, T, F)
    assert (LSTM(H)(WEIGHTS, whole) == LSTM(H)(WEIGHTS, whole.astype(float))).all()


def test_activations_are_the_ones_asked_for() -> None:
    assert LSTM(H, activation=None).rules().activation == activations.get("linear")
    assert LSTM(H, activation=None) == LSTM(H, activation="linear")
