"""What the layer is called with: masks and states as tensors, or one message where they do not fit.

A size that Keras does not know yet (None) fits any other. Dimensions: B samples, T steps, H units.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from calloff.keras.steps import State, Tensor


def as_mask(given: Any, shape: tuple[Any, Any], name: str) -> Tensor | None:
    """Check a mask.

    Args:
        given: a mask of ``shape`` or with an axis of 1 behind it, as a tensor, an array or lists;
            or a list whose first tensor it is, as Keras gives it with states beside the inputs.
        shape: the first two axes of the inputs.
        name: of the layer, for messages.

    Returns:
        The mask as booleans, with an axis of 1 behind it; None for None.

    Raises:
        ValueError: its shape does not fit.
    """
    leaves = [leaf for leaf in keras.tree.flatten(given) if leaf is not None]
    if not leaves:
        return None
    plain = isinstance(leaves[0], bool | int | np.bool_ | np.integer)  # lists of numbers
    try:
        mask = ops.cast(np.asarray(given) if plain else leaves[0], "bool")
    except ValueError:
        raise ValueError(f"The mask of layer {name!r} has rows of unequal length.") from None
    found = tuple(mask.shape)
    if len(found) not in (2, 3) or not _fits(found, (*shape, 1)[: len(found)]):
        raise ValueError(
            f"The mask of layer {name!r} must have the shape {shape} of its inputs' first two axes,"
            f" or {(*shape, 1)}, not {found}."
        )
    return mask if len(found) == 3 else ops.expand_dims(mask, -1)


def as_state(given: Any, shape: tuple[Any, int], dtype: Any, name: str) -> State:
    """Check a state.

    Args:
        given: [h, c], as tensors or arrays.
        shape: of each, (B, H).
        dtype: what they become.
        name: of the layer, for messages.

    Returns:
        h and c.

    Raises:
        ValueError: there are not two, or their shapes do not fit.
    """
    states = given if isinstance(given, list | tuple) else keras.tree.flatten(given)
    if len(states) != 2:
        raise ValueError(f"`initial_state` must be [h, c], got {len(states)} tensor(s).")
    h, c = (ops.cast(ops.convert_to_tensor(state), dtype) for state in states)
    for part, value in (("h", h), ("c", c)):
        if not _fits(tuple(value.shape), shape):
            raise ValueError(
                f"`initial_state` {part} of layer {name!r} must have shape {shape}, one row for"
                f" each sample, not {tuple(value.shape)}."
            )
    return h, c


def refuse_ragged(sequences: Any, name: str) -> None:
    """Say what to do with sequences of unequal length.

    Args:
        sequences: inputs of the layer.
        name: of the layer, for messages.

    Raises:
        ValueError: they are a ragged tensor of TensorFlow, or a nested one of PyTorch.
    """
    ragged = getattr(sequences, "row_lengths", None) is not None
    if ragged or getattr(sequences, "is_nested", False):
        raise ValueError(
            f"Layer {name!r} takes no ragged tensors: give it padded ones and a mask, such as"
            " layer(x.to_tensor(), mask=tf.sequence_mask(x.row_lengths()))."
        )


def _fits(found: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    pairs = zip(found, wanted, strict=True) if len(found) == len(wanted) else [(0, 1)]
    return all(a is None or b is None or a == b for a, b in pairs)
