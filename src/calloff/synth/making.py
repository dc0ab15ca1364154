"""One customer of the bank, from its settings: what it builds, needs, orders and sends.

Dimensions: P parts, T periods, H horizon, K lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from calloff.synth.habits import Habits, biases, copied_periods, repeat, sent
from calloff.synth.history import History
from calloff.synth.materials import Bill, Materials, bill
from calloff.synth.ordering import Ordering, orders
from calloff.synth.production import Production, Schedule, schedule
from calloff.synth.working_time import WorkingTime

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What to make, and how forecasts of it are scored.

    Attributes:
        name: of the customer.
        about: what it is like, in a sentence.
        seed: of its random numbers.
        periods: number of those of which there are plans.
        horizon: number of periods ahead that each plan is for.
        lead: in calendar days.
        targets: how many of the last target days are scored.
        cadence: days in a period, 1 or 7.
        start: day of the first period, a Monday.
        time: when it works.
        production: what it builds.
        materials: which parts that needs.
        ordering: stock and lots.
        habits: how plans as sent differ from orders.
    """

    name: str
    about: str
    seed: int
    periods: int
    horizon: int
    lead: int
    targets: int
    cadence: int = 1
    start: date = date(2023, 1, 2)  # a Monday
    time: WorkingTime = field(default_factory=WorkingTime)
    production: Production = field(default_factory=Production)
    materials: Materials = field(default_factory=Materials)
    ordering: Ordering = field(default_factory=Ordering)
    habits: Habits = field(default_factory=Habits)


@dataclass(frozen=True)
class Planted:
    """What is true of a customer (P parts, T periods, K lines).

    Attributes:
        line: of each part (P); -1 for parts of every line.
        first: first period of each part (P).
        last: last period of each part (P).
        load: how much of a full period each line worked (T, K), from 0 to 1.
        bias: planned over called off, as of each period (P, T).
        lot: pieces in a lot (P).
        used: pieces used in truth (P, T).
    """

    line: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    load: Values
    bias: Values
    lot: Values
    used: Values


@dataclass(frozen=True)
class Made:
    """A customer that was made.

    Attributes:
        settings: what it was made from.
        history: the plans that it sent.
        planted: the truth.
    """

    settings: Settings
    history: History
    planted: Planted


def make_customer(settings: Settings) -> Made:
    """Make a customer from its ``settings``; the same ones give the same customer, to the bit."""
    rng = np.random.default_rng(settings.seed)
    periods, horizon = settings.periods, settings.horizon
    load = settings.time.loads(periods + horizon, settings.production.lines, settings.cadence, rng)
    scheduled = schedule(settings.production, load, periods, settings.cadence, rng)
    parts = bill(settings.materials, scheduled.line, periods + horizon, rng)
    need = _needs(scheduled, parts, settings.habits.forgotten)
    works = load.max(axis=1)
    at = np.arange(periods)[:, None] + np.arange(horizon + 1)
    ordered, lot = orders(settings.ordering, need, works[at] > 0, rng)
    bias = biases(settings.habits, len(lot), periods, rng)
    plan = sent(settings.habits, ordered, bias, lot, rng)
    copied = copied_periods(settings.habits, works[:periods], rng)
    plan[_unsent(parts, periods, horizon, settings.habits.forgotten)] = np.nan
    repeat(plan, copied)
    history = History(plan, load[:periods].mean(axis=1), copied, settings.cadence, settings.start)
    planted = Planted(parts.line, parts.first, parts.last, load[:periods], bias, lot, need[:, :, 0])
    return Made(settings, history, planted)


def _needs(scheduled: Schedule, parts: Bill, forgotten: int) -> Values:
    """Pieces needed as scheduled (P, T, H+1). Plans know when a part comes, but go on for a while
    after it has gone."""
    issued, width, _ = scheduled.planned.shape
    need = np.einsum("thv,pv->pth", scheduled.planned, parts.usage)
    at = np.arange(issued)[:, None] + np.arange(width)
    known = np.concatenate([parts.share, np.zeros((len(need), forgotten))], axis=1)
    ahead = np.maximum(known[:, at], known[:, np.maximum(at - forgotten, 0)])
    ahead[:, :, 0] = parts.share[:, :issued]
    return np.asarray(need * ahead)


def _unsent(parts: Bill, periods: int, horizon: int, forgotten: int) -> NDArray[np.bool_]:
    """Part and period (P, T) without a plan: before it sees the part, and after it forgot it."""
    period = np.arange(periods)
    early = period < parts.first[:, None] - horizon
    return np.asarray(early | (period > parts.last[:, None] + forgotten))
