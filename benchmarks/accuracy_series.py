"""statsforecast off the shelf as contenders: each part's past call-offs alone, no plan.

A part's series are its call-offs on the target days up to its origin. AutoETS chooses among
exponential smoothings (Hyndman et al. 2002); CrostonSBA (Syntetos & Boylan 2005) and TSB (Teunter,
Syntetos & Babai 2011) are for series with many zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff import Fitted, Forecaster, Past, Spec
from calloff.data.triangle import Query

Values = NDArray[np.float64]
Days = NDArray[np.datetime64]
SHORT = {"AutoETS": 8}  # observations that a model needs at least; fewer: their mean


@dataclass(frozen=True)
class Continued(Fitted):
    """days: past target days (T); calloffs (P, T)."""

    days: Days
    calloffs: Values
    model: Any

    def predict(self, query: Query) -> Values:
        answer = np.full(len(query.plan), np.nan)
        for part in np.flatnonzero((query.origin >= 0) & ~np.isnan(query.plan)):
            known = ~np.isnan(self.calloffs[part]) & (self.days <= query.day[part])
            if known.any():
                steps = steps_to(query.target, self.days[known][-1], self.days)
                answer[part] = self._continue(self.calloffs[part, known], steps)
        return answer

    def _continue(self, series: Values, steps: int) -> float:
        if len(series) < SHORT.get(type(self.model).__name__, 1):
            return float(series.mean())
        return float(self.model.forecast(y=series, h=steps)["mean"][-1])


def steps_to(target: np.datetime64, last: np.datetime64, days: Days) -> int:
    """Periods from a day to a target, at least 1: the days between, up to the target, whose weekday
    was one of the past target days (on weekly customers: the weeks)."""
    between = np.arange(last + np.timedelta64(1, "D"), target + np.timedelta64(1, "D"))
    return max(int(np.isin(weekday(between), weekday(days)).sum()), 1)


def weekday(days: Days) -> NDArray[np.int64]:
    return days.astype("datetime64[D]").astype(np.int64) % 7


@dataclass(frozen=True)
class Statsforecast(Forecaster):
    """A model of statsforecast by its name, with its settings."""

    name: str
    model: str
    settings: tuple[float, ...] = ()

    def fit(self, past: Past, spec: Spec) -> Continued:
        import statsforecast.models

        model = getattr(statsforecast.models, self.model)(*self.settings)
        return Continued(past.days[past.is_target], past.calloffs[:, past.is_target], model)


SERIES = (
    Statsforecast("autoets", "AutoETS"),
    Statsforecast("croston-sba", "CrostonSBA"),
    Statsforecast("sf-tsb", "TSB", (0.2, 0.2)),
)
