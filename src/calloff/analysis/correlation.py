"""Aligned horizons: one row per target day, seen from 0, 1, 2, ... days before; their correlation.

Dimensions: n target rows, k leads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Triangle
from calloff.texts import arguments
from calloff.texts.arguments import flag, instance, require, whole
from calloff.texts.errors import fail

MAX_LEAD = 12  # as in the notebook that the project grew from


@dataclass(frozen=True)
class Aligned:
    """What was planned for each target day of a part, lead by lead (n days, k leads).

    Attributes:
        part: name of the part.
        leads: days ahead (k).
        days: target days (n); with ``keep_stale``, the issue day of the row's D.
        values: pieces planned for the day at each lead (n, k); NaN where nothing is known.
        keep_stale: whether rows are aligned as they stand in the file, stale copies included.
    """

    part: str
    leads: tuple[int, ...]
    days: NDArray[np.datetime64]
    values: NDArray[np.float64]
    keep_stale: bool


@dataclass(frozen=True)
class Correlation:
    """How the leads of a part correlate (k leads).

    Attributes:
        aligned: the plans behind it.
        coefficient: Pearson's correlation of every two leads (k, k); NaN where it does not exist.
        pairs: number of days on which both are known (k, k).
    """

    aligned: Aligned
    coefficient: NDArray[np.float64]
    pairs: NDArray[np.int64]


def align(
    triangle: Triangle, part: str, *, max_lead: int = MAX_LEAD, keep_stale: bool = False
) -> Aligned:
    """Put all that was planned for one target day into one row.

    By default on fresh days and calendar leads: D+2 is the plan issued two days before. With
    ``keep_stale`` by rows of the file, stale copies included: D+2 is the plan two rows before, and
    only rows with ``max_lead`` rows before them are taken.

    Args:
        triangle: the plans.
        part: name of the part.
        max_lead: the longest lead, in days.
        keep_stale: align by rows of the file, as the notebook did that the project grew from.

    Returns:
        The plans for each target day.

    Raises:
        CalloffError: the part is unknown or in quarantine, there are fewer than three rows, or an
            argument cannot be used.
    """
    require(
        instance(triangle, "triangle", Triangle),
        whole(max_lead, "max_lead", 0, 10**6),
        flag(keep_stale, "keep_stale"),
    )
    require(arguments.part(part, triangle.parts))
    row = triangle.parts.index(part)
    if triangle.quarantine and triangle.conflict[row].any():
        raise fail("part.quarantine", name=part)
    leads = tuple(lead for lead in triangle.leads.tolist() if lead <= max_lead)
    rows = _by_row if keep_stale else _by_calendar
    days, values = rows(triangle, triangle.quantity[row], leads, max_lead)
    if len(days) < 3:
        raise fail("correlate.too_few", name=part, rows=len(days), needed=3, max_lead=max_lead)
    return Aligned(part, leads, days, values, keep_stale)


def _by_row(
    triangle: Triangle, quantity: NDArray[np.float64], leads: tuple[int, ...], max_lead: int
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    sent = ~np.isnan(quantity).all(axis=1)
    plans, days = quantity[sent], triangle.days[sent]
    count = max(len(plans) - max_lead, 0)
    columns = [
        plans[max_lead - lead : max_lead - lead + count, at]
        for lead, at in zip(leads, _places(triangle, leads), strict=True)
    ]
    return days[max_lead : max_lead + count], np.stack(columns, axis=1)


def _by_calendar(
    triangle: Triangle, quantity: NDArray[np.float64], leads: tuple[int, ...], max_lead: int
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    fresh = ~triangle.stale & ~np.isnan(quantity[:, 0])
    days = triangle.days[fresh]
    values = np.full((len(days), len(leads)), np.nan)
    for column, (lead, at) in enumerate(zip(leads, _places(triangle, leads), strict=True)):
        issued = days - np.timedelta64(lead, "D")
        place = np.searchsorted(triangle.days, issued).clip(0, len(triangle.days) - 1)
        known = (triangle.days[place] == issued) & ~triangle.stale[place]
        values[known, column] = quantity[place[known], at]
    return days, values


def _places(triangle: Triangle, leads: tuple[int, ...]) -> list[int]:
    return [int(np.searchsorted(triangle.leads, lead)) for lead in leads]


def correlate(aligned: Aligned) -> Correlation:
    """Correlate every two leads, over the days on which both are known.

    Args:
        aligned: the plans for each target day.

    Returns:
        Pearson's coefficients, and the pairs behind them.

    Raises:
        CalloffError: ``aligned`` is of another type.
    """
    require(instance(aligned, "aligned", Aligned))
    k = len(aligned.leads)
    known = ~np.isnan(aligned.values)
    coefficient = np.full((k, k), np.nan)
    for a in range(k):
        for b in range(k):
            both = known[:, a] & known[:, b]
            coefficient[a, b] = _pearson(aligned.values[both, a], aligned.values[both, b])
    pairs = known.T.astype(np.int64) @ known.astype(np.int64)
    return Correlation(aligned, coefficient, pairs)


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """NaN for fewer than two pairs or a constant side."""
    if len(x) < 2:
        return float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((dx @ dx) * (dy @ dy)))
    return float(dx @ dy) / scale if scale > 0 else float("nan")
