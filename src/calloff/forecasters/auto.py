"""The default: the network and the simple methods together, by what they were worth on each part.

After each target day the errors of all are counted, as they were forecast in time (``weights``), so
that a member that fails, or is clearly worse than another, loses its say. Where they are about
equally good the network leads: it starts from the others and has their errors among its inputs.
The plan as sent is among them, so that a plan that is hard to beat is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.places import placed, places
from calloff.data.triangle import Past, Quantity, Query, as_days
from calloff.forecasters.lstm import PooledLSTM, Reading
from calloff.forecasters.plan import Plan
from calloff.forecasters.prequential import learned, recent
from calloff.forecasters.rows import row_of
from calloff.forecasters.simple import Simple
from calloff.forecasters.weights import Differences, Losses, weigh
from calloff.rolling.answers import ask, method_key
from calloff.rolling.forecaster import Forecaster, Mixture, OfPast
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError

MEMBERS: tuple[Forecaster, ...] = (PooledLSTM(), Simple("combined"), Plan())
FIRST = {"lstm": 8.0, "combined": 0.4}  # weights where all are equally good, beside 1 of others


@dataclass(frozen=True)
class Standing(Shared):
    """The errors of methods as known at some past.

    Attributes:
        parts: names (P).
        losses: of the methods (M).
        differences: between the first method and each (M).
    """

    parts: tuple[str, ...]
    losses: Losses
    differences: Differences

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.losses.total.nbytes + self.losses.count.nbytes

    def on(self, parts: tuple[str, ...]) -> Standing:
        """The same for other ``parts``."""
        if parts == self.parts:
            return self
        return replace(self, parts=parts, losses=self.losses.on(places(self.parts, parts)))


@dataclass(frozen=True)
class Together(OfPast):
    """Methods weighted by their errors up to a past.

    Attributes:
        members: the methods (M).
    """

    members: tuple[Forecaster, ...]

    def weights(self, query: Query) -> Quantity:
        """Weigh the members for a question.

        Args:
            query: the target day.

        Returns:
            Weights (M, P), which add up to 1.
        """
        scale = row_of(self.past, self.spec, query).scale
        standing = standing_of(self.past, self.spec, self.members)
        first = first_weights(self.members) * standing.differences.factors
        usual = standing.losses.usual(scale, self.past.pooled)
        return weigh(usual, first, standing.losses.power)

    def predict(self, query: Query) -> NDArray[np.float64]:
        found = self.mixture(query)
        return np.asarray((found.weights * found.pieces).sum(axis=0))

    def mixture(self, query: Query) -> Mixture:
        found = forecasts(self.members, self.past, query, self.spec)
        return Mixture(tuple(each.name for each in self.members), self.weights(query), found)

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        """Take the quantiles of the network, and move them to where the forecast is.

        Args:
            query: the target day.
            levels: Q levels between 0 and 1.

        Returns:
            Pieces (Q, P), rising with the level, never negative.
        """
        around = Reading(self.past, self.spec, tuned=True).quantiles(query, [*levels, 0.5])
        return np.maximum(around[:-1] + self.predict(query) - around[-1], 0.0)


@dataclass(frozen=True)
class Auto(Forecaster):
    """All methods together; see the module.

    Attributes:
        name: by which it is asked for.
        members: the methods that have a say.
    """

    name: str = "auto"
    members: tuple[Forecaster, ...] = MEMBERS
    rank: ClassVar[int] = 45
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def begin(self, past: Past, spec: Spec) -> None:
        for member in self.members:
            with suppress(Exception):  # told of where it is asked
                member.begin(past, spec)

    def fit(self, past: Past, spec: Spec) -> Together:
        self.begin(past, spec)  # networks train while the errors of members are counted
        return Together(recent(past, spec), spec, self.members)


def first_weights(members: Sequence[Forecaster]) -> Quantity:
    """Give the weights of members that are equally good.

    Args:
        members: the methods (M).

    Returns:
        Weights (M), which need not add up to 1.
    """
    return np.array([FIRST.get(member.name, 1.0) for member in members])


def forecasts(
    members: Sequence[Forecaster], past: Past, query: Query, spec: Spec
) -> NDArray[np.float64]:
    """Ask methods for one target day.

    Args:
        members: the methods (M).
        past: what may be read.
        query: the target day.
        spec: the lead.

    Returns:
        Pieces (M, P); the plan where a method fails, which is warned of.

    Raises:
        CalloffError: a method was refused what it needs.
    """
    found = []
    for member in members:
        try:
            found.append(ask(member, past, query, spec).pieces)
        except CalloffError:  # of the user's to mend
            raise
        except Exception as problem:  # whatever it is, the others must not pay for it
            warn(f"{member.name} failed, and the plan stands in for it: {problem}", stacklevel=2)
            found.append(query.plan)
    return np.stack(found)


def standing_of(past: Past, spec: Spec, members: tuple[Forecaster, ...]) -> Standing:
    """Count the errors of methods on the target days known at a past.

    Args:
        past: what may be read.
        spec: the lead.
        members: the methods (M).

    Returns:
        Their errors, for the parts of the past.
    """

    def step(standing: Standing, then: Past, number: int) -> Standing:
        target, actual = then.days[-1], then.calloffs[:, -1]
        origin = then.earlier(target - as_days(spec.lead))
        query, at = origin.ask(target, spec.lead), places(origin.parts, then.parts)
        found = placed(forecasts(members, origin, query, spec), at, np.nan)
        scale = placed(row_of(origin, spec, query).scale, at, 1.0)
        miss, own = np.abs(found - actual), standing.on(then.parts)
        differences = own.differences.after(miss, scale, then.pooled)
        return Standing(then.parts, own.losses.after(miss), differences)

    key = (spec, tuple(method_key(member) for member in members))
    empty = Standing((), Losses.none(len(members), 0), Differences.none(len(members)))
    return learned(past, "standing", key, empty, step).on(past.parts)


METHODS = (Auto(),)
