"""What a random customer is like: drawn over the whole space of kinds of customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calloff.texts.arguments import instance, require

DISTORTIONS = ("bias", "part_bias", "bias_drift", "inflated", "nervous", "uneven")
HONEST = 0.25  # share of the kinds without any of these: nothing is known beyond their plans


@dataclass(frozen=True)
class RandomKind:
    """What a customer is like; what is relative is a standard deviation of a logarithm.

    Attributes:
        parts: number of parts.
        periods: number of periods.
        horizon: periods that each plan reaches ahead.
        cadence: days in a period.
        level: how parts differ in size, relative.
        drift: how a part's level moves in one period, relative.
        lines: number of lines.
        common: what all parts do together in a period, relative.
        line: what the parts of a line do together in a period, relative.
        keeps: share of what a line, or all, did in a period that is kept in the next.
        noise: what a part does alone in a period, relative.
        rare: share of the parts that are intermittent.
        known: share of the variance of what a period brings that is known at the horizon.
        late: how late the rest becomes known: (1 - known) (h / horizon) ** late is still unknown h
            periods before.
        bias: of all plans, a logarithm.
        part_bias: how parts differ in it, relative.
        bias_drift: how either moves in one period, relative.
        inflated: share of the parts that are planned several times too high.
        nervous: noise drawn anew for each plan and part, relative.
        uneven: the same for all parts of a plan together, relative.
        moved: share of the rare orders that are planned for another period until shortly before.
        short: share of short periods.
        by_line: whether these stop some lines altogether.
        idle: whether weekends are idle.
        copies: share of working periods whose plan is a copy.
        slip: mean share that is left to the next period.
        passing: share of the parts that come and go.
        change: whether the level of plans or of call-offs changes at once for good.
        whole: whether pieces are whole.
    """

    parts: int
    periods: int
    horizon: int
    cadence: int
    level: float
    drift: float
    lines: int
    common: float
    line: float
    keeps: float
    noise: float
    rare: float
    known: float
    late: float
    bias: float
    part_bias: float
    bias_drift: float
    inflated: float
    nervous: float
    uneven: float
    moved: float
    short: float
    by_line: bool
    idle: bool
    copies: float
    slip: float
    passing: float
    change: bool
    whole: bool


def random_kind(rng: np.random.Generator) -> RandomKind:
    """Draw a kind; each trait is absent, slight or strong, whatever the others are. As all of what
    distorts plans would hardly ever be absent, it is so for a share of the kinds by design.

    Args:
        rng: generator of random numbers, which is advanced.

    Returns:
        The kind.

    Raises:
        CalloffError: ``rng`` is no generator.
    """

    require(instance(rng, "rng", np.random.Generator))

    def one(choices: Sequence[float]) -> float:
        return choices[int(rng.integers(len(choices)))]

    cadence = int(one((1, 7)))
    kind = RandomKind(
        parts=int(np.exp(rng.uniform(np.log(8), np.log(80)))),
        periods=int(np.exp(rng.uniform(np.log(14), np.log(150)))),
        horizon=int(rng.integers(2, 9 if cadence == 1 else 7)),
        cadence=cadence,
        level=rng.uniform(0.5, 1.8),
        drift=one((0.0, 0.01, 0.05)),
        lines=int(rng.integers(1, 7)),
        common=one((0.02, 0.1, 0.3)),
        line=one((0.02, 0.1, 0.3)),
        keeps=one((0.0, 0.5, 0.9)),
        noise=one((0.03, 0.1, 0.3, 0.8)),
        rare=one((0.0, 0.0, 0.2, 0.7)),
        known=one((0.0, 0.3, 0.7, 0.95, 0.99)),
        late=one((0.3, 1.0, 3.0)),
        bias=rng.normal(0, 0.25),
        part_bias=one((0.0, 0.05, 0.3, 0.7)),
        bias_drift=one((0.0, 0.01, 0.04)),
        inflated=one((0.0, 0.0, 0.0, 0.3)),
        nervous=one((0.0, 0.02, 0.1, 0.4)),
        uneven=one((0.0, 0.03, 0.12)),
        moved=one((0.0, 0.3, 0.9)),
        short=one((0.0, 0.05, 0.15)),
        by_line=bool(rng.random() < 0.5),
        idle=cadence == 1 and bool(rng.random() < 0.7),
        copies=one((0.0, 0.0, 0.05)),
        slip=one((0.0, 0.0, 0.15, 0.4)),
        passing=one((0.0, 0.1, 0.6)),
        change=bool(rng.random() < 0.25),
        whole=bool(rng.random() < 0.8),
    )
    undistorted: dict[str, Any] = dict.fromkeys(DISTORTIONS, 0.0)
    return replace(kind, **undistorted) if rng.random() < HONEST else kind
