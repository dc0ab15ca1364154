"""Sequences of unequal length: padded to the longest, with a mask that says which steps are real.

Dimensions: N sequences, T steps of the longest, F features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


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
    arrays = [np.asarray(sequence) for sequence in sequences]
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
