"""Windows over one part's daily plans: a few rows of chosen leads, and the call-off some rows on.

As in the notebook that the project grew from, a row is an issue day of the part, whatever the
calendar says. Dimensions: n rows, N windows, T steps (lookback), C columns (leads).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Days, Quantity, Triangle
from calloff.texts import arguments
from calloff.texts.arguments import flag, instance, require, several, whole
from calloff.texts.errors import fail

SHARES = (0.7, 0.8)  # of the windows, in time order: training up to the first, then validation


@dataclass(frozen=True)
class WindowSpec:
    """Which rows and columns go into a window.

    Attributes:
        lookback: rows in a window.
        delay: rows from its last one to the target.
        leads: columns, in days ahead.
        fresh: leave stale days out (the notebook kept them).

    Raises:
        CalloffError: with every setting that cannot be used.
    """

    lookback: int = 3
    delay: int = 3
    leads: tuple[int, ...] = (0, 3, 4, 5)
    fresh: bool = False

    def __post_init__(self) -> None:
        require(
            whole(self.lookback, "lookback", 1, 366),
            whole(self.delay, "delay", 1, 366),
            several(self.leads, "leads", some=True),
            flag(self.fresh, "fresh"),
        )
        require(*(whole(lead, "leads", 0, 10**6) for lead in self.leads))


@dataclass(frozen=True)
class Windows:
    """Windows over the plans of one part (N windows, T steps, C columns).

    Attributes:
        part: name of the part.
        x: pieces planned (N, T, C).
        y: pieces called off on the target day (N).
        day: target days (N).
        plan: pieces that the window's last row planned ``delay`` days ahead (N); NaN where the file
            has no such lead.
        mean: mean call-off of the window's rows, in pieces (N).
    """

    part: str
    x: NDArray[np.float64]
    y: Quantity
    day: Days
    plan: Quantity
    mean: Quantity

    def __len__(self) -> int:
        return len(self.y)

    def split(self) -> tuple[slice, slice, slice]:
        """Training, validation and test windows, in time order."""
        first, second = (int(share * len(self)) for share in SHARES)
        return slice(0, first), slice(first, second), slice(second, len(self))


@dataclass(frozen=True)
class Scaling:
    """Standard scores, fitted to training windows only (C columns).

    Attributes:
        x_mean: means of the columns (C), in pieces.
        x_scale: their standard deviations (C); 1 for a constant column.
        y_mean: mean of the targets, in pieces.
        y_scale: their standard deviation; 1 if they are constant.
    """

    x_mean: NDArray[np.float64]
    x_scale: NDArray[np.float64]
    y_mean: float
    y_scale: float

    @classmethod
    def fit(cls, x: NDArray[np.float64], y: Quantity) -> Scaling:
        """Means and standard deviations of windows ``x`` (N, T, C) and targets ``y`` (N), in
        pieces."""
        spread = x.std(axis=(0, 1))
        return cls(
            x.mean(axis=(0, 1)),
            np.where(spread > 0, spread, 1.0),
            float(y.mean()),
            float(y.std()) or 1.0,
        )

    def inputs(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Windows ``x`` (N, T, C), scaled."""
        return (x - self.x_mean) / self.x_scale

    def target(self, y: Quantity) -> Quantity:
        """Targets ``y`` (N), scaled."""
        return (y - self.y_mean) / self.y_scale

    def pieces(self, scaled: Quantity) -> Quantity:
        """Targets, ``scaled`` before, back in pieces."""
        return scaled * self.y_scale + self.y_mean


def cut_windows(triangle: Triangle, part: str, spec: WindowSpec) -> Windows:
    """Cut the plans of one part into windows.

    Args:
        triangle: the plans.
        part: name of the part.
        spec: which rows and columns go into a window.

    Returns:
        The windows; none where there are too few rows.

    Raises:
        CalloffError: the part is unknown, or the file has no such leads.
    """
    require(
        instance(triangle, "triangle", Triangle),
        instance(spec, "spec", WindowSpec),
    )
    require(arguments.part(part, triangle.parts))
    missing = sorted(set(spec.leads) - set(triangle.leads.tolist()))
    if missing:
        horizon = int(triangle.leads.max(initial=0))
        raise fail("windows.leads", leads=", ".join(f"D+{n}" for n in missing), horizon=horizon)
    quantity = triangle.quantity[triangle.parts.index(part)]  # (K, L)
    sent = ~np.isnan(quantity[:, 0]) & ~(triangle.stale & spec.fresh)
    rows, days = quantity[sent], triangle.days[sent]
    columns = rows[:, np.searchsorted(triangle.leads, spec.leads)]
    count = max(len(rows) - spec.lookback - spec.delay + 1, 0)
    at = np.arange(count)
    x = columns[at[:, None] + np.arange(spec.lookback)]  # (N, T, C)
    last, target = at + spec.lookback - 1, at + spec.lookback + spec.delay - 1
    ahead = np.flatnonzero(triangle.leads == spec.delay)
    plan = rows[last, ahead[0]] if len(ahead) else np.full(count, np.nan)
    past = rows[at[:, None] + np.arange(spec.lookback), 0]
    return Windows(part, x, rows[target, 0], days[target], plan, past.mean(axis=1))
