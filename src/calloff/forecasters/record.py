"""The record: what the past target days of a customer showed, summed up one after the other.

Each target day is first forecast from the record as it was when its origin closed, then its
call-offs are learned; so the errors in a record are those that the forecasts really had
(prequential; Dawid 1984). All forecasts of the simple methods, and their weights, are read from it.

Dimensions: P parts, M simple methods, G fades, S strengths, E examples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.places import placed, places
from calloff.data.triangle import Quantity, Query
from calloff.forecasters.regression import ALONE, Examples
from calloff.forecasters.slippage import Slippage
from calloff.forecasters.weights import Losses

Floats = NDArray[np.float64]

FADES = (1.0, 0.9)  # weight of a target day falls by this with each one after it
STRENGTHS = (np.inf, 100.0, 30.0, 10.0, 3.0, 1.0)  # target days that the pooled ratio is worth
SMOOTHING = 0.75  # weight of a call-off falls by this with each later one of its part
STEPS = 8  # outcomes that a network reads
SIMPLE = ("plan", "ratio-part", "smoothing", "blend", "top-down", "middle-out")


@dataclass(frozen=True)
class Row(Shared):
    """The simple forecasts for one target day, as made at one past (P parts, M methods).

    Attributes:
        query: the question.
        load: how much of a full day it is planned to be, from 0 to 1.
        scale: mean of what was planned and called off of each part (P), in pieces, above 0.
        simple: forecasts of SIMPLE (M, P), in pieces; the plan where one has none.
        losses: usual error of each (M, P), in pieces.
        combined: their weighted mean (P), in pieces.
        unit: usual error of that (P), in pieces, above 0.
    """

    query: Query
    load: float
    scale: Quantity
    simple: Quantity
    losses: Quantity
    combined: Quantity
    unit: Quantity

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return int(8 * self.scale.size * (2 * len(SIMPLE) + 5))


@dataclass(frozen=True)
class Outcome(Shared):
    """A past target day: what was forecast, and what came.

    Attributes:
        parts: names (P).
        row: what was forecast.
        actual: pieces called off (P); NaN without a plan.
        latest: pieces planned for it in the last plan before it (P).
    """

    parts: tuple[str, ...]
    row: Row
    actual: Quantity
    latest: Quantity

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.row.nbytes + 2 * self.actual.nbytes


@dataclass(frozen=True)
class Record(Shared):
    """Sums over past target days (P parts, M simple methods, G fades).

    Attributes:
        parts: names (P).
        planned: pieces planned (G, P).
        called: pieces called off for them (G, P).
        pairs: number of these pairs (G, P).
        ratio_error: pieces by which the ratio of each fade and strength was wrong (G, S).
        level: smoothed call-offs of full days, not yet divided (P).
        level_weight: what they are divided by (P).
        sent: pieces planned and called off (P).
        sent_count: their number (P).
        losses: of the simple methods.
        unit: losses of their weighted mean.
        examples: for the regression, the newest last.
        weights: what it found (4).
        slippage: how far plans slip.
        outcomes: the last target days (up to STEPS), the newest last.
    """

    parts: tuple[str, ...]
    planned: Floats
    called: Floats
    pairs: Floats
    ratio_error: Floats
    level: Floats
    level_weight: Floats
    sent: Floats
    sent_count: Floats
    losses: Losses
    unit: Losses
    examples: tuple[Examples, ...]
    weights: Floats
    slippage: Slippage
    outcomes: tuple[Outcome, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of its own arrays."""
        return 8 * len(self.parts) * (3 * len(FADES) + len(SIMPLE) + 7)

    @classmethod
    def empty(cls, parts: tuple[str, ...]) -> Record:
        """Make the record before the first target day.

        Args:
            parts: names (P).

        Returns:
            The record, in which nothing is known.
        """
        by_fade, nothing = np.zeros((len(FADES), len(parts))), np.zeros(len(parts))
        return cls(
            parts=parts,
            planned=by_fade,
            called=by_fade,
            pairs=by_fade,
            ratio_error=np.zeros((len(FADES), len(STRENGTHS))),
            level=nothing,
            level_weight=nothing,
            sent=nothing,
            sent_count=nothing,
            losses=Losses.none(len(SIMPLE), len(parts)),
            unit=Losses.none(1, len(parts)),
            examples=(),
            weights=ALONE,
            slippage=Slippage.unknown(),
            outcomes=(),
        )

    def on(self, parts: tuple[str, ...]) -> Record:
        """The same record for other ``parts``: nothing is known of those that are new."""
        if parts == self.parts:
            return self
        at = places(self.parts, parts)
        return replace(
            self,
            parts=parts,
            planned=placed(self.planned, at),
            called=placed(self.called, at),
            pairs=placed(self.pairs, at),
            level=placed(self.level, at),
            level_weight=placed(self.level_weight, at),
            sent=placed(self.sent, at),
            sent_count=placed(self.sent_count, at),
            losses=self.losses.on(at),
            unit=self.unit.on(at),
        )

    def smoothed(self) -> Quantity:
        """Smoothed call-offs of a full day (P), in pieces; NaN before the first."""
        weight = np.where(self.level_weight > 0, self.level_weight, np.nan)
        return np.asarray(self.level / weight)

    def ratios(self, fade: int, strength: float, pooled: NDArray[np.bool_]) -> Floats:
        """Called off per piece planned (P), drawn towards the pooled ratio.

        Args:
            fade: index in FADES.
            strength: number of target days that the pooled ratio is worth.
            pooled: parts that count in it (P).

        Returns:
            The ratios.
        """
        planned, called = self.planned[fade], self.called[fade]
        total = float(planned[pooled].sum())
        together = float(called[pooled].sum()) / total if total > 0 else 1.0
        if not np.isfinite(strength):
            return np.full(len(planned), together)
        own = called / np.where(planned > 0, planned, 1.0)
        count = np.where(planned > 0, self.pairs[fade], 0.0)
        return np.asarray(together + count / (count + strength) * (own - together))

    @property
    def best_ratio(self) -> tuple[int, float]:
        """The fade (its index) and the strength with the least error so far."""
        fade, strength = np.unravel_index(np.argmin(self.ratio_error), self.ratio_error.shape)
        return int(fade), STRENGTHS[int(strength)]
