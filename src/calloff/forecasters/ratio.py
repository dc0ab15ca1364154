"""The plan times a ratio: how much of what was planned at this lead was called off in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query, as_days
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

# Target days of evidence that the pool is worth; of equal ones the first, the strongest, is taken.
STRENGTHS = (np.inf, 100.0, 30.0, 10.0, 3.0, 1.0)


@dataclass(frozen=True)
class Scaled(Fitted):
    """The plan times a ``ratio`` for each part (P), called off per piece planned."""

    ratio: NDArray[np.float64]

    def predict(self, query: Query) -> NDArray[np.float64]:
        return query.plan * self.ratio


@dataclass(frozen=True)
class PooledRatio(Forecaster):
    """One ratio for all parts: sum of call-offs over sum of their plans, all past targets.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "ratio"
    rank: ClassVar[int] = 20

    def fit(self, past: Past, spec: Spec) -> Scaled:
        pairs = Pairs.of(past, spec.lead)
        ratio = _pooled(pairs.plan.sum(axis=0), pairs.actual.sum(axis=0), past.pooled)
        return Scaled(np.full(len(past.parts), ratio))


@dataclass(frozen=True)
class PartRatio(Forecaster):
    """A ratio for each part, drawn towards the pooled one where it has few past targets.

    A part's n past targets weigh n, the pool weighs ``strength`` of them; the strength is the one
    that would have done best on the past targets, each forecast from its own past.

    Attributes:
        name: by which it is asked for.
    """

    name: str = "ratio-part"
    rank: ClassVar[int] = 21

    def fit(self, past: Past, spec: Spec) -> Scaled:
        pairs = Pairs.of(past, spec.lead)
        strength = min(STRENGTHS, key=lambda s: pairs.rolling_error(s, past.pooled))
        return Scaled(pairs.ratios(len(pairs.days), strength, past.pooled))


@dataclass(frozen=True)
class Pairs:
    """Past targets with their plans (T days, P parts).

    Attributes:
        days: the target days (T), oldest first.
        plan: pieces planned (T, P), 0 where plan or call-off is missing.
        actual: pieces called off (T, P), 0 likewise.
        known: where neither is missing (T, P).
        lead: in calendar days.
    """

    days: NDArray[np.datetime64]
    plan: NDArray[np.float64]
    actual: NDArray[np.float64]
    known: NDArray[np.bool_]
    lead: int

    @classmethod
    def of(cls, past: Past, lead: int) -> Pairs:
        """Collect the pairs of a past.

        Args:
            past: what may be read.
            lead: in calendar days.

        Returns:
            A row for each past target day.
        """
        rows = [(query.plan, actual, query.target) for query, actual in past.history(lead)]
        shape = (len(rows), len(past.parts))
        plan = np.array([row[0] for row in rows]).reshape(shape)
        actual = np.array([row[1] for row in rows]).reshape(shape)
        known = ~np.isnan(plan) & ~np.isnan(actual)
        days = np.array([row[2] for row in rows], dtype="datetime64[D]")
        return cls(days, np.where(known, plan, 0), np.where(known, actual, 0), known, lead)

    def ratios(self, count: int, strength: float, pooled: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Ratios from the first target days.

        Args:
            count: number of target days.
            strength: number of target days that the pooled ratio is worth.
            pooled: parts that count in it (P).

        Returns:
            Called off per piece planned (P).
        """
        plan, actual = self.plan[:count].sum(axis=0), self.actual[:count].sum(axis=0)
        own = actual / np.where(plan > 0, plan, 1)
        n = np.where(plan > 0, self.known[:count].sum(axis=0), 0)
        weight = n / (n + strength) if np.isfinite(strength) else np.zeros(len(n))
        return weight * own + (1 - weight) * _pooled(plan, actual, pooled)

    def rolling_error(self, strength: float, pooled: NDArray[np.bool_]) -> float:
        """Sum of absolute errors over past targets, each forecast from the targets known at its
        origin.

        Args:
            strength: number of target days that the pooled ratio is worth.
            pooled: parts that count (P).

        Returns:
            Pieces.
        """
        error = 0.0
        for index, day in enumerate(self.days):
            count = int(np.searchsorted(self.days, day - as_days(self.lead), side="right"))
            forecast = self.plan[index] * self.ratios(count, strength, pooled)
            wrong = np.abs(forecast - self.actual[index])
            error += float(wrong[self.known[index] & pooled].sum())
        return error


def _pooled(
    plan: NDArray[np.float64], actual: NDArray[np.float64], pooled: NDArray[np.bool_]
) -> float:
    planned = float(plan[pooled].sum())
    return float(actual[pooled].sum()) / planned if planned > 0 else 1.0


METHODS = (PooledRatio(), PartRatio())
