"""When a made-up customer works: full and short periods, idle ones, and which lines run.

Dimensions: S periods, K lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
FULL_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)  # Monday first


@dataclass(frozen=True)
class WorkingTime:
    """When a customer works.

    Attributes:
        week: load of each weekday of a daily customer, Monday first, from 0 to 1.
        holidays: idle periods, counted from 0.
        short: share of the working periods that are short ones.
        short_load: how much of a full period these are.
        by_line: whether each line runs either fully or not at all in a short period.
    """

    week: tuple[float, ...] = FULL_WEEK
    holidays: tuple[int, ...] = ()
    short: float = 0.0
    short_load: float = 0.5
    by_line: bool = False

    def loads(self, periods: int, lines: int, cadence: int, rng: np.random.Generator) -> Values:
        """Draw how much each line runs; the first period is a Monday.

        Args:
            periods: their number (S).
            lines: their number (K).
            cadence: days in a period, 1 or 7.
            rng: source of random numbers.

        Returns:
            Share of a full period (S, K), from 0 to 1.
        """
        week = np.array(self.week if cadence == 1 else [1.0])
        load = np.resize(week, periods)
        load[[period for period in self.holidays if period < periods]] = 0.0
        load[(load == 1) & (rng.random(periods) < self.short)] = self.short_load
        by_line = np.repeat(load[:, None], lines, axis=1)
        if self.by_line:
            some = (load > 0) & (load < 1)
            by_line[some] = rng.random((int(some.sum()), lines)) < load[some, None]
        return by_line
