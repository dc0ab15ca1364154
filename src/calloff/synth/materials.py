"""Which parts a made-up customer needs for what it builds, and how long it needs each of them.

Dimensions: P parts, S periods, T of them issued, V variants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
NO_LINE = -1  # of a part that goes into the products of every line
ALL_ALONG = 10**6  # periods: longer than any history


@dataclass(frozen=True)
class Materials:
    """Which parts a customer needs.

    Attributes:
        parts: their number.
        spread: how the parts' rates differ (standard deviation of a logarithm).
        common: share of the parts that every line needs.
        passing: share of the parts that come and go.
        lifetime: least and greatest number of periods that such a part is needed for.
        ramp: number of periods in which such a part comes in or runs out.
    """

    parts: int = 40
    spread: float = 1.2
    common: float = 0.15
    passing: float = 0.0
    lifetime: tuple[int, int] = (8, 40)
    ramp: int = 3


@dataclass(frozen=True)
class Bill:
    """The parts of all products (P parts, V variants, S periods).

    Attributes:
        usage: pieces for one product (P, V).
        line: the line of each part (P); -1 for parts of every line.
        first: first period of each part (P).
        last: last period of each part (P).
        share: how much of its usage a part has in each period (P, S), from 0 to 1.
    """

    usage: Values
    line: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    share: Values


def bill(
    materials: Materials, line_of: NDArray[np.int64], periods: int, rng: np.random.Generator
) -> Bill:
    """Draw the parts.

    Args:
        materials: what they are like.
        line_of: the line of each variant (V).
        periods: their number (S).
        rng: source of random numbers.

    Returns:
        The bill of material.
    """
    count = materials.parts
    line = rng.integers(0, line_of.max() + 1, count)
    line[rng.random(count) < materials.common] = NO_LINE
    fits = (line[:, None] == line_of) | (line[:, None] == NO_LINE)
    taken = fits & (rng.random(fits.shape) < 0.6)
    taken[~taken.any(axis=1)] = fits[~taken.any(axis=1)]
    rate = np.minimum(rng.lognormal(-0.5, materials.spread, count), 20.0)
    first, last = _lives(materials, periods, rng)
    return Bill(taken * rate[:, None], line, first, last, _shares(first, last, periods, materials))


def _lives(
    materials: Materials, periods: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last period (P); those of the parts that pass are spread over all periods."""
    count = materials.parts
    passes = rng.random(count) < materials.passing
    low, high = materials.lifetime
    start = rng.integers(1 - high // 2, periods, count)
    end = start + rng.integers(low, high + 1, count)
    first = np.where(passes, start, -ALL_ALONG)
    return first, np.where(passes, end, ALL_ALONG)


def _shares(
    first: NDArray[np.int64], last: NDArray[np.int64], periods: int, materials: Materials
) -> Values:
    period = np.arange(periods)
    coming = (period - first[:, None] + 1) / materials.ramp
    going = (last[:, None] - period + 1) / materials.ramp
    return np.clip(np.minimum(coming, going), 0.0, 1.0)
