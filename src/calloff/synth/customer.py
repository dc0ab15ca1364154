"""A synthetic customer, seeded: its call-offs, its plans and its faults, and the truth about them.

Used by the demo, the docs and the tests: what was planted is known, so it can be asked for.
Dimensions: P parts, T calendar days, H horizon in days (0 to 30).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from calloff.texts.arguments import between, flag, instance, number, one_of, require, several, whole
from calloff.texts.errors import fail

Values = NDArray[np.float64]
HORIZON = 30
BUCKET = 15  # days that the last column of the export adds up


# What a part does. Most are plain; one in five is not.
KINDS = ("plain", "plain", "plain", "plain", "intermittent", "plain", "plain", "plain", "plain",
         "drift", "plain", "plain", "plain", "plain", "regime", "plain", "plain", "plain", "zero",
         "plain")  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """What synthetic customer to make.

    Attributes:
        parts: number of parts.
        days: number of calendar days on which plans are sent.
        seed: seed of all random numbers.
        start: the first day.
        bias: call-offs over plan at long leads; at 1.1 the customer plans too little by a tenth.
        noise: standard deviation of a plan's revision from one day to the next, relative.
        holidays: days without work beside week-ends, counted from the start.
        faults: whether the export gets conflicts, wrong totals, faulty cells and a missing day.
        kinds: what the parts do, dealt out in turn: "plain", "intermittent", "drift", "regime" or
            "zero".

    Raises:
        CalloffError: with every setting that cannot be used.
    """

    parts: int = 40
    days: int = 56
    seed: int = 7
    start: date = date(2024, 3, 4)  # a Monday
    bias: float = 1.1
    noise: float = 0.12  # how far a plan is revised from one day to the next, relative
    holidays: tuple[int, ...] = (24, 25, 38)  # days from the start without work
    faults: bool = True
    kinds: tuple[str, ...] = KINDS

    def __post_init__(self) -> None:
        require(
            whole(self.parts, "parts", 1, 100_000),
            whole(self.days, "days", 1, 10_000),
            whole(self.seed, "seed", 0, 2**63),
            instance(self.start, "start", date),
            between(self.bias, "bias", 0, 100),
            number(self.noise, "noise", 0, 10),
            several(self.holidays, "holidays"),
            flag(self.faults, "faults"),
            several(self.kinds, "kinds", some=True),
        )
        require(
            *(whole(day, "holidays", 0, 10_000) for day in self.holidays),
            *(one_of(kind, "kinds", tuple(dict.fromkeys(KINDS))) for kind in self.kinds),
        )


@dataclass(frozen=True)
class Truth:
    """The customer as it really is (P parts, T days, H + 1 leads).

    Attributes:
        customer: the settings.
        parts: names of the parts (P).
        days: calendar days (T).
        working: whether the customer works that day (T).
        calloffs: pieces called off (P, T).
        plan: pieces that are sent on a day for the days from then on (P, T, H + 1); on idle days
            the plan of the day before, unshifted.
        sent: whether a part is in that day's export (P, T).
        kinds: what each part does (P).
        planted: the faults put into the export, by name.
    """

    customer: Customer
    parts: tuple[str, ...]
    days: NDArray[np.datetime64]
    working: NDArray[np.bool_]
    calloffs: Values
    plan: Values
    sent: NDArray[np.bool_]
    kinds: tuple[str, ...]
    planted: dict[str, object] = field(default_factory=dict)


def make(customer: Customer | None = None) -> Truth:
    """Make a synthetic customer; the same settings give the same one, to the bit.

    Args:
        customer: the settings; by default 40 parts and 56 days.

    Returns:
        Its call-offs, its plans and its faults.

    Raises:
        CalloffError: ``customer`` is of another type, or has too few parts or days for faults.
    """
    require(instance(customer, "customer", Customer, optional=True))
    customer = customer or Customer()
    rng = np.random.default_rng(customer.seed)
    span = customer.days + HORIZON + BUCKET
    days = np.datetime64(customer.start, "D") + np.arange(span).astype("timedelta64[D]")
    working = _working(customer, span)
    kinds = tuple(customer.kinds[part % len(customer.kinds)] for part in range(customer.parts))
    calloffs = _calloffs(customer, kinds, working, rng)
    plan = _plans(customer, kinds, calloffs, rng)
    _repeat_on_idle_days(plan, working)
    sent = _sent(customer, rng)
    return Truth(
        customer=customer,
        parts=tuple(f"Part {part}" for part in range(customer.parts)),
        days=days[: customer.days],
        working=working[: customer.days],
        calloffs=calloffs[:, : customer.days],
        plan=plan,
        sent=sent,
        kinds=kinds,
        planted=_planted(customer, sent, kinds) if customer.faults else {},
    )


def _working(customer: Customer, span: int) -> NDArray[np.bool_]:
    weekdays = (customer.start + timedelta(days=step) for step in range(span))
    working = np.array([day.weekday() < 5 for day in weekdays])
    working[[day for day in customer.holidays if day < span]] = False
    return working


def _calloffs(
    customer: Customer,
    kinds: tuple[str, ...],
    working: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Values:
    """Pieces (P, T): a level for each part, a slow wave, noise, and what its kind does."""
    count, span = customer.parts, len(working)
    level = np.exp(rng.normal(4.0, 1.0, count))[:, None]
    wave = 1 + 0.15 * np.sin(2 * np.pi * (np.arange(span) / 20 + rng.random((count, 1))))
    pieces = level * wave * np.exp(rng.normal(0, 0.25, (count, span)))
    for part, kind in enumerate(kinds):
        if kind == "intermittent":
            pieces[part] *= rng.random(span) < 0.25
        elif kind == "zero":
            pieces[part] = 0
        elif kind == "regime":
            pieces[part, customer.days * 3 // 5 :] *= 2
    return np.asarray(np.round(pieces) * working)


def _plans(
    customer: Customer, kinds: tuple[str, ...], calloffs: Values, rng: np.random.Generator
) -> Values:
    """What is planned on day t for t + h: the truth over the bias, with errors that grow with h.

    The error of a target day is a sum of revisions, one a day, so that later plans are better.
    A "drift" part is planned too low by more and more; a "regime" part's plans know its new level
    one day ahead only.
    """
    count, days = customer.parts, customer.days
    steps = rng.normal(0, customer.noise, (count, calloffs.shape[1], HORIZON + 1))
    steps[:, :, 0] = 0
    error = np.cumsum(steps, axis=2)  # (P, target, h)
    plan = np.zeros((count, days, HORIZON + 1))
    for lead in range(HORIZON + 1):
        targets = np.arange(days) + lead
        low = 1.0 if lead == 0 else customer.bias
        plan[:, :, lead] = calloffs[:, targets] / low * np.exp(error[:, targets, lead])
    for part, kind in enumerate(kinds):
        if kind == "drift":
            plan[part, :, 1:] /= np.linspace(1.0, 1.6, days)[:, None]
        elif kind == "regime":
            change = days * 3 // 5
            ahead = np.arange(days)[:, None] + np.arange(HORIZON + 1) >= change
            plan[part, :, 2:] /= np.where(ahead, 2, 1)[:, 2:]
    return np.round(plan)


def _repeat_on_idle_days(plan: Values, working: NDArray[np.bool_]) -> None:
    for day in range(1, plan.shape[1]):
        if not working[day]:
            plan[:, day] = plan[:, day - 1]


def _sent(customer: Customer, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Two parts appear late, two vanish early, where there are parts enough; one has gaps."""
    sent = np.ones((customer.parts, customer.days), dtype=bool)
    if customer.parts < 10:
        return sent
    sent[-1, : customer.days // 2] = False
    sent[-2, : customer.days - 8] = False
    sent[-3, customer.days // 2 :] = False
    sent[-4, customer.days - 3 :] = False
    sent[-5, rng.choice(np.arange(5, customer.days - 5), 3, replace=False)] = False
    return sent


def _planted(
    customer: Customer, sent: NDArray[np.bool_], kinds: tuple[str, ...]
) -> dict[str, object]:
    """Faults for the file: which part has conflicts, wrong totals, and which day is missing.

    Raises CalloffError where there are too few plain parts or days for them.
    """
    plain = [part for part, kind in enumerate(kinds) if kind == "plain" and sent[part].all()]
    if len(plain) < 3 or customer.days < 14:
        raise fail("synth.faults", parts=len(plain), days=customer.days)
    sunday = 13  # of a customer that starts on a Monday
    return {
        "conflict": f"Part {plain[1]}",
        "conflict_stamps": 3,
        "mismatch": f"Part {plain[2]}",
        "mismatch_plans": 5,
        "missing_day": str(np.datetime64(customer.start, "D") + np.timedelta64(sunday, "D")),
        "faulty_cells": 4,
    }
