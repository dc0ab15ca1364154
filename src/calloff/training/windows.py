"""Windows over one part's daily plans: a few rows of chosen leads, and the call-off some rows on.

As in the notebook that the project grew from, a row is an issue day of the part, whatever the
calendar says. Dimensions: n rows, N windows, T steps (lookback), C columns (leads).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Days, Quantity, Triangle
from calloff.texts.errors import fail

SHARES = (0.7, 0.8)  # of the windows, in time order: training up to the first, then validation


@dataclass(frozen=True)
class WindowSpec:
    """lookback: rows in a window; delay: rows from its last one to the target; leads: the columns,
    in days ahead; fresh: leave stale days out (the notebook kept them)."""

    lookback: int = 3
    delay: int = 3
    leads: tuple[int, ...] = (0, 3, 4, 5)
    fresh: bool = False

    def __post_init__(self) -> None:
        for name in ("lookback", "delay"):
            if not 1 <= getattr(self, name) <= 366:
                value = getattr(self, name)
                raise fail("option.range", name=name, value=value, low=1, high=366)


@dataclass(frozen=True)
class Windows:
    """x (N, T, C) and y (N) in pieces; day (N) of the target; plan (N): what the window's last row
    planned ``delay`` days ahead, NaN where the file does not say; mean (N): the mean call-off of
    the window's rows."""

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
    """Standard scores, fitted on training windows only: inputs per column, and the target."""

    x_mean: NDArray[np.float64]
    x_scale: NDArray[np.float64]
    y_mean: float
    y_scale: float

    @classmethod
    def fit(cls, x: NDArray[np.float64], y: Quantity) -> Scaling:
        """Means and standard deviations; a constant column or target gets scale 1."""
        spread = x.std(axis=(0, 1))
        return cls(
            x.mean(axis=(0, 1)),
            np.where(spread > 0, spread, 1.0),
            float(y.mean()),
            float(y.std()) or 1.0,
        )

    def inputs(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scaled inputs (N, T, C)."""
        return (x - self.x_mean) / self.x_scale

    def target(self, y: Quantity) -> Quantity:
        """Scaled targets (N)."""
        return (y - self.y_mean) / self.y_scale

    def pieces(self, scaled: Quantity) -> Quantity:
        """Targets back in pieces."""
        return scaled * self.y_scale + self.y_mean


def cut_windows(triangle: Triangle, part: str, spec: WindowSpec) -> Windows:
    """The windows of one part. Raises CalloffError for a lead that the file does not have."""
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
