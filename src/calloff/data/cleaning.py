"""One plan per part and issue day. What does not count is set aside with its reason."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from calloff.data.frame_kinds import POLARS, FrameKind
from calloff.data.reading import Reading
from calloff.data.reading.plans import Plans
from calloff.data.reading.result import Lost
from calloff.data.reading.sources import part_sources
from calloff.texts.arguments import instance, one_of, require
from calloff.texts.errors import CalloffError, Problem, Where

CONFLICT_POLICIES = ("quarantine", "first", "last", "fail")
QUANTITIES = ("total", "slots")
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Policy:
    """How to settle what a file leaves open.

    Attributes:
        conflicts: what to do with rows of one part and time stamp that disagree: "quarantine" the
            part, keep the "first" or the "last" row, or "fail".
        quantity: which counts where a day's "total" and the sum of its "slots" differ.

    Raises:
        CalloffError: either is none of these.
    """

    conflicts: str = "quarantine"
    quantity: str = "total"

    def __post_init__(self) -> None:
        require(
            one_of(self.conflicts, "conflicts", CONFLICT_POLICIES),
            one_of(self.quantity, "quantity", QUANTITIES),
        )


@dataclass(frozen=True)
class Cleaned:
    """One plan for each part and issue day, in the order of part and day (n plans, L leads).

    Plans of quarantined parts are kept here, and hidden by the triangle from the day of their
    first conflict on: before that day nobody could know. ``plans.rows`` of parts that are not
    quarantined and ``set_aside`` add up to all rows read.

    Attributes:
        plans: the plans.
        policy: how they were settled.
        conflicts: whether rows of this part and day disagreed (n).
        mismatches: whether a total differed from the sum of its slots (n, L).
        stamps: part -> number of time stamps whose rows disagree.
        set_aside: reason -> number of rows that are not used.
        sources: part -> customer, plant or series of files that it is from.
        bucket_rows: rows that hold quantities of several days only.
        lost: parts of which no row, or not the newest, could be read.
        frames: the kind of frames that results are given as.
    """

    plans: Plans
    policy: Policy
    conflicts: Mask
    mismatches: NDArray[np.bool_]  # (n, L)
    stamps: dict[str, int]
    set_aside: dict[str, int]
    sources: dict[str, str] = field(default_factory=dict)
    bucket_rows: int = 0
    lost: tuple[Lost, ...] = ()
    frames: FrameKind = POLARS

    @property
    def quarantined(self) -> tuple[str, ...]:
        """Parts that are left out for their conflicts."""
        return tuple(self.stamps) if self.policy.conflicts == "quarantine" else ()

    @property
    def rows_used(self) -> int:
        """Rows of the input that made it into plans of parts that are not quarantined."""
        kept = ~np.isin(self.plans.part.astype(str), self.quarantined)
        return int(self.plans.rows[kept].sum()) + self.bucket_rows


def clean(reading: Reading, policy: Policy | None = None) -> Cleaned:
    """Settle duplicates, conflicts, totals, and days with several plans.

    Args:
        reading: what was read.
        policy: how to settle conflicts and totals; by default, quarantine and total.

    Returns:
        One plan for each part and issue day, and what was set aside.

    Raises:
        CalloffError: an argument is of another type, or the policy is to fail and there are
            conflicts, all of which are named.
    """
    require(
        instance(reading, "reading", Reading), instance(policy, "policy", Policy, optional=True)
    )
    policy = policy or Policy()
    plans = reading.plans.take(part_order(reading.plans))
    group = _groups(plans.part, plans.issued)
    kept = _settle(group, policy.conflicts)
    differs = _differs(plans, kept)
    plans = _complete(plans, kept, differs)
    conflict = np.isin(group, group[differs])
    if policy.conflicts == "fail" and conflict.any():
        raise CalloffError(_conflict_problems(reading, plans.take(conflict)))
    mismatch = _mismatches(plans)
    if policy.quantity == "slots":
        known = ~np.isnan(plans.slots) & ~np.isnan(plans.quantity)
        plans = replace(plans, quantity=np.where(known, plans.slots, plans.quantity))
    day = _groups(plans.part, plans.issued.astype("datetime64[D]"))
    last = np.append(day[1:] != day[:-1], True)[: len(day)]
    last = _last_kept(last, kept)
    stamps = Counter(plans.part[conflict & _firsts(group)].tolist())
    quarantine = np.isin(plans.part, list(stamps)) & (policy.conflicts == "quarantine")
    reasons = {
        "duplicate": (kept != np.arange(len(kept))) & ~differs & ~quarantine,
        "conflict": quarantine | (conflict & differs),
    }
    return Cleaned(
        plans=plans.take(last),
        policy=policy,
        conflicts=_any_by(conflict, day)[last],
        mismatches=_any_by(mismatch, day)[last],
        stamps=dict(stamps),
        set_aside=_count(reading, plans, reasons, last),
        sources=part_sources(reading),
        bucket_rows=reading.bucket_rows,
        lost=reading.lost,
        frames=reading.frames,
    )


def part_order(plans: Plans) -> NDArray[np.int64]:
    """Indices (n) that order ``plans`` by part (numbers in names as numbers), time and row."""
    names = {name: rank for rank, name in enumerate(sorted(set(plans.part), key=natural))}
    rank = np.array([names[name] for name in plans.part], dtype=np.int64)
    return np.lexsort((plans.issued, rank))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key to sort by that puts the ``name`` "Part 9" before "Part 10"."""
    pieces = re.split(r"([0-9]+)", name)
    keys = ((0, len(n := p.lstrip("0")), n) if p[:1].isdecimal() else (1, 0, p) for p in pieces)
    return *keys, (2, 0, name)  # "Part 01" and "Part 1" have an order too, the same in every run


def _groups(part: NDArray[np.object_], time: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Numbers from 0, one for each run of equal part and time."""
    if not len(part):
        return np.zeros(0, dtype=np.int64)
    new = (part[1:] != part[:-1]) | (time[1:] != time[:-1])
    return np.concatenate([[0], np.cumsum(new)])


def _firsts(group: NDArray[np.int64]) -> Mask:
    return np.concatenate([[True], group[1:] != group[:-1]])[: len(group)]


def _settle(group: NDArray[np.int64], conflicts: str) -> NDArray[np.int64]:
    """For each plan, the index of the one that stands for its time stamp."""
    first = np.flatnonzero(_firsts(group))
    after = np.append(first[1:], len(group))[: len(first)]
    return (first if conflicts == "first" else after - 1)[group]


def _differs(plans: Plans, kept: NDArray[np.int64]) -> Mask:
    """Plans that disagree with the one that stands for them, wherever both have a quantity."""
    other = np.flatnonzero(kept != np.arange(len(kept)))
    mine, theirs = plans.quantity[other], plans.quantity[kept[other]]
    unequal = ((mine != theirs) & ~np.isnan(mine) & ~np.isnan(theirs)).any(axis=1)
    beside = plans.source[other] == plans.source[kept[other]]  # else their columns may differ
    differs = np.zeros(len(kept), dtype=bool)
    differs[other] = unequal | (beside & (plans.detail[other] != plans.detail[kept[other]]))
    return differs


def _complete(plans: Plans, kept: NDArray[np.int64], differs: Mask) -> Plans:
    """Plans of one time stamp that agree complete each other: a file may hold only some leads.

    The rows of a plan that gives something count with the plan that takes it.
    """
    beside = np.flatnonzero(kept != np.arange(len(kept)))
    if not len(beside):
        return plans
    gives = ~np.isnan(plans.quantity) & np.isnan(plans.quantity[kept]) & ~differs[:, None]
    givers = np.flatnonzero(gives.any(axis=1))
    if not len(givers):
        return plans
    quantity, rows = plans.quantity.copy(), plans.rows.copy()
    for giver in givers.tolist():
        taker = kept[giver]
        quantity[taker] = np.where(gives[giver], quantity[giver], quantity[taker])
        rows[taker], rows[giver] = rows[taker] + rows[giver], 0
    return replace(plans, quantity=quantity, rows=rows)


def _mismatches(plans: Plans) -> NDArray[np.bool_]:
    known = ~np.isnan(plans.slots) & ~np.isnan(plans.quantity)
    return known & (plans.slots != plans.quantity)


def _last_kept(last: Mask, kept: NDArray[np.int64]) -> Mask:
    """Of each part and day, the plan that stands for the last time stamp."""
    chosen = np.zeros(len(last), dtype=bool)
    chosen[kept[last]] = True
    return chosen


def _any_by(flags: NDArray[np.bool_], group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether any plan of the group has the flag, for each plan."""
    if not len(group):
        return flags
    together = np.logical_or.reduceat(flags, np.flatnonzero(_firsts(group)), axis=0)
    return together[group]


def _count(reading: Reading, plans: Plans, reasons: dict[str, Mask], last: Mask) -> dict[str, int]:
    """Rows set aside by reason: those of reading, and those that cleaning adds."""
    count = Counter(reading.set_aside)
    left = np.ones(len(plans), dtype=bool)
    for reason, mask in reasons.items():
        count[reason] += int(plans.rows[mask & left].sum())
        left &= ~mask
    count["superseded"] += int(plans.rows[left & ~last].sum())
    return {reason: rows for reason, rows in sorted(count.items()) if rows}


def _conflict_problems(reading: Reading, plans: Plans) -> list[Problem]:
    sheets = [reading.sheets[index] for index in plans.source]
    return [
        Problem(
            "clean.conflict",
            Where(sheet.file, sheet.sheet, int(row)),
            {"part": part, "issued": str(issued).replace("T", " ")},
        )
        for sheet, row, part, issued in zip(
            sheets, plans.row, plans.part, plans.issued, strict=True
        )
    ]
