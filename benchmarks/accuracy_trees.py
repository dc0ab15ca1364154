"""LightGBM off the shelf as a contender, on what the protocol allows it to know.

All parts pooled, absolute loss, 300 trees of 31 leaves, rate 0.03. Inputs: the last eight call-offs
of a part and the plans for them, as sent at this lead, their means, the plan, the part's age and
size. Half of the answer comes from trees that learn call-offs, half from trees that learn what is
to be added to the mean of the last eight.

Dimensions: T past target days, P parts, N rows, F inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff import Fitted, Forecaster, Past, Spec
from calloff.data.triangle import Query

Values = NDArray[np.float64]
Index = NDArray[np.int64]
LAST = 8  # call-offs that are looked at
REFIT = 4  # target days after which the trees are grown anew
ENOUGH = 40  # rows to learn from
MEAN = 2 * LAST  # input: mean of the last call-offs


@dataclass(frozen=True)
class Targets:
    """Past target days of a past: days (T), plan as sent at the lead and call-off (T, P), and how
    many of them were known on the origin of each (T, P)."""

    days: NDArray[np.datetime64]
    plan: Values
    actual: Values
    known: Index

    @classmethod
    def of(cls, past: Past, lead: int) -> Targets:
        rows = [(query, actual) for query, actual in past.history(lead)]
        shape = (len(rows), len(past.parts))
        days = np.array([query.target for query, _ in rows], dtype="datetime64[D]")
        return cls(
            days,
            np.array([query.plan for query, _ in rows]).reshape(shape),
            np.array([actual for _, actual in rows]).reshape(shape),
            np.array([known_on(days, query) for query, _ in rows]).reshape(shape).astype(np.int64),
        )

    def inputs(self, known: Index, plan: Values) -> Values:
        """What is seen of each part (P, F) where its first ``known`` (P) target days are known."""
        parts = np.arange(len(plan))
        place = known[:, None] - np.arange(LAST, 0, -1)
        there = place >= 0
        at = (np.maximum(place, 0), parts[:, None])
        calls, plans = np.full((2, len(plan), LAST), np.nan)
        if len(self.days):
            calls, plans = (np.where(there, each[at], np.nan) for each in (self.actual, self.plan))
        before = np.arange(len(self.days))[:, None] < known
        age = (before & ~np.isnan(self.actual)).sum(axis=0)
        total = np.where(before, np.nan_to_num(self.actual), 0.0).sum(axis=0)
        size = np.where(age > 0, total / np.maximum(age, 1), np.nan)
        return np.column_stack([calls, plans, mean(calls), mean(plans), plan, age, size])

    def lessons(self, count: int, pooled: NDArray[np.bool_]) -> tuple[Values, Values]:
        """Inputs (N, F) and call-offs (N) of the first ``count`` target days."""
        inputs, actual = [], []
        for day in range(count):
            both = pooled & ~np.isnan(self.plan[day]) & ~np.isnan(self.actual[day])
            inputs.append(self.inputs(self.known[day], self.plan[day])[both])
            actual.append(self.actual[day][both])
        return np.concatenate(inputs), np.concatenate(actual)


def known_on(days: NDArray[np.datetime64], query: Query) -> Index:
    """How many of the target days lie on or before each part's origin (P)."""
    origin = np.where(query.origin >= 0, query.day, np.datetime64("1900-01-01"))
    return np.searchsorted(days, origin, side="right")


def mean(values: Values) -> Values:
    """Of each row, NaN left out; NaN where there is nothing else."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class Grown(Fitted):
    """Both kinds of trees; None: too little to learn from."""

    targets: Targets
    trees: tuple[Any, Any] | None

    def predict(self, query: Query) -> Values:
        if self.trees is None:
            return np.full(len(query.plan), np.nan)
        inputs = self.targets.inputs(known_on(self.targets.days, query), query.plan)
        level, change = (each.predict(inputs, num_threads=1) for each in self.trees)
        usual = inputs[:, MEAN]
        return np.where(np.isnan(usual), level, (level + usual + change) / 2)


@dataclass(frozen=True)
class LightGBM(Forecaster):
    """See the module. The trees of an origin are those grown at the last of every ``refit`` target
    days that it knows, so what they are depends on the origin's past alone."""

    name: str = "lightgbm"
    trees: int = 300
    leaves: int = 31
    rate: float = 0.03
    refit: int = REFIT

    def fit(self, past: Past, spec: Spec) -> Grown:
        targets = Targets.of(past, spec.lead)
        count = len(targets.days) - len(targets.days) % self.refit or len(targets.days)
        if not count:
            return Grown(targets, None)
        inputs, actual = targets.lessons(count, past.pooled)
        if len(actual) < ENOUGH:
            return Grown(targets, None)
        change = actual - inputs[:, MEAN]
        some = ~np.isnan(change)
        settings = (self.trees, self.leaves, self.rate)
        level = grown(inputs.tobytes(), actual.tobytes(), settings)
        correction = grown(inputs[some].tobytes(), change[some].tobytes(), settings)
        return Grown(targets, (level, correction))


@lru_cache(maxsize=4)
def grown(inputs: bytes, actual: bytes, settings: tuple[int, int, float]) -> Any:
    """Trees for these rows: the same for the same rows."""
    import lightgbm

    count, leaves, rate = settings
    rows = np.frombuffer(actual)
    data = lightgbm.Dataset(np.frombuffer(inputs).reshape(len(rows), -1), rows)
    options = {"objective": "l1", "num_leaves": leaves, "learning_rate": rate, "verbosity": -1,
               "num_threads": 1, "deterministic": True, "force_row_wise": True}  # fmt: skip
    return lightgbm.train(options, data, count)
