"""What our Keras layer is called with: masks and states in any form, or one clear message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from keras_backend import MISSING

keras = pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)

from keras_helpers import BATCH, FEATURES, STEPS, UNITS, inputs, numpy  # noqa: E402

from calloff.keras import LSTM  # noqa: E402
from calloff.keras.arguments import refuse_ragged  # noqa: E402

g = np.random.default_rng(5)
X = inputs(g)
MASK = g.random((BATCH, STEPS)) > 0.4
H, C = inputs(g, BATCH, UNITS), inputs(g, BATCH, UNITS)


@pytest.fixture
def layer() -> Any:
    keras.utils.set_random_seed(1)
    return LSTM(UNITS, return_sequences=True)


@pytest.mark.parametrize("time_major", [False, True])
@pytest.mark.parametrize(
    "mask",
    [MASK.tolist(), MASK[:, :, None], MASK[:, :, None].tolist(), MASK.astype(int).tolist(), [MASK]],
    ids=["lists", "an axis of 1", "both", "of 0 and 1", "a list with it"],
)
def test_a_mask_may_be_lists_and_have_an_axis_of_one(mask: Any, time_major: bool) -> None:
    keras.utils.set_random_seed(1)
    layer = LSTM(UNITS, return_sequences=True, time_major=time_major)
    x = X.swapaxes(0, 1) if time_major else X
    whole = MASK.T if time_major else MASK
    expected = numpy(layer(x, mask=keras.ops.convert_to_tensor(whole)))[0]
    assert not np.array_equal(expected, numpy(layer(x))[0])
    if time_major:
        mask = [MASK.T] if mask is not None and len(mask) == 1 else np.swapaxes(mask, 0, 1)
    found = numpy(layer(x, mask=mask))[0]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("state", [[H, C], (H, C), [H.tolist(), C.tolist()]], ids=str)
def test_states_are_a_list_or_a_tuple(layer: Any, state: Any) -> None:
    given = [keras.ops.convert_to_tensor(s) for s in (H, C)]
    expected = numpy(layer(X, initial_state=given))[0]
    np.testing.assert_array_equal(numpy(layer(X, initial_state=state))[0], expected)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mask": MASK.T}, r"mask of layer 'lstm.*' must have the shape \(3, 5\).*not \(5, 3\)"),
        ({"mask": MASK[0]}, r"not \(5,\)"),
        ({"mask": MASK[:, :, None].repeat(2, 2)}, r"or \(3, 5, 1\), not \(3, 5, 2\)"),
        ({"mask": MASK[:1]}, r"not \(1, 5\)"),
        ({"mask": [[True], [True, False]]}, "rows of unequal length"),
        ({"initial_state": [H]}, r"must be \[h, c\], got 1 tensor"),
        ({"initial_state": [H, C, C]}, "got 3 tensor"),
        ({"initial_state": [H[:1], C]}, r"h of layer 'lstm.*' must have shape \(3, 6\).*\(1, 6\)"),
        ({"initial_state": [H, C[:, :1]]}, r"c of layer .* must have shape \(3, 6\).*\(3, 1\)"),
        ({"initial_state": [H[0], C[0]]}, r"not \(6,\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_one_message(layer: Any, given: dict[str, Any], told: str) -> None:
    layer.build(X.shape)
    with pytest.raises(ValueError, match=told):
        layer(X, **given)


def test_inputs_of_another_rank_or_width_are_refused(layer: Any) -> None:
    layer.build(X.shape)
    for x in (X[0], X[None], X[:, :, :2]):
        with pytest.raises(ValueError, match=r"incompatible with the layer: expected"):
            layer(x)
    assert layer.input_spec.axes == {-1: FEATURES}


def test_sizes_that_are_not_known_yet_fit() -> None:
    x, mask = keras.Input((None, FEATURES)), keras.Input((None,), dtype="bool")
    h, c = keras.Input((UNITS,)), keras.Input((UNITS,))
    layer = LSTM(UNITS)
    model = keras.Model([x, mask, h, c], layer(x, mask=mask, initial_state=[h, c]))
    found = numpy(model([X, MASK, H, C]))[0]
    np.testing.assert_array_equal(found, numpy(layer(X, mask=MASK, initial_state=[H, C]))[0])


def test_ragged_tensors_are_refused_with_what_to_do() -> None:
    lengths = SimpleNamespace(row_lengths=lambda: [1, 2])
    for ragged in (lengths, SimpleNamespace(is_nested=True)):
        with pytest.raises(ValueError, match=r"takes no ragged tensors.*mask=tf\.sequence_mask"):
            refuse_ragged(ragged, "lstm")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="has ragged tensors")
def test_a_ragged_tensor_of_tensorflow(layer: Any) -> None:
    import tensorflow as tf

    ragged = tf.RaggedTensor.from_tensor(X, lengths=[5, 2, 3])
    with pytest.raises(ValueError, match=r"takes no ragged tensors"):
        layer(ragged)
    mask = tf.sequence_mask(ragged.row_lengths())
    assert layer(ragged.to_tensor(), mask=mask).shape == (BATCH, STEPS, UNITS)
