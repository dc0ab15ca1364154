"""Random settings of a simulated customer: to train networks on what products, stock and lots do.

Those of the bank are chosen by hand; these are drawn, so that no network sees a customer of the
bank. ``random_customer`` draws customers in a wider space, but none with bills of material, stock
or lots.
"""

from __future__ import annotations

import numpy as np

from calloff.synth.habits import Habits
from calloff.synth.making import Settings
from calloff.synth.materials import Materials
from calloff.synth.ordering import Ordering
from calloff.synth.production import Change, Production
from calloff.synth.working_time import WorkingTime
from calloff.texts.arguments import instance, require

HONEST = 0.4  # share of the customers that send what they will order, as far as they know
WEEK = 7  # days


class _Draw:
    """What is drawn, from one generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def one(self, *choices: float) -> float:
        """One of some values."""
        return choices[int(self.rng.integers(len(choices)))]

    def whole(self, low: float, high: float) -> int:
        """A whole number, evenly in its logarithm."""
        return int(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def around(self, width: float) -> float:
        """A factor around 1."""
        return float(np.exp(self.rng.normal(0, width)))

    def chance(self, share: float) -> bool:
        """True for a share of the draws."""
        return bool(self.rng.random() < share)


def random_settings(rng: np.random.Generator) -> Settings:
    """Draw the settings of a simulated customer.

    Args:
        rng: generator of random numbers, which is advanced.

    Returns:
        Settings for ``make_customer``, with a seed of their own.

    Raises:
        CalloffError: ``rng`` is no generator.
    """
    require(instance(rng, "rng", np.random.Generator))
    draw = _Draw(rng)
    cadence, periods = (WEEK if draw.chance(0.45) else 1), draw.whole(14, 130)
    return Settings(
        name="random",
        about="Drawn at random.",
        seed=int(rng.integers(1 << 30)),
        periods=periods,
        horizon=int(rng.integers(2, 9 if cadence == 1 else 7)),
        lead=cadence,
        targets=1,
        cadence=cadence,
        time=_time(draw, periods, cadence),
        production=_production(draw, periods),
        materials=_materials(draw),
        ordering=Ordering(
            lots=draw.one(0.0, 0.0, 0.0, 0.4, 1.5, 5.0),
            loss=draw.one(0.02, 0.1, 0.3),
            reserve=draw.one(0.2, 0.5, 1.0),
        ),
        habits=Habits() if draw.chance(HONEST) else _habits(draw, cadence),
    )


def _time(draw: _Draw, periods: int, cadence: int) -> WorkingTime:
    holidays = tuple(np.flatnonzero(draw.rng.random(periods) < 0.015).tolist())
    return WorkingTime(
        holidays=holidays if cadence == 1 else (),
        short=draw.one(0.0, 0.05, 0.12),
        short_load=draw.rng.uniform(0.3, 0.7),
        by_line=draw.chance(0.5),
    )


def _production(draw: _Draw, periods: int) -> Production:
    change = Change(
        int(periods * draw.rng.uniform(0.25, 0.95)),
        draw.around(0.4),
        notice=int(draw.rng.integers(-8, 4)),
    )
    return Production(
        lines=int(draw.rng.integers(1, 7)),
        variants=int(draw.rng.integers(1, 7)),
        output=draw.one(60.0, 150.0, 500.0),
        swing=draw.one(0.05, 0.12, 0.25),
        mix_swing=draw.one(0.2, 0.4, 0.7),
        revision=draw.one(0.01, 0.03, 0.1),
        mix_revision=draw.one(0.02, 0.06, 0.15),
        slip=draw.one(0.0, 0.0, 0.1, 0.3),
        season=draw.one(0.0, 0.0, 0.25),
        change=change if draw.chance(0.2) else None,
    )


def _materials(draw: _Draw) -> Materials:
    return Materials(
        parts=draw.whole(8, 80),
        spread=draw.one(0.6, 1.2, 1.6),
        common=draw.one(0.1, 0.3),
        passing=draw.one(0.0, 0.1, 0.6),
        lifetime=(5, 45),
    )


def _habits(draw: _Draw, cadence: int) -> Habits:
    return Habits(
        bias=draw.around(0.2),
        part_bias=draw.one(0.0, 0.1, 0.3),
        drift=draw.one(1.0, 1.0, 0.7, 1.6),
        inflated=draw.one(0.0, 0.0, 0.0, 0.4),
        nervous=draw.one(0.0, 0.03, 0.1, 0.4),
        moved=draw.one(0.0, 0.0, 0.2) if cadence == WEEK else 0.0,
        copies=draw.one(0.0, 0.0, 0.08),
        forgotten=int(draw.one(0, 0, 4)),
    )
