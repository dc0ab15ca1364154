"""How the plans that a made-up customer sends differ from what it really orders.

Dimensions: P parts, T periods, H horizon; plans (P, T, H+1), the call-off first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.synth.production import wander

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Habits:
    """What a customer does to its plans; what is relative is a standard deviation of a logarithm.

    Attributes:
        bias: planned over called off, for all parts.
        part_bias: how parts differ in it, relative.
        drift: the bias at the end over that at the start.
        inflated: share of the parts that are planned several times too high.
        inflation: least and largest factor of these.
        inflation_swing: how much each such factor wanders, relative.
        nervous: noise that is drawn anew in each period for each target, relative.
        moved: share of the planned quantities that stand one period off, drawn likewise; for
            customers without idle periods.
        copies: share of the working periods in which the plan of the one before is sent again.
        forgotten: periods for which a part that is gone is planned on.
    """

    bias: float = 1.0
    part_bias: float = 0.0
    drift: float = 1.0
    inflated: float = 0.0
    inflation: tuple[float, float] = (2.0, 7.0)
    inflation_swing: float = 0.2
    nervous: float = 0.0
    moved: float = 0.0
    copies: float = 0.0
    forgotten: int = 0


def biases(habits: Habits, parts: int, periods: int, rng: np.random.Generator) -> Values:
    """Draw the biases of a customer's plans.

    Args:
        habits: what it does to its plans.
        parts: number of parts, P.
        periods: number of periods, T.
        rng: generator of random numbers, which is advanced.

    Returns:
        Planned over called off (P, T), as of the period in which a plan is sent.
    """
    part = np.exp(rng.normal(0, habits.part_bias, parts) - habits.part_bias**2 / 2)
    drift = habits.drift ** np.linspace(0, 1, periods)
    low, high = (float(np.log(factor)) for factor in habits.inflation)
    times = np.exp(rng.uniform(low, high, parts))
    swing = np.exp(wander((periods, parts), habits.inflation_swing, 0.9, rng)).T
    inflated = rng.random(parts) < habits.inflated
    factor = np.where(inflated[:, None], times[:, None] * swing, 1.0)
    return habits.bias * part[:, None] * drift * factor


def sent(
    habits: Habits, orders: Values, bias: Values, lot: Values, rng: np.random.Generator
) -> Values:
    """Turn orders into plans as sent, in whole lots; the call-off is what it is.

    Args:
        habits: what the customer does to its plans.
        orders: pieces (P, T, H+1), the call-off first.
        bias: planned over called off (P, T).
        lot: pieces in a lot (P).
        rng: generator of random numbers, which is advanced.

    Returns:
        Pieces (P, T, H+1), the call-off first.
    """
    ahead = orders[:, :, 1:]
    plan = _moved(ahead, habits.moved, rng) if habits.moved else ahead
    noise = np.exp(rng.normal(0, habits.nervous, plan.shape) - habits.nervous**2 / 2)
    plan = plan * noise * bias[:, :, None] / lot[:, None, None]
    return np.concatenate([orders[:, :, :1], np.round(plan) * lot[:, None, None]], axis=2)


def _moved(plan: Values, share: float, rng: np.random.Generator) -> Values:
    """Plans (P, T, H) with some quantities one period earlier or later, where there is one."""
    away = np.where(rng.random(plan.shape) < share, plan, 0.0)
    later = rng.random(plan.shape) < 0.5
    later[:, :, 0], later[:, :, -1] = True, False
    moved = plan - away
    moved[:, :, 1:] += np.where(later, away, 0.0)[:, :, :-1]
    moved[:, :, :-1] += np.where(later, 0.0, away)[:, :, 1:]
    return moved


def copied_periods(habits: Habits, load: Values, rng: np.random.Generator) -> Mask:
    """Draw the periods in which the plan of the one before is sent again: those without work, and
    some of the others.

    Args:
        habits: what the customer does to its plans.
        load: how much of a full period is worked (T).
        rng: generator of random numbers, which is advanced.

    Returns:
        Whether each period's plan is a copy (T).
    """
    copied = (load == 0) | (rng.random(len(load)) < habits.copies)
    copied[0] = False
    return np.asarray(copied)


def repeat(plan: Values, copied: Mask) -> None:
    """Put the plan of the period before in the place of each that is a copy.

    Args:
        plan: pieces (P, T, H+1), which are changed in place.
        copied: whether each period's plan is a copy (T).
    """
    for period in np.flatnonzero(copied):
        plan[:, period] = plan[:, period - 1]
