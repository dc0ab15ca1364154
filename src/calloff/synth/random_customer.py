"""A random customer: to train networks on thousands of them before they see a real one.

What a period brings to a part is a product of shocks to all parts, to its line and to itself, of
which ever more is known the nearer the period is: plans are conditional expectations (the
multiplicative martingale model of forecast evolution; Heath & Jackson 1994), to which the
customer's biases and its nervousness are added. Unlike the bank's customers (``making``) these
know neither stock nor lots nor bills of material.

Dimensions: P parts, T periods, H horizon, S = T + H, K lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.synth.habits import repeat
from calloff.synth.history import History
from calloff.synth.production import slipped, wander
from calloff.synth.random_kind import RandomKind, random_kind
from calloff.synth.working_time import FULL_WEEK, WorkingTime
from calloff.texts.arguments import instance, require

Values = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class _Frame:
    """What all steps need. line (P); load (S, K); at (T, H+1): the period that a plan is for."""

    kind: RandomKind
    line: Index
    load: Values
    at: Index


def random_customer(rng: np.random.Generator, kind: RandomKind | None = None) -> History:
    """Draw a customer; the same state of the generator gives the same one.

    Args:
        rng: generator of random numbers, which is advanced.
        kind: what the customer is like; by default, drawn as well.

    Returns:
        All its plans.

    Raises:
        CalloffError: an argument is of another type.

    Source:
        Heath & Jackson (1994), the multiplicative martingale model of forecast evolution.
    """
    require(
        instance(rng, "rng", np.random.Generator), instance(kind, "kind", RandomKind, optional=True)
    )
    kind = kind or random_kind(rng)
    frame = _frame(kind, rng)
    expected = _expected(frame, rng) * _orders(frame, rng) * _changed(frame, rng)
    plan = expected * _distorted(frame, rng)
    plan[:, :, 0] = _called_off(frame, expected[:, :, 0], rng)
    if kind.whole:
        np.round(plan, out=plan)
    plan[_absent(frame, rng)] = np.nan
    works = frame.load[: kind.periods].mean(axis=1)
    copied = (works == 0) | (rng.random(kind.periods) < kind.copies)
    copied[0] = False
    repeat(plan, copied)
    return History(plan, works, copied, kind.cadence)


def _frame(kind: RandomKind, rng: np.random.Generator) -> _Frame:
    time = WorkingTime(
        week=FULL_WEEK if kind.idle else (1.0,),
        holidays=tuple(np.flatnonzero(rng.random(kind.periods) < 0.02 * kind.idle)),
        short=kind.short,
        short_load=rng.uniform(0.3, 0.7),
        by_line=kind.by_line,
    )
    load = time.loads(kind.periods + kind.horizon, kind.lines, kind.cadence, rng)
    at = np.arange(kind.periods)[:, None] + np.arange(kind.horizon + 1)
    return _Frame(kind, rng.integers(0, kind.lines, kind.parts), load, at)


def _expected(frame: _Frame, rng: np.random.Generator) -> Values:
    """What is expected in each period of the next ones (P, T, H+1), the first as it turns out."""
    kind, at = frame.kind, frame.at
    periods = len(frame.load)
    level = rng.lognormal(4.0, kind.level, kind.parts)
    drift = rng.normal(0, kind.drift, (kind.parts, periods)).cumsum(axis=1)
    now, then = drift[:, : kind.periods, None], drift[:, at]
    seen = np.where(np.arange(kind.horizon + 1) > 0, kind.known, 1.0)
    log = now + seen * (then - now)
    log += _shocks(frame, kind.line, kind.lines, rng)[frame.line]
    log += _shocks(frame, kind.common, 1, rng) + _own_shocks(frame, rng)
    return level[:, None, None] * np.exp(log) * frame.load[at][:, :, frame.line].transpose(2, 0, 1)


def _shares(kind: RandomKind) -> Values:
    """Shares of the variance that become known so many periods before (H+1), the last: ever."""
    unknown = (1 - kind.known) * (np.arange(kind.horizon + 1) / kind.horizon) ** kind.late
    return np.append(np.diff(unknown), kind.known)


def _shocks(frame: _Frame, size: float, count: int, rng: np.random.Generator) -> Values:
    """Logarithms (count, T, H+1) of shocks to all parts, or to each line, as a plan knows them."""
    shape = (len(frame.load), count, frame.kind.horizon + 1)
    pieces = wander(shape, 1.0, frame.kind.keeps, rng)
    return _as_planned(frame, pieces.transpose(1, 0, 2), size)


def _own_shocks(frame: _Frame, rng: np.random.Generator) -> Values:
    """The same of each part alone (P, T, H+1)."""
    kind = frame.kind
    size = kind.noise * rng.lognormal(0, 0.4, (kind.parts, 1, 1))
    pieces = rng.normal(0, 1, (kind.parts, len(frame.load), kind.horizon + 1))
    return _as_planned(frame, pieces, size)


def _as_planned(frame: _Frame, pieces: Values, size: Values | float) -> Values:
    """What each plan knows (..., T, H+1) of shocks of which the pieces (..., S, H+1) become known
    so many periods before; such that the mean of its exponential is 1."""
    share = _shares(frame.kind)
    known = np.cumsum((pieces * np.sqrt(share))[..., ::-1], axis=-1)[..., ::-1]
    variance = np.cumsum(share[::-1])[::-1]
    log: Values = size * known - size**2 * variance / 2
    return log[:, frame.at, np.arange(frame.kind.horizon + 1)]


def _orders(frame: _Frame, rng: np.random.Generator) -> Values:
    """1 for parts that are always called off; for rare ones how much of an order, on average 1,
    stands in each period (P, T, H+1). Some orders are planned for another period until late."""
    kind, periods = frame.kind, len(frame.load)
    rare = rng.random(kind.parts) < kind.rare
    chance = np.where(rare, rng.uniform(0.1, 0.7, kind.parts), 1.0)
    part, period = np.nonzero(rng.random((kind.parts, periods)) < chance[:, None])
    off = rng.choice([-2, -1, 1, 2], len(part)) * (rng.random(len(part)) < kind.moved)
    known = rng.integers(0, kind.horizon + 1, len(part))
    orders = np.zeros((kind.parts, kind.periods, kind.horizon + 1))
    for lead in range(kind.horizon + 1):
        planned = np.zeros((kind.parts, periods))
        place = period + np.where(rare[part] & (lead > known), off, 0)
        planned[part, place.clip(0, periods - 1)] = 1.0
        orders[:, :, lead] = planned[:, lead : lead + kind.periods] / chance[:, None]
    return orders


def _called_off(frame: _Frame, built: Values, rng: np.random.Generator) -> Values:
    """Pieces called off (P, T), as what is built slips."""
    share = frame.kind.slip * rng.uniform(0.7, 1.3)
    load = frame.load[: frame.kind.periods]
    return slipped(built.T, min(share, 0.6), load, frame.line, rng).T


def _changed(frame: _Frame, rng: np.random.Generator) -> Values:
    """What a change for good does (T, H+1): to the plans alone, or to what is called off, which
    plans know some periods before or after."""
    kind = frame.kind
    period = int(rng.integers(kind.periods // 4, kind.periods))
    factor = np.exp(rng.choice([-1, 1]) * rng.uniform(0.2, 0.9))
    issued, ahead = np.arange(kind.periods)[:, None], np.arange(kind.horizon + 1) > 0
    if rng.random() < 0.5:
        new = ahead & (issued >= period)
    else:
        new = (frame.at >= period) & (~ahead | (issued >= period + rng.integers(-3, 10)))
    return np.where(new & kind.change, factor, 1.0)


def _distorted(frame: _Frame, rng: np.random.Generator) -> Values:
    """Planned over expected (P, T, H+1): bias, drift, inflation, and what is drawn anew."""
    kind = frame.kind
    shape = (kind.parts, kind.periods)
    wandering = rng.normal(0, kind.bias_drift, shape) + rng.normal(0, kind.bias_drift, shape[1])
    log = kind.bias + rng.normal(0, kind.part_bias, (kind.parts, 1)) + wandering.cumsum(axis=1)
    high = rng.uniform(np.log(2), np.log(8), kind.parts)
    log += np.where(rng.random(kind.parts) < kind.inflated, high, 0.0)[:, None]
    lead = np.arange(kind.horizon + 1) / kind.horizon
    grows = lead ** rng.choice([0.0, 0.5])
    noise = rng.normal(0, kind.nervous, (*shape, len(lead)))
    noise += rng.normal(0, kind.uneven, noise.shape[1:])
    return np.exp(log[:, :, None] * grows + noise)


def _absent(frame: _Frame, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Part and period (P, T) without a plan."""
    kind = frame.kind
    passes = rng.random(kind.parts) < kind.passing
    start = rng.integers(-kind.periods // 2, kind.periods - 3, kind.parts)
    end = start + rng.integers(5, kind.periods + 5, kind.parts)
    period = np.arange(kind.periods)
    gone = (period < start[:, None]) | (period > end[:, None])
    return np.asarray(passes[:, None] & gone)
