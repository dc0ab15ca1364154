"""What the triangle said of a target day, as seen on one evening: the inputs of what learns.

All quantities of a part are divided by its scale (its mean planned and called-off quantity so far),
so that big and small parts share one model; everything is relative to the plan, the anchor.

Dimensions: P parts, F fresh days, S steps (the last working days up to the origin), C channels,
N examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calloff.triangle import Past, Quantity

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

STEPS = 5
FULL = 0.6  # of a typical day's total: from it on a day is a full one, below it a part of one
RECENT = 7  # days that say what is typical
LIMIT = 3.0  # scaled inputs beyond it are cut off: a spike should not rule a model

# What one step holds; the groups are what an ablation leaves out.
CHANNELS = {
    "call-off": ("called", "not called"),
    "profile": ("profile",),
    "revision": ("revision", "not planned"),
    "surprise": ("surprise", "surprise of the day before"),
    "time": ("days ahead", "weekday sine", "weekday cosine"),
    "target": ("plan", "lag", "target weekday sine", "target weekday cosine"),
}
NAMES = tuple(name for names in CHANNELS.values() for name in names)


@dataclass(frozen=True)
class View:
    """One target day seen from one fresh day.

    plan and scale (P) in pieces; steps (P, S, C) scaled; gate: how much of a full day the target
    is planned to be, 1 for a full one, 0 for an idle one; recent (P): the mean call-off of the
    last full days, times the gate.
    """

    plan: Quantity
    scale: Quantity
    steps: NDArray[np.float32]
    gate: float
    recent: Quantity


@dataclass(frozen=True)
class Examples:
    """Past views with what came: plan, recent, actual, scale (N) in pieces, steps (N, S, C), age
    (N): fresh days between the target and the newest one."""

    plan: Quantity
    recent: Quantity
    actual: Quantity
    scale: Quantity
    steps: NDArray[np.float32]
    age: Index

    def __len__(self) -> int:
        return len(self.plan)


@dataclass(frozen=True)
class Views:
    """All that can be seen from the fresh days of a past. Each view reads only up to its origin."""

    past: Past

    @cached_property
    def totals(self) -> Quantity:
        """Pieces over the pooled parts (F, L)."""
        return np.nansum(self.past.quantity[self.past.pooled], axis=0)

    @cached_property
    def typical(self) -> Quantity:
        """As of each fresh day (F), the median total call-off of the last working days."""
        typical = np.zeros(len(self.past.days))
        busy: list[float] = []
        for day, total in enumerate(self.totals[:, 0].tolist()):
            if total > 0 and (not busy or total > FULL / 2 * typical[day - 1]):
                busy.append(total)
            typical[day] = float(np.median(busy[-RECENT:])) if busy else 0.0
        return typical

    @cached_property
    def working(self) -> Mask:
        """Fresh days (F) that were full ones: about as much as usual was called off."""
        return (self.totals[:, 0] >= FULL * self.typical) & (self.totals[:, 0] > 0)

    @cached_property
    def scale(self) -> Quantity:
        """As of each fresh day (P, F): mean of the quantities sent on working days; 1 without."""
        sent = np.where(self.working[None, :, None], self.past.quantity, np.nan)
        total = np.cumsum(np.nansum(sent, axis=2), axis=1)
        count = np.cumsum((~np.isnan(sent)).sum(axis=2), axis=1)
        mean = total / np.maximum(count, 1)
        return np.where(mean > 0, mean, 1.0)

    @cached_property
    def profile(self) -> Quantity:
        """Mean quantity planned per working day ahead (P, F); NaN without."""
        ahead = self.totals[:, 1:]
        top = ahead.max(axis=1, initial=0.0)[:, None]
        busy = (ahead >= FULL * top) & (top > 0)  # (F, L-1)
        planned = np.where(busy[None], self.past.quantity[:, :, 1:], np.nan)
        count = (~np.isnan(planned)).sum(axis=2)
        return np.where(count > 0, np.nansum(planned, axis=2) / np.maximum(count, 1), np.nan)

    def last_plan(self, day: int, least: int) -> Quantity:
        """What was last planned for a fresh day, at least ``least`` days before (P)."""
        for origin in range(day - 1, -1, -1):
            lag = self.lag(origin, self.past.days[day])
            if lag >= least:
                return self.planned(origin, self.past.days[day])
        return np.full(len(self.past.parts), np.nan)

    @cached_property
    def surprise(self) -> tuple[Quantity, Quantity]:
        """Call-off over what was planned for the day two or more, and one or more, days before."""
        known = range(len(self.past.days))
        columns = [
            np.stack([self.past.calloffs[:, day] - self.last_plan(day, least) for day in known], 1)
            for least in (2, 1)
        ]
        return columns[0], columns[1]

    def lag(self, origin: int, target: np.datetime64) -> int:
        """Calendar days from a fresh day to a target."""
        return int((target - self.past.days[origin]).astype("timedelta64[D]").astype(np.int64))

    def planned(self, origin: int, target: np.datetime64) -> Quantity:
        """The plan of a fresh day for a target (P); NaN where it does not reach."""
        at = np.flatnonzero(self.past.leads == self.lag(origin, target))
        if not len(at):
            return np.full(len(self.past.parts), np.nan)
        return self.past.quantity[:, origin, at[0]]

    def at(self, origin: int, target: np.datetime64) -> View:
        """The view of ``target`` from the fresh day ``origin`` (an index)."""
        plan, scale = self.planned(origin, target), self.scale[:, origin]
        days = np.flatnonzero(self.working[: origin + 1])[-STEPS:]
        gate = self.gate(origin, plan)
        recent = _mean(self.past.calloffs[:, days])
        return View(
            plan=plan,
            scale=scale,
            steps=self._steps(days, origin, target, gate),
            gate=gate,
            recent=np.where(np.isnan(recent), plan, recent * gate),
        )

    def gate(self, origin: int, plan: Quantity) -> float:
        """How much of a full day plans (P) make: 1 for a full one, 0 for an idle one."""
        usual = self.typical[origin]
        total = float(np.nansum(plan[self.past.pooled]))
        return 1.0 if total >= FULL * usual else total / usual

    def _steps(
        self, days: Index, origin: int, target: np.datetime64, gate: float
    ) -> NDArray[np.float32]:
        """(P, S, C), the newest step last; steps before the first working day are zero."""
        count = len(self.past.parts)
        steps = np.zeros((count, STEPS, len(NAMES)))
        plan, scale = self.planned(origin, target), self.scale[:, origin]
        fixed = [
            plan / scale,
            np.full(count, self.lag(origin, target) / 7),
            *_weekday(target, count),
        ]
        for step, day in enumerate(days, start=STEPS - len(days)):
            called = self.past.calloffs[:, day]
            earlier = self.planned(day, target)
            steps[:, step] = np.stack(
                [
                    (called * gate - plan) / scale,
                    np.isnan(called),
                    (self.profile[:, day] * gate - plan) / scale,
                    (plan - earlier) / scale,
                    np.isnan(earlier),
                    self.surprise[0][:, day] / scale,
                    self.surprise[1][:, day] / scale,
                    np.full(count, self.lag(day, target) / 7),
                    *_weekday(self.past.days[day], count),
                    *fixed,
                ],
                axis=1,
            )
        return np.clip(np.nan_to_num(steps), -LIMIT, LIMIT).astype(np.float32)

    def examples(self, lags: Iterable[int]) -> Examples:
        """Past targets of working days seen from each of these lags, pooled parts only."""
        rows = list(self._past_views(set(lags)))
        if not rows:
            nothing = np.zeros(0)
            steps = np.zeros((0, STEPS, len(NAMES)), np.float32)
            return Examples(nothing, nothing, nothing, nothing, steps, np.zeros(0, np.int64))
        keep = [
            self.past.pooled & ~np.isnan(view.plan) & ~np.isnan(actual) for view, actual, _ in rows
        ]
        pick = list(zip(rows, keep, strict=True))
        return Examples(
            plan=np.concatenate([view.plan[k] for (view, _, _), k in pick]),
            recent=np.concatenate([view.recent[k] for (view, _, _), k in pick]),
            actual=np.concatenate([actual[k] for (_, actual, _), k in pick]),
            scale=np.concatenate([view.scale[k] for (view, _, _), k in pick]),
            steps=np.concatenate([view.steps[k] for (view, _, _), k in pick]),
            age=np.concatenate([np.full(int(k.sum()), age) for (_, _, age), k in pick]),
        )

    def _past_views(self, lags: set[int]) -> Iterator[tuple[View, Quantity, int]]:
        newest = len(self.past.days) - 1
        for day in np.flatnonzero(self.working & self.past.is_target).tolist():
            for origin in range(1, day):
                if self.lag(origin, self.past.days[day]) not in lags:
                    continue
                view = self.at(origin, self.past.days[day])
                if view.gate == 1.0 and not np.isnan(view.plan).all():
                    yield view, self.past.calloffs[:, day], newest - day


def _mean(values: Quantity) -> Quantity:
    """Mean over the second axis of what is known (P); NaN where nothing is."""
    count = (~np.isnan(values)).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def _weekday(day: np.datetime64, count: int) -> tuple[Quantity, Quantity]:
    """The day of the week as a point on a circle."""
    turn = 2 * np.pi * ((day.astype("datetime64[D]").astype(np.int64) + 3) % 7) / 7  # Monday 0
    return np.full(count, np.sin(turn)), np.full(count, np.cos(turn))


def origins(asked: Index) -> Iterator[tuple[int, Mask]]:
    """The distinct origins of a question, each with the parts (P) that have it."""
    for origin in np.unique(asked[asked >= 0]).tolist():
        yield int(origin), asked == origin
