"""How a made-up customer orders: what it needs less what it has, in whole lots.

In each period it goes through its schedule period by period (netting, as material requirements
planning does): where the stock would fall below its reserve, whole lots are ordered. The first
order is the call-off, the others are the plan. What is used differs a little from what was
scheduled, so the stock is never quite what was thought and all later orders move: plans of parts
with large lots name the right quantity in the wrong period (the nervousness of such systems;
Blackburn, Kropp & Millen 1986).

Dimensions: P parts, T periods, H horizon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ordering:
    """Stock and lots of a customer.

    Attributes:
        lots: how many periods' need a lot covers, at the median part; 0 for single pieces.
        lot_spread: how parts differ in that (standard deviation of a logarithm).
        reserve: number of periods whose need is kept in stock.
        loss: how much use differs from schedule (standard deviation of a logarithm).
    """

    lots: float = 0.0
    lot_spread: float = 0.8
    reserve: float = 0.5
    loss: float = 0.03


def orders(
    ordering: Ordering, need: Values, open_: Mask, rng: np.random.Generator
) -> tuple[Values, Values]:
    """Order what is needed, period by period.

    Args:
        ordering: stock and lots.
        need: pieces needed as scheduled (P, T, H+1); the first are those that are built.
        open_: periods in which goods are taken in (T, H+1).
        rng: source of random numbers.

    Returns:
        Orders (P, T, H+1), and lots (P), in pieces.
    """
    usual = _usual(need[:, :, 0])
    lot = _lots(ordering, usual, rng)
    used = need[:, :, 0] * np.exp(rng.normal(0, ordering.loss, need.shape[:2]))
    reserve = ordering.reserve * usual
    stock = reserve + lot * rng.random(len(lot))
    plan = np.zeros_like(need)
    for period in range(need.shape[1]):
        plan[:, period] = _netted(need[:, period], stock - reserve, lot, open_[period])
        stock = stock + plan[:, period, 0] - used[:, period]
    return plan, lot


def _usual(needed: Values) -> Values:
    """Mean need (P) of the periods with any."""
    some = (needed > 0).sum(axis=1)
    return np.asarray(needed.sum(axis=1) / np.maximum(some, 1))


def _lots(ordering: Ordering, usual: Values, rng: np.random.Generator) -> Values:
    if not ordering.lots:
        return np.ones(len(usual))
    covers = ordering.lots * rng.lognormal(0, ordering.lot_spread, len(usual))
    return np.maximum(np.round(covers * usual), 1.0)


def _netted(need: Values, free: Values, lot: Values, open_: Mask) -> Values:
    """The orders of one period (P, H+1), from the stock beyond the reserve (P)."""
    order = np.zeros_like(need)
    for ahead in range(need.shape[1]):
        free = free - need[:, ahead]
        if open_[ahead]:
            order[:, ahead] = np.ceil(np.maximum(-free, 0.0) / lot - 1e-9) * lot
            free = free + order[:, ahead]
    return order
