"""Sequences of unequal length, padded to the longest; and masks, which say which steps are real.

Dimensions: N sequences, T steps of the longest, F features, D static ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def parts(x: Any) -> list[Array] | None:
    """Find the sequences in inputs of unequal length.

    Args:
        x: a list or tuple of sequences (T_n, F), an array of them, or a ragged tensor of TensorFlow
            or nested one of PyTorch.

    Returns:
        The sequences; None for inputs that are one array.
    """
    if isinstance(x, np.ndarray):
        return list(x) if x.dtype == object and x.ndim == 1 else None
    if getattr(x, "row_lengths", None) is not None:  # TensorFlow
        return [x[n] for n in range(x.shape[0])]
    if getattr(x, "is_nested", False):  # PyTorch
        return list(x.unbind())
    if isinstance(x, list | tuple) and len(x) > 0 and _rank(x[0]) == 2:
        return list(x)
    return None


def _rank(sequence: Any) -> int:
    try:
        return np.ndim(sequence)
    except (TypeError, ValueError):  # steps of unequal width, of which `pad` speaks
        return 2


def as_mask(given: Any, *, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Check a mask.

    Args:
        given: False, or 0, where a step is passed over, (N, T) or (N, T, 1): an array or lists.
        shape: (N, T) of the inputs.

    Returns:
        The mask (N, T).

    Raises:
        ValueError: it has another shape, or other values than True and False, or 1 and 0.
    """
    try:
        mask = np.asarray(given)
    except (TypeError, ValueError):
        raise ValueError(f"mask must have shape {shape}, but its rows are unequal") from None
    flags = mask[:, :, 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
    if flags.dtype.kind in "iu" and np.isin(flags, (0, 1)).all():
        flags = flags.astype(np.bool_)
    if flags.shape != shape or flags.dtype != np.bool_:
        raise ValueError(
            f"mask must be of dtype bool and shape {shape}, as x has samples and steps,"
            f" not {mask.dtype} {mask.shape}"
        )
    return flags


def lengthen(x: Array, mask: Array | None, *, steps: int) -> tuple[Array, NDArray[np.bool_] | None]:
    """Add masked steps behind the end of sequences.

    Args:
        x: inputs (N, T, F).
        mask: False where a step is masked (N, T); None: nowhere.
        steps: how many steps there shall be.

    Returns:
        The inputs and the mask; as they were where there are as many steps.
    """
    missing = steps - x.shape[1]
    if missing <= 0:
        return x, mask
    real = np.ones(x.shape[:2], dtype=bool) if mask is None else mask
    longer = np.pad(x, ((0, 0), (0, missing), (0, 0)))
    return longer, np.pad(real, ((0, 0), (0, missing)))


def count_static(static: Array | None) -> int:
    """How many ``static`` features (N, D) there are, D; 0 for None."""
    return 0 if static is None else int(np.shape(static)[1])


def with_static(x: Array, static: Array | None) -> Array:
    """Repeat static features behind those of each step.

    Args:
        x: inputs (N, T, F).
        static: features that are the same at all steps (N, D); None: there are none.

    Returns:
        Inputs (N, T, F + D), contiguous; ``x`` itself where there is nothing to repeat.
    """
    if static is None:
        return x
    samples, steps, features = x.shape
    shape = (samples, steps, features + static.shape[1])
    together = np.empty(shape, np.result_type(x, static))  # as the engine reads it: step by step
    together[:, :, :features] = x
    together[:, :, features:] = static[:, None]
    return together


def pad(sequences: Sequence[Array]) -> tuple[Array, NDArray[np.bool_]]:
    """Make sequences of unequal length one array.

    A masked step repeats the state before it, so padding at the end leaves the last output as the
    sequence itself leaves it.

    Args:
        sequences: sequences (T_n, F).

    Returns:
        The inputs x (N, T, F), zero behind each end, and the mask (N, T), False there.

    Raises:
        ValueError: there are none, or their shapes do not fit.
    """
    arrays = [as_numbers(f"sequence {n}", sequence) for n, sequence in enumerate(sequences)]
    if not arrays:
        raise ValueError("there must be at least one sequence, not none")
    for n, array in enumerate(arrays):
        if array.ndim != 2 or array.shape[1] != arrays[0].shape[-1]:
            raise ValueError(
                f"each sequence must have shape (steps, {arrays[0].shape[-1]}), as the first one;"
                f" sequence {n} has {array.shape}"
            )
    longest = max(len(array) for array in arrays)
    dtype = np.result_type(*arrays)
    x = np.zeros((len(arrays), longest, arrays[0].shape[1]), dtype)
    mask = np.zeros((len(arrays), longest), dtype=bool)
    for n, array in enumerate(arrays):
        x[n, : len(array)] = array
        mask[n, : len(array)] = True
    return x, mask


def as_numbers(name: str, given: Any) -> Array:
    """Make an array of numbers.

    Args:
        name: what messages call it.
        given: an array, or what NumPy makes one of.

    Returns:
        The array, with numbers of any kind as they are; those that are Python's objects as float64
        or complex128.

    Raises:
        ValueError: it holds something else, such as texts or dates, or some of it is masked.
    """
    try:
        array = np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from None
    if hasattr(given, "mask") and np.ma.is_masked(given):
        raise ValueError(f"{name} must not hold masked values: fill or leave them out")
    kinds = {type(value) for value in array.flat} if array.dtype.kind == "O" else {array.dtype.type}
    wrong = sorted(kind.__name__ for kind in kinds if not _is_of_numbers(kind))
    if wrong:
        raise ValueError(f"{name} must be an array of numbers, not of {wrong[0]}")
    if array.dtype.kind == "O":
        return array.astype(np.complex128 if complex in kinds else np.float64)
    return array


def _is_of_numbers(kind: type[Any]) -> bool:
    numbers = issubclass(kind, Number | np.bool_)
    return numbers and not issubclass(kind, np.timedelta64)  # NumPy's one whole number too many
