"""The planning trade's figures: all parts, each customer, and the parts, the worst plans first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from calloff.evaluation.past_figures import PART

Number = float | None


@dataclass(frozen=True)
class FigureRow:
    """The figures of the plans of all parts, of a customer, or of a part; see ``past_figures``.

    Attributes:
        level: "all", "customer" or "part".
        name: name of the customer or part; empty for all.
        targets: target days behind the tracking signals.
        index_by_target: accuracy index by target, from 0 to 1.
        index_by_volume: accuracy index by volume, from 0 to 1.
        weighted_bias: from -1 (all plans too low) to 1.
        instability: share of the pieces planned that changes from one plan to the next.
        tracking_signal: cumulative error over mean absolute error.
        alarm: whether that is beyond 4; None where it is not known.
        trigg_signal: from -1 (all plans too low) to 1.
    """

    level: str
    name: str
    targets: int
    index_by_target: Number
    index_by_volume: Number
    weighted_bias: Number
    instability: Number
    tracking_signal: Number
    alarm: bool | None
    trigg_signal: Number


@dataclass(frozen=True)
class FiguresSummary:
    """The figures.

    Attributes:
        groups: all parts together, and each customer where there are several.
        parts: the parts with target days, those with the largest usual error first.
    """

    groups: tuple[FigureRow, ...]
    parts: tuple[FigureRow, ...]


def figures(found: pl.DataFrame, order: Sequence[str]) -> FiguresSummary:
    """Summarise what ``past_figures`` found.

    Args:
        found: the figures.
        order: parts that come first, in their order.

    Returns:
        What is shown of it.
    """
    rank = {part: at for at, part in enumerate(order)}
    rows = [FigureRow(**row) for row in found.iter_rows(named=True)]
    parts = [row for row in rows if row.level == PART and row.targets]
    return FiguresSummary(
        groups=tuple(row for row in rows if row.level != PART),
        parts=tuple(sorted(parts, key=lambda row: rank.get(row.name, len(rank)))),
    )
