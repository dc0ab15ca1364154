"""Means of what is known."""

from __future__ import annotations

import numpy as np

from calloff.data.triangle import Quantity


def known_mean(values: Quantity) -> Quantity:
    """Mean over the second axis of the ``values`` (P, N) that are known (P); NaN where none is."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)
