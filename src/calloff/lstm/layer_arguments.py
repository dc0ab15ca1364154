"""What a layer is given: made into arrays of one kind, or refused with what does not fit.

Inputs, masks and states come as Keras takes them: lists, tuples, arrays or tensors. All shapes are
checked here, so that no error comes from inside the recurrence and nothing is broadcast.

Dimensions: N samples, T steps, F features, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import sequences
from calloff.lstm.reference import Dropout, State, Weights

Array = NDArray[Any]


def as_weights(given: Any, *, units: int, use_bias: bool) -> Weights:
    """Check the weights of a layer.

    Args:
        given: kernel (F, 4H), recurrent kernel (H, 4H), and bias (4H) or None.
        units: H.
        use_bias: whether there is a bias.

    Returns:
        The weights.

    Raises:
        ValueError: their number or shapes do not fit.
    """
    listed = [*_listed("weights", given), None, None, None]
    arrays = [None if w is None else numbers("a weight", w) for w in listed]
    found = [None if w is None else w.shape for w in arrays]
    kernel, recurrent, bias = arrays[:3]
    fits = kernel is not None and kernel.ndim == 2 and found[0] == (len(kernel), 4 * units)
    rest = [(units, 4 * units), (4 * units,) if use_bias else None]
    if not fits or found[1:] != rest + [None] * (len(found) - 3):
        shapes = f"(features, {4 * units}), {rest[0]} and {rest[1]}"
        raise ValueError(f"weights must have shapes {shapes}, not {found[:-3]}")
    assert kernel is not None
    assert recurrent is not None
    return Weights(kernel, recurrent, bias)


def as_batch(
    x: Any, mask: Any, *, kernel: Array, time_major: bool = False
) -> tuple[Array, NDArray[np.bool_] | None]:
    """Check inputs and mask.

    Args:
        x: inputs (N, T, F), or (T, N, F); or sequences (T_n, F) of unequal length, as a list or a
            ragged tensor.
        mask: False where a step is passed over: (N, T) or (N, T, 1), or (T, N) and (T, N, 1).
        kernel: weights of the inputs (F, 4H), of the dtype that whole numbers get.
        time_major: whether the steps come first.

    Returns:
        Inputs (N, T, F) and mask (N, T), samples first.

    Raises:
        ValueError: shapes do not fit, or there are no numbers.
    """
    parts, features = sequences.parts(x), kernel.shape[0]
    if parts is not None:
        if mask is not None:
            raise ValueError("sequences of unequal length have their own mask: give none")
        x, mask = sequences.pad(parts)
        time_major = False
    x = numbers("x", x, kernel.dtype)
    if x.ndim != 3 or x.shape[2] != features or 0 in x.shape:
        first = "steps, samples" if time_major else "samples, steps"
        raise ValueError(f"x must have shape ({first}, {features}), none of them 0, not {x.shape}")
    if mask is not None:
        mask = sequences.as_mask(mask, shape=(x.shape[0], x.shape[1]))
    if not time_major:
        return x, mask
    return x.swapaxes(0, 1), None if mask is None else mask.swapaxes(0, 1)


def as_state(given: Any, *, samples: int, units: int, name: str = "state") -> State:
    """Check a state.

    Args:
        given: h and c, (N, H) each, as a list or tuple of two.
        samples: N.
        units: H.
        name: what messages call it.

    Returns:
        The state.

    Raises:
        ValueError: it is no pair, or shapes do not fit.
    """
    pair = _listed(name, given)
    if len(pair) != 2 or any(part is None for part in pair):
        raise ValueError(f"{name} must be [h, c], two arrays, not {len(pair)} of them")
    arrays = [numbers(f"{name} {part}", array) for part, array in zip("hc", pair, strict=True)]
    for part, array in zip("hc", arrays, strict=True):
        if array.shape != (samples, units):
            raise ValueError(
                f"{name} {part} must have shape {(samples, units)}, one row for each sample,"
                f" not {array.shape}; a stateful layer needs batches of one size"
            )
    return State(*arrays)


def check_dropout(dropout: Dropout, *, samples: int, features: int, units: int) -> None:
    """Check dropout masks.

    Args:
        dropout: masks of inputs (1 or 4, N, F) and hidden state (1 or 4, N, H).
        samples: N.
        features: F.
        units: H.

    Raises:
        ValueError: a shape does not fit.
    """
    for name, width in (("inputs", features), ("recurrent", units)):
        array = getattr(dropout, name)
        if array is not None and np.shape(array) not in ((1, samples, width), (4, samples, width)):
            raise ValueError(
                f"dropout mask {name} must have shape (1 or 4, {samples}, {width}),"
                f" not {np.shape(array)}"
            )


def numbers(name: str, given: Any, dtype: DTypeLike = np.float64) -> Array:
    """Make an array of numbers.

    Args:
        name: what messages call it.
        given: an array, or what NumPy makes one of.
        dtype: what whole numbers become.

    Returns:
        The array, floating-point or complex.

    Raises:
        ValueError: it holds something else.
    """
    array = sequences.as_numbers(name, given)
    return array if array.dtype.kind in "fc" else array.astype(dtype)


def _listed(name: str, given: Any) -> Sequence[Any]:
    if isinstance(given, Sequence | np.ndarray) and not isinstance(given, str):
        return list(given)
    raise ValueError(f"{name} must be a list or tuple of arrays, not {type(given).__name__}")
