"""Inputs of the learned methods: what the plans known on an origin day show of a target day.

All quantities of a part are divided by its scale (its mean planned and called-off quantity so far),
so that big and small parts share one model; everything is relative to the plan, the anchor.

The weekday is no input: a past of a few weeks has each of them two or three times, and a model
would learn single days by it.

Dimensions: P parts, F fresh days, S steps (the last working days up to the origin), C channels,
K of them those of the peers, N examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.triangle import Past, Quantity
from calloff.features.peers import Peers, find_peers, relative_change
from calloff.features.samples import NAMES, OF_PLAN, OF_RECENT, PEERS, Sample, TrainingSet, ordered
from calloff.features.stats import faded_mean

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

STEPS = 5
FULL = 0.6  # of a typical day's total: from it on a day is a full one, below it a part of one
PART = 0.75  # of a busy day ahead: a day planned below it is a part of one
FARTHER = 4  # days beyond the lead asked for whose plans are still alike enough to learn from
HISTORY = 60  # working days to learn from; what is older says little of today, and costs time
RECENT = 7  # days that say what is typical
COMMON = 2.0  # parts of average size that belong to each line, see ``SampleBuilder._sums``
WILD = 3.0  # a plan is brought to at most so many times itself, and at least to that part of it
LIMIT = 3.0  # scaled inputs beyond it are cut off: a spike should not rule a model


@dataclass(frozen=True)
class SampleBuilder(Shared):
    """Makes samples from the fresh days of a ``past``. Each reads only up to its origin."""

    past: Past

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays (P, F) that it makes of its past when they are first asked for."""
        return 8 * len(self.past.parts) * len(self.past.days) * 8

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
    def size(self) -> Quantity:
        """As of each fresh day (P, F): mean of the quantities sent on working days; 0 without."""
        sent = np.where(self.working[None, :, None], self.past.quantity, np.nan)
        total = np.cumsum(np.nansum(sent, axis=2), axis=1)
        count = np.cumsum((~np.isnan(sent)).sum(axis=2), axis=1)
        return np.asarray(total / np.maximum(count, 1))

    @cached_property
    def scale(self) -> Quantity:
        """The size, to divide by (P, F), in pieces. Parts without one have the most ever planned
        for them, else the smallest size of all, so that nothing here depends on the unit of
        quantity."""
        most = np.nan_to_num(self.past.quantity).max(axis=2, initial=0.0)
        known = np.where(self.size > 0, self.size, np.maximum.accumulate(most, axis=1))
        pooled = np.where(self.past.pooled[:, None] & (self.size > 0), self.size, np.inf)
        least = pooled.min(axis=0, initial=np.inf)
        return np.where(known > 0, known, np.where(np.isfinite(least), least, 1.0))

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
        """Look up what was last planned for a fresh day.

        Args:
            day: index of the fresh day.
            least: calendar days before it, at least, at which the plan was issued.

        Returns:
            Pieces (P); NaN without a plan.
        """
        for origin in range(day - 1, -1, -1):
            lag = self.lag(origin, self.past.days[day])
            if lag >= least:
                return self.planned(origin, self.past.days[day])
        return np.full(len(self.past.parts), np.nan)

    @cached_property
    def surprise(self) -> tuple[Quantity, Quantity]:
        """Call-off less what was planned for the day two or more, and one or more, days before (P,
        F each), in pieces."""
        known = range(len(self.past.days))
        columns = [
            np.stack([self.past.calloffs[:, day] - self.last_plan(day, least) for day in known], 1)
            for least in (2, 1)
        ]
        return columns[0], columns[1]

    def peers(self, day: int) -> Peers:
        """Which parts were revised alike on the last ``HISTORY`` days, as of the fresh day with the
        index ``day``."""
        return self.past.memo.get("peers", self.marks[day], lambda: self._find_peers(day))

    def _find_peers(self, day: int) -> Peers:
        since = range(max(0, day + 1 - HISTORY), day + 1)
        changes = np.concatenate([self._change(each) for each in since], axis=1)
        return find_peers(changes, self.size[:, day], self.past.pooled)

    def _change(self, day: int) -> Quantity:
        return self.past.memo.get("change", self.marks[day], lambda: self._changes(day))

    def _changes(self, day: int) -> Quantity:
        """How the plans of a fresh day differ from those of the one before (P, up to L)."""
        targets = self.past.days[day] + self.past.leads.astype("timedelta64[D]")
        pairs = [
            (self.planned(day - 1, target), self.planned(day, target))
            for target in (targets if day else targets[:0])
        ]
        sent = [pair for pair in pairs if not any(np.isnan(each).all() for each in pair)]
        columns = [relative_change(*pair, self.scale[:, day]) for pair in sent]
        return np.stack(columns, 1) if columns else np.zeros((len(self.past.parts), 0))

    def lag(self, origin: int, target: np.datetime64) -> int:
        """Calendar days from the fresh day with the index ``origin`` to a ``target`` day."""
        return int((target - self.past.days[origin]).astype("timedelta64[D]").astype(np.int64))

    def planned(self, origin: int, target: np.datetime64) -> Quantity:
        """The plan of the fresh day with the index ``origin`` for a ``target`` day (P), in pieces;
        NaN where it does not reach."""
        return self.past.planned(self.past.days[origin], target)

    @cached_property
    def marks(self) -> list[bytes]:
        """For each fresh day a digest of all that can be seen from it (F)."""
        digest = blake2b("\0".join(self.past.parts).encode(), digest_size=16)
        digest.update(self.past.leads.tobytes() + self.past.pooled.tobytes())
        marks = []
        for day in range(len(self.past.days)):
            digest.update(self.past.days[day].tobytes() + self.past.quantity[:, day].tobytes())
            marks.append(digest.digest())
        return marks

    def at(self, origin: int, target: np.datetime64) -> Sample:
        """The sample of a ``target`` day, as known on the fresh day with the index ``origin``."""
        key = (str(target), self.marks[origin])
        return self.past.memo.get("sample", key, lambda: self._look(origin, target))

    def _look(self, origin: int, target: np.datetime64) -> Sample:
        plan, scale = self.planned(origin, target), self.scale[:, origin]
        days = np.flatnonzero(self.working[: origin + 1])[-STEPS:]
        day_load = self.day_load(origin, plan)
        recent = faded_mean(self.past.calloffs[:, days])
        recent = np.where(np.isnan(recent), plan, recent * day_load)
        before, ahead = self._before(origin, target, plan)
        sums = self._sums(origin, np.stack([plan, before, recent], axis=1))
        line = plan * factor(sums[:, 0, OF_RECENT], sums[:, 0, OF_PLAN])
        beside = (line - plan, recent - plan, before - plan)
        return Sample(
            plan=plan,
            scale=scale,
            steps=self._steps(days, origin, target, day_load, beside),
            day_load=day_load,
            recent=recent,
            before=before,
            lag=self.lag(origin, target),
            ahead=ahead,
            sums=sums,
        )

    def _before(self, origin: int, target: np.datetime64, plan: Quantity) -> tuple[Quantity, int]:
        """What a fresh day planned for the full day before a target (P; for the target, where it
        sees none), and how many full days ahead the target is."""
        least = FULL * np.nansum(plan[self.past.pooled])
        steps = np.arange(1, self.lag(origin, target) + 1)
        sent = self.past.planned(self.past.days[origin], target - steps.astype("timedelta64[D]"))
        totals = [np.nansum(column[self.past.pooled]) for column in sent.T]
        full = steps[[total >= least > 0 for total in totals]]
        found = [sent[:, step - 1] for step in full[:1]]
        ahead = 1 + int((full < len(steps)).sum())
        before = found[0] if found else plan
        return np.where(np.isnan(before), plan, before), ahead

    def _sums(self, origin: int, values: Quantity) -> Quantity:
        """Sums over each part and its peers, and over all parts (P, 2, 3), of values (P, 3). To
        each line belong ``COMMON`` average parts that move as all do: one part says little."""
        values = np.nan_to_num(values)
        together = values[self.past.pooled].sum(axis=0)
        common = COMMON / max(int(self.past.pooled.sum()), 1)
        line = self.peers(origin).total(values) + common * together
        return np.stack([line, np.broadcast_to(together, line.shape)], axis=1)

    def day_load(self, origin: int, plan: Quantity) -> float:
        """How much of a full day plans make.

        Measured by the other days ahead in the same plan, as a plan that is too low is so for all
        its days, unless that would be more than is usual, or only idle days lie ahead.

        Args:
            origin: index of the fresh day on which they were issued.
            plan: pieces planned for one day (P).

        Returns:
            1 for a full day, 0 for an idle one.
        """
        usual, ahead = self.typical[origin], self.totals[origin, 1:]
        busy = ahead[ahead > FULL * ahead.max(initial=0.0)]
        middle = float(np.median(busy)) if len(busy) else 0.0
        full = middle if FULL / 2 * usual < middle < usual else usual
        total = float(np.nansum(plan[self.past.pooled]))
        return 1.0 if total >= PART * full else total / full

    def _steps(
        self,
        days: Index,
        origin: int,
        target: np.datetime64,
        day_load: float,
        beside: tuple[Quantity, Quantity, Quantity],
    ) -> NDArray[np.float32]:
        """(P, S, C), the newest step last; steps before the first working day are zero. beside (P):
        how the line, the recent call-offs, and the day before differ from the plan."""
        count = len(self.past.parts)
        steps = np.zeros((count, STEPS, len(NAMES) - len(PEERS)))
        plan, scale = self.planned(origin, target), self.scale[:, origin]
        lag = np.full(count, self.lag(origin, target) / 7)
        for step, day in enumerate(days, start=STEPS - len(days)):
            called = self.past.calloffs[:, day]
            earlier = self.planned(day, target)
            steps[:, step] = np.stack(
                [
                    (called * day_load - plan) / scale,
                    np.isnan(called),
                    (self.profile[:, day] * day_load - plan) / scale,
                    (plan - earlier) / scale,
                    np.isnan(earlier),
                    self.surprise[0][:, day] / scale,
                    self.surprise[1][:, day] / scale,
                    np.full(count, self.lag(day, target) / 7),
                    plan / scale,
                    lag,
                    *(each / scale for each in beside),
                ],
                axis=1,
            )
        steps = np.clip(np.nan_to_num(steps), -LIMIT, LIMIT)
        return np.concatenate([steps, self._of_peers(steps, origin)], axis=2).astype(np.float32)

    def _of_peers(self, steps: Quantity, origin: int) -> Quantity:
        """The same of a part and its peers together (P, S, K), scaled as one."""
        peers, size = self.peers(origin), self.size[:, origin]
        total = peers.total(steps[:, :, PEERS] * size[:, None, None])
        whole = peers.total(size)
        return np.asarray(total / np.where(whole > 0, whole, 1.0)[:, None, None])

    def training_set(self, lags: Iterable[int]) -> TrainingSet:
        """Past working days that were called off, each as known at each of these ``lags`` (calendar
        days); pooled parts only."""
        wanted = frozenset(lags)
        key = (self.past.key, wanted)
        return self.past.memo.get("training set", key, lambda: self._training_set(set(wanted)))

    def _training_set(self, lags: set[int]) -> TrainingSet:
        rows = list(self._past_samples(lags))
        if not rows:
            nothing, never = np.zeros(0), np.zeros(0, np.int64)
            steps = np.zeros((0, STEPS, len(NAMES)), np.float32)
            sums = np.zeros((0, 2, 3))
            return TrainingSet(
                nothing, nothing, nothing, sums, nothing, nothing, steps, *[never] * 3
            )
        keep = [
            self.past.pooled & ~np.isnan(sample.plan) & ~np.isnan(actual)
            for sample, actual, *_ in rows
        ]
        pick = list(zip(rows, keep, strict=True))
        count = [int(k.sum()) for k in keep]
        examples = TrainingSet(
            plan=np.concatenate([sample.plan[k] for (sample, *_), k in pick]),
            recent=np.concatenate([sample.recent[k] for (sample, *_), k in pick]),
            before=np.concatenate([sample.before[k] for (sample, *_), k in pick]),
            sums=np.concatenate([sample.sums[k] for (sample, *_), k in pick]),
            actual=np.concatenate([actual[k] for (_, actual, *_), k in pick]),
            scale=np.concatenate([sample.scale[k] for (sample, *_), k in pick]),
            steps=np.zeros((0, STEPS, len(NAMES)), np.float32),  # see ``ordered``
            age=np.repeat([age for *_, age, _ in rows], count),
            lag=np.repeat([lag for *_, lag in rows], count),
            ahead=np.repeat([sample.ahead for sample, *_ in rows], count),
        )
        return ordered(examples, [sample for sample, *_ in rows], keep)

    def _past_samples(self, lags: set[int]) -> Iterator[tuple[Sample, Quantity, int, int]]:
        """Samples with the call-offs, the target's age, and the lag."""
        newest = len(self.past.days) - 1
        for day in np.flatnonzero(self.working & self.past.is_target)[-HISTORY:].tolist():
            for origin in range(max(1, day - max(lags, default=0)), day):
                lag = self.lag(origin, self.past.days[day])
                if lag not in lags:
                    continue
                sample = self.at(origin, self.past.days[day])
                if sample.day_load == 1.0 and not np.isnan(sample.plan).all():
                    yield sample, self.past.calloffs[:, day], newest - day, lag


def builder_of(past: Past) -> SampleBuilder:
    """The builder of a ``past``, shared by all methods that learn from it."""
    return past.memo.get("builder", past.key, lambda: SampleBuilder(past))


def factor(usual: Quantity, planned: Quantity) -> Quantity:
    """The factor by which plans are multiplied to reach the ``usual`` quantity, from 1 / WILD to
    WILD; 1 where nothing is ``planned``. Both are in the same unit."""
    ratio = usual / np.where(planned > 0, planned, 1.0)
    return np.where(planned > 0, np.clip(ratio, 1 / WILD, WILD), 1.0)


def lags(lead: int, past: Past) -> range:
    """The lags that are worth learning from.

    Args:
        lead: calendar days that are asked for.
        past: with the leads that there are.

    Returns:
        Calendar days, the nearer ones and up to FARTHER more than the lead.
    """
    return range(1, min(lead + FARTHER, int(past.leads.max(initial=0))) + 1)


def origins(query: Index) -> Iterator[tuple[int, Mask]]:
    """Split the parts of a query by their origin.

    Args:
        query: index of the origin day of each part (P), -1 where it has none.

    Yields:
        Each distinct origin, with a mask of the parts (P) that have it.
    """
    for origin in np.unique(query[query >= 0]).tolist():
        yield int(origin), query == origin
