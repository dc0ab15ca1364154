"""Cumulative quantities, which grow from line to line, as the differences that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from calloff.data.edi.periods import Period

OWED = ("backlog", "immediate")
Warn = Callable[..., None]


class Demand(NamedTuple):
    """A quantity that is wanted.

    Attributes:
        ship_to: for which plant.
        status: "firm", "forecast", "backlog" or "immediate".
        period: the days; None for a quantity without a date.
        quantity: of these days, or of all until their end.
        cumulative: whether it is of all until their end.
        unit: in which it is counted.
        segment: where it stands.
    """

    ship_to: str
    status: str
    period: Period | None
    quantity: float
    cumulative: bool
    unit: str
    segment: int


class Received(NamedTuple):
    """What the customer has received in all.

    Attributes:
        ship_to: which plant.
        quantity: in all.
        day: until when; None where unknown.
        since: from when; None where unknown.
    """

    ship_to: str
    quantity: float
    day: Period | None = None
    since: Period | None = None


@dataclass(frozen=True)
class Item:
    """All that a message says about a part.

    Attributes:
        part: its number.
        segment: where it begins.
        demands: what is wanted.
        received: what was received.
        required: cumulative quantity that was due before the first line, where the message says so.
    """

    part: str
    segment: int
    demands: Sequence[Demand]
    received: Sequence[Received] = ()
    required: float | None = None


def discrete(item: Item, warn: Warn) -> list[Demand]:
    """Make all quantities of an ``item`` discrete, plant by plant.

    Where discrete quantities of the same days stand beside cumulative ones, they are the same
    demand twice, and the discrete ones count.

    Args:
        item: a part.
        warn: told what is odd: code, segment, facts.

    Returns:
        Discrete quantities; undated ones are left as they are.
    """
    if not any(demand.cumulative for demand in item.demands):
        return list(item.demands)
    plain = [demand for demand in item.demands if not demand.cumulative]
    result = plain.copy()
    for plant in dict.fromkeys(demand.ship_to for demand in item.demands if demand.cumulative):
        running = [d for d in item.demands if d.cumulative and d.ship_to == plant]
        owed = sum(d.quantity for d in plain if d.ship_to == plant and d.status in OWED)
        twice = {d.period for d in plain if d.ship_to == plant and d.status not in OWED}
        if twice:
            for demand in running:
                if demand.period and demand.period not in twice:
                    warn("edi.cumulative_beside", demand.segment, part=item.part)
            continue
        result += _differences(item.part, running, _base(item, plant, owed), warn)
    return result


def _base(item: Item, plant: str, owed: float) -> float | None:
    """Where the cumulative quantities begin: what was due before the first of them, or what was
    received. What is still owed was due, but not received."""
    if item.required is not None:
        return item.required
    known = [each.quantity for each in item.received if each.ship_to == plant]
    return known[-1] + owed if known else None


def _differences(part: str, running: list[Demand], base: float | None, warn: Warn) -> list[Demand]:
    undated = [demand for demand in running if demand.period is None]
    dated = [(demand.period, demand) for demand in running if demand.period]
    result = undated
    in_order = [demand for _, demand in sorted(dated, key=lambda pair: pair[0].start)]
    for demand, after in zip_longest(in_order, in_order[1:]):
        if base is None:
            warn("edi.no_received", demand.segment, part=part)
        elif demand.quantity < base:  # a correction: taken for no demand, and clipped to none
            warn("edi.falling", demand.segment, part=part)
            if after is None or after.quantity >= base:
                continue  # a single one; else they begin anew, as at the turn of a year
        else:
            result.append(demand._replace(quantity=demand.quantity - base, cumulative=False))
        base = demand.quantity
    return result
