"""What a layer is given: as Keras takes it, or one message at the door; nothing is broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calloff.lstm import LSTM, Dense, LSTMCell, Network
from calloff.lstm.reference import Dropout, State, Weights

N, T, F, H = 3, 4, 2, 5
Array = np.ndarray[Any, Any]
g = np.random.default_rng(12)
X = g.normal(size=(N, T, F))
STATE = State(g.normal(size=(N, H)), g.normal(size=(N, H)))
WEIGHTS = Weights(g.normal(size=(F, 4 * H)), g.normal(size=(H, 4 * H)), g.normal(size=4 * H))
MASK = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [1, 1, 1, 1]], dtype=bool)


class Ragged:
    """A ragged tensor as TensorFlow makes it: rows, and no array of all of them."""

    def __init__(self, rows: list[Array]) -> None:
        self.rows = rows
        self.shape = (len(rows), None, F)

    def row_lengths(self) -> list[int]:
        return [len(row) for row in self.rows]

    def __getitem__(self, n: int) -> Array:
        return self.rows[n]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        raise ValueError("a ragged tensor is no array")


@pytest.mark.parametrize(
    "state",
    [[STATE.h, STATE.c], (STATE.h, STATE.c), [STATE.h.tolist(), STATE.c.tolist()]],
    ids=["list", "tuple", "nested lists"],
)
def test_a_state_is_taken_as_keras_takes_it(state: Any) -> None:
    for layer in (LSTM(H), LSTM(H, implementation=1)):
        expected = layer.apply(WEIGHTS, X, initial_state=STATE)
        found = layer.apply(WEIGHTS, X, initial_state=state)
        assert (found.outputs == expected.outputs).all()
        assert (found.state.c == expected.state.c).all()
        assert (layer(WEIGHTS, X, initial_state=state) == expected.outputs).all()
    (found,) = LSTM(H).run(WEIGHTS, [X], state=state)
    assert (found.outputs == LSTM(H)(WEIGHTS, X, initial_state=STATE)).all()


def test_a_cell_takes_a_state_as_keras_does() -> None:
    expected, _ = LSTMCell(H).step(WEIGHTS, X[:, 0], STATE)
    found, _ = LSTMCell(H).step(list(WEIGHTS), X[:, 0].tolist(), [STATE.h, STATE.c])
    assert (found == expected).all()


@pytest.mark.parametrize(
    "mask",
    [MASK.tolist(), MASK[:, :, None], MASK[:, :, None].tolist(), MASK.astype(int).tolist()],
    ids=["lists", "with an axis of 1", "both", "of 0 and 1"],
)
def test_a_mask_is_taken_as_keras_takes_it(mask: Any) -> None:
    expected = LSTM(H, return_sequences=True)(WEIGHTS, X, mask=MASK)
    assert (LSTM(H, return_sequences=True)(WEIGHTS, X, mask=mask) == expected).all()
    turned = LSTM(H, return_sequences=True, time_major=True)(
        WEIGHTS, X.swapaxes(0, 1), mask=np.asarray(mask).swapaxes(0, 1)
    )
    assert (turned == np.asarray(expected).swapaxes(0, 1)).all()
    network = Network([LSTM(H), Dense(1)])
    fitted = network.fit(X, X[:, 0, 0], mask=mask, verbose=0)
    assert (fitted.predict(X, mask=mask) == fitted.predict(X, mask=MASK)).all()


SEQUENCES = [X[0, :1], X[1, :3], X[2]]


@pytest.mark.parametrize(
    "x",
    [tuple(SEQUENCES), Ragged(SEQUENCES), np.array([*SEQUENCES, None], dtype=object)[:3]],
    ids=["tuple", "ragged tensor", "array of arrays"],
)
def test_sequences_of_unequal_length(x: Any) -> None:
    layer = LSTM(H)
    assert (layer(WEIGHTS, x) == layer(WEIGHTS, SEQUENCES)).all()
    fitted = Network([LSTM(H), Dense(1)]).fit(x, np.ones(N), verbose=0)
    assert (fitted.predict(x) == fitted.predict(SEQUENCES)).all()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"x": X[0]}, r"x must have shape \(samples, steps, 2\), none of them 0, not \(4, 2\)"),
    ({"x": X[None]}, r"not \(1, 3, 4, 2\)"),
    ({"x": 1.0}, r"not \(\)"),
    ({"x": None}, "x must be an array of numbers, not of NoneType"),
    ({"x": "ab"}, "x must be an array of numbers, not of str_"),
    ({"x": X.astype("M8[D]")}, "x must be an array of numbers, not of datetime64"),
    ({"x": np.ma.masked_less(X, 0)}, "x must not hold masked values"),
    ({"x": [[[1.0, 2.0], [1.0]]]}, "sequence 0 must be an array of numbers: .*inhomogeneous"),
    ({"x": [np.ones((1, 2)), np.ones((1, 3))]}, "sequence 1 has"),
    ({"x": SEQUENCES, "mask": MASK}, "sequences of unequal length have their own mask"),
    ({"mask": MASK[:, :, None].repeat(2, 2)}, r"shape \(3, 4\).*not bool \(3, 4, 2\)"),
    ({"mask": MASK.T}, r"shape \(3, 4\).*not bool \(4, 3\)"),
    ({"mask": MASK[0]}, r"shape \(3, 4\).*not bool \(4,\)"),
    ({"mask": MASK * 2}, r"dtype bool.*not int64 \(3, 4\)"),
    ({"mask": [[True], [True, False]]}, r"mask must have shape \(3, 4\), but its rows"),
    ({"initial_state": STATE.h}, r"state must be \[h, c\], two arrays, not 3 of them"),
    ({"initial_state": [STATE.h]}, "not 1 of them"),
    ({"initial_state": [STATE.h, None]}, r"state must be \[h, c\]"),
    ({"initial_state": 0.0}, "state must be a list or tuple of arrays, not float"),
    ({"initial_state": [STATE.h, STATE.c[:1]]}, r"state c must have shape \(3, 5\).*not \(1, 5\)"),
    ({"initial_state": [STATE.h[0], STATE.c]}, r"state h must have shape \(3, 5\).*not \(5,\)"),
    ({"initial_state": [STATE.h, "c"]}, "state c must be an array of numbers"),
    ({"dropout": Dropout(np.ones((1, 1, F)))}, r"inputs must have shape \(1 or 4, 3, 2\)"),
    ({"dropout": Dropout(recurrent=np.ones((2, N, H)))}, r"recurrent must have shape \(1 or 4,"),
    ({"weights": WEIGHTS[:1]}, r"weights must have shapes \(features, 20\), \(5, 20\) and"),
    ({"weights": WEIGHTS._replace(bias=None)}, r"and \(20,\), not \[\(2, 20\), \(5, 20\), None\]"),
    ({"weights": WEIGHTS._replace(bias=np.ones(1))}, r"not .*\(1,\)"),
    ({"weights": WEIGHTS._replace(kernel=np.ones(20))}, r"not \[\(20,\), "),
    ({"weights": WEIGHTS._replace(recurrent_kernel=np.ones((1, 20)))}, r"not .*\(1, 20\)"),
    ({"weights": [*WEIGHTS, np.ones(2)]}, "weights must have shapes"),
    ({"weights": None}, "weights must be a list or tuple of arrays, not NoneType"),
]


@pytest.mark.parametrize(("changes", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_does_not_fit_is_one_message_at_the_door(changes: dict[str, Any], told: str) -> None:
    given = {"weights": WEIGHTS, "x": X, **changes}
    for layer in (LSTM(H), LSTM(H, implementation=1)):
        with pytest.raises(ValueError, match=told) as caught:
            layer.apply(**given)
        assert caught.traceback[-1].path.name in ("layer_arguments.py", "sequences.py")


def test_a_layer_without_bias_takes_no_bias() -> None:
    plain = LSTM(H, use_bias=False)
    expected = plain(WEIGHTS._replace(bias=None), X)
    assert (plain(WEIGHTS[:2], X) == expected).all()
    with pytest.raises(ValueError, match=r"\(5, 20\) and None, not .*\(20,\)"):
        plain(WEIGHTS, X)


def test_a_cell_refuses_what_does_not_fit() -> None:
    for x, state, told in (
        (X, STATE, r"x must have shape \(samples, 2\), not \(3, 4, 2\)"),
        (X[:, 0, :1], STATE, r"not \(3, 1\)"),
        (X[:, 0], [STATE.h], r"state must be \[h, c\]"),
        (X[:, 0], [STATE.h[:1], STATE.c], r"state h must have shape \(3, 5\)"),
    ):
        with pytest.raises(ValueError, match=told):
            LSTMCell(H).step(WEIGHTS, x, state)


@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"time_major": True}], ids=str)
def test_gradients_broadcast_nothing(options: dict[str, Any]) -> None:
    layer = LSTM(H, **options)
    x = X.swapaxes(0, 1) if layer.time_major else X
    result = layer.apply(WEIGHTS, x, keep_tape=True)
    good = np.ones(result.outputs.shape)
    layer.gradients(WEIGHTS, result, good.tolist(), d_state=[STATE.h, STATE.c])
    for wrong in (1.0, np.ones(H), good[:1], good[..., :1], good[None]):
        with pytest.raises(ValueError, match="d_outputs must have the shape of the outputs"):
            layer.gradients(WEIGHTS, result, wrong)
    for state in ([STATE.h[:1], STATE.c], [STATE.h, 0.0], [STATE.h, STATE.c[:, :1]]):
        with pytest.raises(ValueError, match=r"d_state [hc] must have shape \(3, 5\)"):
            layer.gradients(WEIGHTS, result, good, d_state=state)
    with pytest.raises(ValueError, match=r"d_state must be \[h, c\]"):
        layer.gradients(WEIGHTS, result, good, d_state=[STATE.h])
