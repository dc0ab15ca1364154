"""The plans that a made-up customer sent, period by period, as arrays; a triangle or a table on
request.

Dimensions: P parts, T periods (days or weeks), H horizon in periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.triangle import Triangle, stale_days

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
SENT_AT = np.timedelta64(18, "h")  # the hour at which plans are sent


@dataclass(frozen=True)
class History:
    """Every plan of a customer (P parts, T periods, H horizon).

    Attributes:
        plan: pieces sent in period t for period t + h (P, T, H+1), h = 0 being the call-off; NaN
            where nothing was sent.
        load: how much of a full period was worked (T), from 0 to 1.
        copied: periods in which the plan of the one before was sent again, unshifted (T).
        cadence: days in a period, 1 or 7.
        start: day of the first period, a Monday where periods are weeks.
    """

    plan: Values
    load: Values
    copied: Mask
    cadence: int = 1
    start: date = date(2024, 1, 1)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Names (P)."""
        return tuple(f"Part {part}" for part in range(1, len(self.plan) + 1))

    @cached_property
    def days(self) -> NDArray[np.datetime64]:
        """The day of each period (T): its Monday where periods are weeks."""
        return np.datetime64(self.start, "D") + self._ahead(np.arange(self.plan.shape[1]))

    @cached_property
    def calloffs(self) -> Values:
        """Pieces called off (P, T); NaN where nothing was sent, or a copy only."""
        return self.as_sent(0)

    def as_sent(self, lead: int) -> Values:
        """The plan for each period as sent ``lead`` periods before it (P, T), in pieces; NaN where
        there was none, or a copy only."""
        parts, periods = self.plan.shape[:2]
        sent = np.full((parts, periods), np.nan)
        sent[:, lead:] = self.plan[:, : periods - lead, lead]
        sent[:, lead:][:, self.copied[: periods - lead]] = np.nan
        return sent

    def triangle(self) -> Triangle:
        """Lay out the triangle that calloff reads from ``table``, without the way through a table.

        As there, a part or a lead of which nothing was sent is not in it, nor is such a day.

        Returns:
            The triangle, without conflicts.
        """
        sent = ~np.isnan(self.plan)
        parts, periods, leads = sent.any((1, 2)), sent.any((0, 2)), sent.any((0, 1))
        quantity = self.plan[np.ix_(parts, periods, leads)]
        nothing = np.zeros(quantity.shape[:2], dtype=bool)
        names = tuple(np.array(self.parts, dtype=object)[parts])
        ahead = self.cadence * np.flatnonzero(leads)
        stale = stale_days(quantity)
        return Triangle(names, self.days[periods], ahead, quantity, stale, nothing, nothing.copy())

    def table(self) -> pl.DataFrame:
        """The plans in the long layout: part, issued_at, target, quantity."""
        part, period, lead = np.nonzero(~np.isnan(self.plan))
        columns = {
            "part": np.array(self.parts, dtype=object)[part].tolist(),
            "issued_at": self.days[period].astype("datetime64[us]") + SENT_AT,
            "target": self.days[period] + self._ahead(lead),
            "quantity": self.plan[part, period, lead],
        }
        return pl.DataFrame(columns)

    def _ahead(self, periods: NDArray[np.int64]) -> NDArray[np.timedelta64]:
        return (self.cadence * periods).astype("timedelta64[D]")
