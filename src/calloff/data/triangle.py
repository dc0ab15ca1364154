"""The triangle: quantity[part, issue day, lead], and the past of a day, cut out of it.

Dimensions: P parts, K issue days, F fresh issue days of a past, L leads.
Definitions (call-off, stale and fresh day, target day, origin, lag): docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.arrival import Arrivals
from calloff.data.days import Day as Day
from calloff.data.days import Days as Days
from calloff.data.days import Mask as Mask
from calloff.data.days import Quantity as Quantity
from calloff.data.days import as_day as as_day
from calloff.data.days import as_days as as_days
from calloff.data.days import cadence, first_days, plans_as_sent
from calloff.data.days import stale_days as stale_days
from calloff.data.frame_kinds import POLARS, FrameKind
from calloff.data.frozen import frozen, read_only
from calloff.data.memo import Memo, Shared
from calloff.data.query import FreshPlans
from calloff.data.query import Query as Query
from calloff.data.reading.result import Lost
from calloff.texts import arguments
from calloff.texts.arguments import require
from calloff.texts.errors import fail

ARRAYS = ("days", "leads", "quantity", "stale", "conflict", "mismatch", "excluded", "repeated")


@dataclass(frozen=True)
class Triangle(Shared):
    """All plans of all parts, one for each issue day (P parts, K issue days, L leads).

    Attributes:
        parts: their names (P).
        days: issue days (K), rising.
        leads: calendar days ahead (L), rising from 0.
        quantity: pieces (P, K, L), NaN where nothing was sent.
        stale: days whose plans all repeat those of the day before (K).
        conflict: whether rows of that day disagreed (P, K).
        mismatch: whether a total of that day differed from the sum of its slots (P, K).
        quarantine: whether a conflict hides the part.
        excluded: parts that the user leaves out of scores and pooled statistics (P).
        repeated: plans that repeat those of the day before (P, K), as when one of several customers
            sent nothing new, or some parts were not updated. They do not count.
        sources: the customer, plant or series of files of each part (P).
        lost: parts of which no row, or not the newest, could be read.
        arrivals: knows when plans arrived; None where they are known when they are issued.
        frames: the kind of frames that results are given as.
    """

    parts: tuple[str, ...]
    days: Days
    leads: NDArray[np.int64]
    quantity: Quantity
    stale: Mask
    conflict: Mask
    mismatch: Mask
    quarantine: bool = True
    excluded: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    repeated: Mask = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))
    sources: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    arrivals: Arrivals | None = field(default=None, compare=False)
    frames: FrameKind = field(default=POLARS, compare=False)

    def __post_init__(self) -> None:
        if not self.excluded.size:
            object.__setattr__(self, "excluded", np.zeros(len(self.parts), dtype=bool))
        if not self.repeated.size:
            none = np.zeros(self.quantity.shape[:2], dtype=bool)
            object.__setattr__(self, "repeated", none)
        if not self.sources:
            object.__setattr__(self, "sources", ("",) * len(self.parts))
        for name in ARRAYS:
            own = np.asarray(getattr(self, name))
            if own.flags.writeable:  # the caller's stays so
                object.__setattr__(self, name, frozen(own.view()))

    @property
    def valid(self) -> Mask:
        """Where a quantity was sent (P, K, L)."""
        return ~np.isnan(self.quantity)

    @property
    def unscored(self) -> Mask:
        """Parts (P) that the protocol does not score: conflicts, totals, or excluded."""
        return self.conflict.any(axis=1) | self.mismatch.any(axis=1) | self.excluded

    @cached_property
    def cadence(self) -> int:
        """Days in a period: 7 where the customer plans by weeks, else 1."""
        fresh = ~self.stale
        return cadence(self.days[fresh], self.leads, self.quantity[:, fresh])

    @property
    def target_days(self) -> Days:
        """Fresh days on which something was called off."""
        called = np.nansum(np.where(self.repeated, 0.0, self.quantity[:, :, 0]), axis=0) > 0
        return self.days[called & ~self.stale]

    @property
    def newest_sent(self) -> np.datetime64:
        """The last day of which anything was sent, read or not; NaT where there is none."""
        days = [*self.days[-1:], *(np.datetime64(each.issued) for each in self.lost if each.issued)]
        return max(days, default=np.datetime64("NaT", "D"))

    def called_off(self, day: Day) -> Quantity:
        """The call-offs of one issue day.

        Args:
            day: an issue day.

        Returns:
            Pieces (P); NaN for parts without a plan, or with one that repeats that of another day.

        Raises:
            CalloffError: ``day`` is no day, or no plan was issued on it.
        """
        wanted = as_day(day)
        at = np.flatnonzero(self.days == wanted)
        if not len(at):
            span = f"{self.days[0]} - {self.days[-1]}" if len(self.days) else "-"
            raise fail("triangle.no_such_day", day=wanted, span=span)
        return np.where(self.repeated[:, at[0]], np.nan, self.quantity[:, at[0], 0])

    def excluding(self, names: Iterable[str]) -> Triangle:
        """Leave parts out of scores and pooled statistics.

        Args:
            names: of the parts.

        Returns:
            The same triangle with these parts marked, beside those that were.

        Raises:
            CalloffError: a part is not in the triangle.
        """
        wanted = tuple(names) if not isinstance(names, str) else names
        require(arguments.parts(wanted, "names", self.parts))
        return replace(self, excluded=self.excluded | np.isin(self.parts, wanted))

    @cached_property
    def fingerprint(self) -> str:
        """A digest of everything in it: equal for equal content, whatever it was cut out of."""
        digest = blake2b("\0".join(self.parts).encode(), digest_size=16)
        arrays = (self.days, self.leads, self.quantity, self.stale, self.conflict, self.mismatch)
        for array in (*arrays, self.excluded, self.repeated, np.array(self.quarantine)):
            digest.update(repr(array.shape).encode() + array.tobytes())
        return digest.hexdigest()

    def until(self, day: Day) -> Triangle:
        """The triangle of the same input cut after ``day``: plans, parts and leads sent by then, as
        views of this one's arrays where these are all."""
        count = int(np.searchsorted(self.days, as_day(day), side="right"))
        by_part, by_lead = self.first_sent
        seen, sent = by_part < count, (by_lead < count) | (self.leads == 0)
        all_seen, quantity = seen.all(), read_only(self.quantity[:, :count])
        if not (all_seen and sent.all()):
            quantity = frozen(quantity[np.ix_(seen, np.ones(count, bool), sent)])
        daily = (self.conflict, self.mismatch, self.repeated)
        conflict, mismatch, repeated = (each[:, :count] for each in daily)
        found = Triangle(
            parts=self.parts if all_seen else tuple(compress(self.parts, seen)),
            days=self.days[:count],
            leads=frozen(self.leads[sent]),
            quantity=quantity,
            stale=self.stale[:count],
            conflict=read_only(conflict if all_seen else conflict[seen]),
            mismatch=read_only(mismatch if all_seen else mismatch[seen]),
            quarantine=self.quarantine,
            excluded=frozen(self.excluded[seen]),
            repeated=read_only(repeated if all_seen else repeated[seen]),
            sources=self.sources if all_seen else tuple(compress(self.sources, seen)),
            lost=tuple(each for each in self.lost if each.issued <= str(as_day(day))),
            arrivals=self.arrivals,
            frames=self.frames,
        )
        found.__dict__["first_sent"] = (by_part[seen], np.minimum(by_lead[sent], count))
        return found

    @cached_property
    def first_sent(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first issue day (its index) with a plan of each part (P), and of each lead (L)."""
        by_part: Mask = np.logical_or.reduce(self.valid, axis=2)
        by_lead: Mask = np.logical_or.reduce(self.valid, axis=0).T
        return first_days(by_part), first_days(by_lead)

    def as_of(self, day: Day | None = None) -> Past:
        """What was known at the close of a ``day`` (by default the last fresh one): the plans
        issued up to it that had arrived, and nothing else. On the last issue day and later, that is
        all that is here. Raises CalloffError where ``day`` is no day, or there is no fresh one."""
        cutoff = self.newest_fresh() if day is None else as_day(day)
        return Past(cutoff, self.arrived_by(cutoff).until(cutoff)._copied())

    def arrived_by(self, day: np.datetime64) -> Triangle:
        """The triangle of what had arrived by a ``day`` before the last issue day; else this."""
        known = self.arrivals
        early = known is not None and len(self.days) and day < self.days[-1]
        return known.known(self, day) if known and early and known.is_late(day) else self

    def _copied(self) -> Triangle:
        arrays: dict[str, Any] = {name: frozen(np.array(getattr(self, name))) for name in ARRAYS}
        return replace(self, **arrays)

    def newest_fresh(self) -> np.datetime64:
        """The last fresh issue day.

        Returns:
            The day.

        Raises:
            CalloffError: there is none.
        """
        fresh = self.days[~self.stale]
        if not len(fresh):
            raise fail("forecast.nothing_known", as_of="-", first="-")
        return np.datetime64(fresh[-1], "D")


@dataclass(frozen=True)
class Past(Shared):
    """What a forecaster may read: the fresh plans issued up to a cutoff (P parts, F fresh issue
    days, L leads), on the axes of ``known`` without its stale days.

    Attributes:
        cutoff: the day at whose close it is.
        known: the triangle cut after it, a copy; of an earlier past, views that end there.
        memo: what was computed from it, kept as long as it is used. Pasts that are cut from it
            share its memo.
    """

    cutoff: np.datetime64
    known: Triangle
    memo: Memo = field(default_factory=Memo, init=False, repr=False, compare=False)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names (P) of the parts that ever had a plan."""
        return self.known.parts

    @property
    def leads(self) -> NDArray[np.int64]:
        """Days ahead (L)."""
        return self.known.leads

    @property
    def nbytes(self) -> int:
        """Bytes of its plans, all of them and the fresh ones, where they are no views of others."""
        own = {id(each): each for each in (self.known.quantity, self.__dict__.get("quantity"))}
        return sum(e.nbytes for e in own.values() if e is not None and e.base is None)

    @cached_property
    def key(self) -> str:
        """What tells it from other pasts that share its memo: its first issue day and cutoff."""
        return self.key_at(self.cutoff)

    def key_at(self, cutoff: np.datetime64) -> str:
        """The key of the past of an earlier ``cutoff``."""
        return f"{''.join(map(str, self.known.days[:1]))} {cutoff}"

    @cached_property
    def days(self) -> Days:
        """Fresh issue days (F)."""
        return self.known.days[~self.known.stale]

    @cached_property
    def quantity(self) -> Quantity:
        """Pieces (P, F, L) of the fresh days; NaN without a plan and for parts in quarantine."""
        known = self.known
        if not (known.stale.any() or self.hidden.any() or known.repeated.any()):
            return known.quantity
        fresh = known.quantity[:, ~known.stale]
        fresh[self.hidden] = np.nan
        fresh[known.repeated[:, ~known.stale]] = np.nan
        return frozen(fresh)

    @cached_property
    def hidden(self) -> Mask:
        """Parts (P) in quarantine by now."""
        conflicted: Mask = np.logical_or.reduce(self.known.conflict, axis=1)
        return conflicted if self.known.quarantine else np.zeros_like(conflicted)

    @cached_property
    def pooled(self) -> Mask:
        """Parts (P) that count in statistics over all parts."""
        return ~self.known.unscored

    @cached_property
    def present(self) -> Mask:
        """Whether a part has a plan of a fresh day (P, F)."""
        sent: Mask = np.logical_or.reduce(~np.isnan(self.quantity), axis=2)
        return sent

    @cached_property
    def calloffs(self) -> Quantity:
        """Pieces called off (P, F); NaN without a plan."""
        return self.quantity[:, :, 0]

    @cached_property
    def cadence(self) -> int:
        """Days in a period: 7 where the customer plans by weeks, else 1."""
        return cadence(self.days, self.leads, self.quantity)

    @cached_property
    def is_target(self) -> Mask:
        """Fresh days (F) on which something was called off."""
        return np.asarray(np.nansum(self.calloffs, axis=0)) > 0

    def earlier(self, day: Day) -> Past:
        """The past of an earlier ``day``, which shares the memo of this one; this one where the day
        is no earlier."""
        cutoff = as_day(day)
        if cutoff >= self.cutoff:
            return self

        def cut() -> Past:
            known = self.known.until(cutoff)
            alike = known.parts == self.parts and len(known.leads) == len(self.leads)
            fresh = slice(int((~known.stale).sum()))
            return self.part(Past(cutoff, known), fresh if alike else None)

        return self.memo.get("past", self.key_at(cutoff), cut)

    def part(self, past: Past, fresh: slice | None) -> Past:
        """Make another past a part of this one.

        Args:
            past: a new one, made of some of these plans.
            fresh: which of these fresh days are its own; None where parts or leads are others.

        Returns:
            The past, which shares the memo, and the plans where the same parts are hidden.
        """
        object.__setattr__(past, "memo", self.memo)
        if fresh is not None and (past.hidden == self.hidden).all():
            own = {"quantity": self.quantity[:, fresh], "present": self.present[:, fresh]}
            past.__dict__.update(own, is_target=self.is_target[fresh])
        return past

    def arrived(self, day: Day) -> Past:
        """The past of an earlier ``day`` from what had arrived by then; that of ``earlier`` where
        all had."""
        cutoff, arrivals = as_day(day), self.known.arrivals
        if arrivals is None or cutoff >= self.cutoff or not arrivals.is_late(cutoff):
            return self.earlier(cutoff)
        return self.memo.get("arrived", str(cutoff), lambda: self.known.as_of(cutoff))

    def planned(self, issued: Days | np.datetime64, target: Days | np.datetime64) -> Quantity:
        """Pieces that the plans of the fresh days ``issued`` (N, or one) have for ``target`` days
        (N, or one): (P, N), or (P) for one of each; NaN where no plan was issued, or it does not
        reach the target."""
        single = np.ndim(issued) == np.ndim(target) == 0
        one, other = np.broadcast_arrays(np.atleast_1d(issued), np.atleast_1d(target))
        found = plans_as_sent(self.quantity, self.days, self.leads, one, other)
        return found[:, 0] if single else found

    def ask(self, target: Day, lead: int) -> Query:
        """Look up the plans for a target day that were known some days before it.

        Args:
            target: the day.
            lead: calendar days before it.

        Returns:
            For each part the newest plan that was known then.
        """
        return self._fresh.newest(as_day(target), lead)

    @cached_property
    def _fresh(self) -> FreshPlans:
        return FreshPlans(self.quantity, self.present, self.days, self.leads)

    def pairs(self, lead: int) -> tuple[Quantity, Quantity]:
        """What was planned ``lead`` calendar days before each past target day, oldest first, and
        what was called off: pieces (P, T) each; NaN where there is none."""
        return self._fresh.for_targets(self.days[self.is_target], lead), (
            self.calloffs[:, self.is_target]
        )

    def history(self, lead: int) -> Iterator[tuple[Query, Quantity]]:
        """Each past target day, oldest first: the query asked ``lead`` calendar days before it, and
        the pieces called off (P)."""
        for index in np.flatnonzero(self.is_target):
            yield self.ask(self.days[index], lead), self.calloffs[:, index]
