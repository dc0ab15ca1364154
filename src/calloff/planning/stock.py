"""Stock on its way to the target day: what is there less what is called off before.

The days before the target are those after the as-of day, up to the day before the target: what was
called off on the as-of day itself is no longer on hand. Each of them is forecast as of the same
day with its own lead, by the method in use, or by ``combined`` where that one is no quick one:
plans are too low there as well, so that stock would seem to last longer than it does. Of a day that
the plans leave (almost) idle, what was sent counts; of an earlier target day, its forecast. A lead
that the customer's plans never have is that of older plans, which had a longer one.

Dimensions: P parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calloff.data.part_tables import Stock
from calloff.data.triangle import Mask, Past, Quantity, Query, as_days
from calloff.forecasters import available
from calloff.rolling.answers import PLAN, ask
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.origins import IDLE
from calloff.rolling.spec import Spec

COMBINED = "combined"  # weighs the quick methods


@dataclass(frozen=True)
class CalledBefore:
    """What will be called off between the as-of day and a target day.

    Attributes:
        pieces: the sum over these days (P); a day of which a part's plan says nothing counts as
            nothing.
        unsaid: parts (P) with such a day, though the plans of other parts reach it.
    """

    pieces: Quantity
    unsaid: Mask


def called_before(
    past: Past,
    target: np.datetime64,
    method: Forecaster,
    since: np.datetime64 | None = None,
    known: Mapping[np.datetime64, Quantity] | None = None,
) -> CalledBefore:
    """Forecast what is called off after the as-of day, or from a later day on, and before a target
    day.

    Args:
        past: what is known (P parts).
        target: the day.
        method: the forecaster in use.
        since: the first day that counts; by default the one after the as-of day.
        known: day -> its forecast (P), where there is one already.

    Returns:
        Pieces by part.
    """
    between, first = _days(target - past.cutoff), 1 if since is None else _days(since - past.cutoff)
    asked = [_query(past, lead) for lead in range(first, between)]
    reached = [query for query in asked if not np.isnan(query.plan).all()]
    idle = IDLE * max((np.nansum(past.ask(target, between).plan), *_totals(reached)), default=0.0)
    quick = method if method.quick or method.name == PLAN else available()[COMBINED]
    forecast = known or {}
    pieces, unsaid = np.zeros(len(past.parts)), np.zeros(len(past.parts), dtype=bool)
    for query, total in zip(reached, _totals(reached), strict=True):
        silent = np.isnan(query.plan)
        called = forecast.get(query.target)
        if called is None:
            working = total > idle
            called = ask(quick, past, query, Spec(query.lead)).pieces if working else query.plan
        pieces += np.where(silent, 0.0, called)
        unsaid |= silent
    return CalledBefore(pieces, unsaid)


def _query(past: Past, lead: int) -> Query:
    """The newest plans for a day so far ahead. Where the customer's plans never name one of this
    lead (some hold the day itself and four weeks ahead, nothing between), those sent with the next
    longer lead that they have."""
    longer = past.leads[past.leads >= lead]
    return past.ask(past.cutoff + as_days(lead), int(longer[0]) if len(longer) else lead)


def _days(span: np.timedelta64) -> int:
    return int(span.astype("timedelta64[D]").astype(np.int64))


def _totals(queries: Sequence[Query]) -> list[float]:
    return [float(np.nansum(query.plan)) for query in queries]


@dataclass(frozen=True)
class Projection:
    """The stock of each part (P) at the target day, in pieces; NaN where no stock was given.

    Attributes:
        stock: on hand at the close of the as-of day.
        before: called off after it and before the target day.
        built_before: finally built for earlier target days of the same forecast.
        on_order: that will have come by the target day.
        safety: that is to be left after the target day.
    """

    stock: Quantity
    before: Quantity
    built_before: Quantity
    on_order: Quantity
    safety: Quantity

    @property
    def projected(self) -> Quantity:
        """Pieces that are there for the target day (P); below 0 where what is there does not last
        until then."""
        return self.stock - self.before + self.built_before + self.on_order

    @property
    def usable(self) -> Quantity:
        """Pieces that need not be built (P): all but the safety stock; 0 without a stock."""
        return np.nan_to_num(self.projected - self.safety)


def project(
    parts: Sequence[str],
    stock: Mapping[str, float | Stock],
    before: Quantity,
    built_before: Quantity | None = None,
) -> Projection:
    """Project stock to a target day.

    Args:
        parts: their names (P).
        stock: part -> its stock, or pieces on hand.
        before: pieces called off before the target day (P).
        built_before: pieces finally built for earlier target days (P); none by default.

    Returns:
        The projection.
    """
    given = [stock.get(part) for part in parts]
    whole = [each if isinstance(each, Stock | None) else Stock(each) for each in given]
    names = ("on_hand", "on_order", "safety")
    on_hand, on_order, safety = (
        np.array([np.nan if each is None else getattr(each, name) for each in whole], dtype=float)
        for name in names
    )
    built = np.zeros(len(parts)) if built_before is None else built_before
    called, built = (np.where(np.isnan(on_hand), np.nan, each) for each in (before, built))
    return Projection(on_hand, called, built, on_order, safety)
