"""A synthetic customer, seeded: its call-offs, its plans and its faults, and the truth about them.

Used by the demo, the docs and the tests: what was planted is known, so it can be asked for.
Dimensions: P parts, T calendar days, H horizon in days (0 to 30).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
HORIZON = 30
BUCKET = 15  # days that the last column of the export adds up


# What a part does. Most are plain; one in five is not.
KINDS = ("plain", "plain", "plain", "plain", "intermittent", "plain", "plain", "plain", "plain",
         "drift", "plain", "plain", "plain", "plain", "regime", "plain", "plain", "plain", "zero",
         "plain")  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """What to make. kinds of parts are dealt out in turn.

    bias: call-offs over plan at long leads (1.1: the customer plans too little by a tenth).
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


@dataclass(frozen=True)
class Truth:
    """The customer as it really is.

    days (T); working (T); calloffs (P, T) pieces; plan (P, T, H+1): what is sent on day T for
    T + h (on idle days the plan of the day before, unshifted); sent (P, T): whether a part is in
    that day's export; kinds (P); planted: the faults put into the file, by name.
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
    """Make a customer. The same settings give the same customer, to the bit."""
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
    """Faults for the file: which part has conflicts, wrong totals, and which day is missing."""
    plain = [part for part, kind in enumerate(kinds) if kind == "plain" and sent[part].all()]
    sunday = next(day for day in range(13, customer.days, 7))
    return {
        "conflict": f"Part {plain[1]}",
        "conflict_stamps": 3,
        "mismatch": f"Part {plain[2]}",
        "mismatch_plans": 5,
        "missing_day": str(np.datetime64(customer.start, "D") + np.timedelta64(sunday, "D")),
        "faulty_cells": 4,
    }
