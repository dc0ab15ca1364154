"""Weighted quantiles, of many values without sorting them all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MANY = 4000  # values from which on only those about a quantile are sorted
SAMPLE, MARGIN = 400, 40  # values that show where it lies; places of it to each side: 4 sigma


def quantile(values: Floats, weight: Floats, levels: Floats | float) -> Floats:
    """Weighted quantiles of values.

    Args:
        values: N values, at least one.
        weight: their weights (N).
        levels: between 0 and 1.

    Returns:
        For each level the smallest of the values at which the weights reach it.
    """
    if np.ndim(levels) or len(values) < MANY:
        return _sorted_quantile(values, weight, (np.asarray(levels) - 1e-12) * weight.sum(), 0.0)
    return _narrowed(values, weight, float(levels))


def _sorted_quantile(
    values: Floats, weight: Floats, wanted: Floats | float, below: float
) -> Floats:
    """The smallest of ``values`` at which ``below`` and the weights reach what is wanted."""
    order = np.argsort(values, kind="stable")
    reached = below + np.cumsum(weight[order])
    at = np.searchsorted(reached, wanted)
    return np.asarray(values[order][np.minimum(at, len(values) - 1)])


def _narrowed(values: Floats, weight: Floats, level: float) -> Floats:
    """The same for one level, sorting only the values about it: between two of a sample."""
    step = len(values) // SAMPLE
    sample = values[::step]
    order = np.argsort(sample, kind="stable")
    reached = np.cumsum(weight[::step][order])
    at, wanted = int(np.searchsorted(reached, level * reached[-1])), (level - 1e-12) * weight.sum()
    first, last = at - MARGIN, at + MARGIN
    low = sample[order[first]] if first >= 0 else -np.inf
    high = sample[order[last]] if last < len(sample) else np.inf
    below, inside = float(weight[values < low].sum()), (values >= low) & (values <= high)
    if below < wanted <= below + float(weight[inside].sum()):
        return _sorted_quantile(values[inside], weight[inside], wanted, below)
    return _sorted_quantile(values, weight, wanted, 0.0)
