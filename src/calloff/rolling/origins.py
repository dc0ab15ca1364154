"""The rolling origin: past days on which a forecast is asked for, each with what was known then.

Dimensions: P parts of the later past, P' of the one at an origin, N target days asked for together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.days import WEEK
from calloff.data.places import places
from calloff.data.triangle import Days, Past, Quantity, Query, as_days
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.texts.leads import reach_in_periods

IDLE = 0.05  # of the busiest day ahead: a day planned below it is passed over


@dataclass(frozen=True, eq=False)
class Origin:
    """A past day on which a forecast is asked for.

    Attributes:
        now: the later past from which one looks back.
        spec: the lead.
        cutoff: the day at whose close the forecast is made.
        targets: the days that are asked for together (N).
        came: the days whose call-offs count for them (M).
    """

    now: Past
    spec: Spec
    cutoff: np.datetime64
    targets: Days
    came: Days

    @property
    def past(self) -> Past:
        """What was known at the cutoff, and nothing else."""
        return self.now.arrived(self.cutoff)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """One query for each target day (N)."""
        past = self.past
        return tuple(past.ask(target, self.spec.lead) for target in self.targets)

    @cached_property
    def plan(self) -> Quantity:
        """Pieces planned for all target days together (P'); NaN where a plan does not reach."""
        return np.sum([query.plan for query in self.queries], axis=0)

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """The positions (P') of the parts known then among those of now."""
        return places(self.now.parts, self.past.parts)

    @cached_property
    def actual(self) -> Quantity:
        """Pieces called off on all days of ``came`` (P'); NaN for parts without a plan on one of
        them."""
        known = self.now.known
        calls = [known.called_off(day)[self.positions] for day in self.came]
        return np.sum(calls, axis=0)


def target_origins(now: Past, spec: Spec, targets: Iterable[np.datetime64]) -> Iterator[Origin]:
    """One origin for each target day, ``spec.lead`` calendar days before it.

    Args:
        now: the later past from which one looks back.
        spec: the lead.
        targets: the target days.

    Yields:
        An origin for each of them, in their order.
    """
    for target in targets:
        day = np.array([target], dtype="datetime64[D]")
        yield Origin(now, spec, target - as_days(spec.lead), day, day)


def past_origins(
    now: Past, spec: Spec, *, last: int, before: np.datetime64 | None = None, across: bool = True
) -> list[Origin]:
    """The origins of the last target days that some plan reached.

    Args:
        now: the later past from which one looks back.
        spec: the lead.
        last: how many at most.
        before: only target days before this one.
        across: whether to go on beyond days that no plan reached (the first after a long holiday,
            say) instead of ending there.

    Returns:
        The origins, oldest first.
    """
    days = now.days[now.is_target]
    days = days if before is None else days[days < before]
    found: list[Origin] = []
    for origin in target_origins(now, spec, days[::-1]):
        if len(found) == last:
            break
        if not np.isnan(origin.plan).all():
            found.append(origin)
        elif not across:
            break
    return found[::-1]


def period_origins(now: Past, spec: Spec, days: int) -> Iterator[Origin]:
    """Issue days from which several target days were asked for together, all of which have come.

    Args:
        now: the later past from which one looks back.
        spec: the lead.
        days: number of target days.

    Yields:
        An origin for each such issue day, the newest first. Call-offs of all target days from the
        first to the last of them count.
    """
    targets = now.known.target_days
    for cutoff in now.days[::-1]:
        origin = Origin(now, spec, cutoff, targets[:0], targets[:0])
        asked = np.array([query.target for query in working_days(origin.past, spec)[:days]])
        if len(asked) < days or asked[-1] > now.known.days[-1]:
            continue
        came = targets[(asked[0] <= targets) & (targets <= asked[-1])]
        if len(came):
            yield replace(origin, targets=asked, came=came)


def working_days(past: Past, spec: Spec) -> Sequence[Query]:
    """The days that the plans reach and do not leave idle.

    Args:
        past: what is known.
        spec: the lead; nearer days are not looked at.

    Returns:
        A query for each day, in their order; the first day that is reached where all are idle.
    """
    steps = range(spec.lead, spec.lead + int(past.leads.max()) + 1)
    ahead = [past.ask(past.cutoff + as_days(step), spec.lead) for step in steps]
    reached = [query for query in ahead if not np.isnan(query.plan).all()]
    totals = np.array([np.nansum(query.plan) for query in reached])
    working = [reached[at] for at in np.flatnonzero(totals > IDLE * totals.max(initial=0.0))]
    return working or reached[:1]


def days_ahead(past: Past, spec: Spec) -> Sequence[Query]:
    """The working days that a forecast can be made for.

    Args:
        past: what is known.
        spec: the lead; nearer days are not looked at.

    Returns:
        A query for each day, in their order.

    Raises:
        CalloffError: nothing is known, all parts are in quarantine, or no plan reaches so far.
    """
    if not len(past.days):
        first = str(past.known.days[0]) if len(past.known.days) else "-"
        raise fail("forecast.nothing_known", as_of=past.cutoff, first=first)
    if past.hidden.all():
        raise fail("forecast.all_quarantined", parts=", ".join(past.parts[:5]))
    queries = working_days(past, spec)
    if not queries:
        horizon = int(past.leads.max())
        before = _newest_that_reaches(past, spec)
        facts: dict[str, Any] = {} if before is None else {"day": before}
        wanted = "forecast.horizon" if before is None else "forecast.horizon_before"
        code, reach = reach_in_periods(wanted, spec.lead, horizon, weekly=past.cadence == WEEK)
        raise fail(code, newest=past.days[-1], **reach, **facts)
    return queries


def _newest_that_reaches(past: Past, spec: Spec) -> np.datetime64 | None:
    """The newest day before, as of which a plan reached so far ahead; None without any."""
    if spec.lead > past.leads.max():
        return None
    days = past.days[:-1][::-1]
    return next((day for day in days if working_days(past.earlier(day), spec)), None)


def periods_ahead(
    past: Past, spec: Spec, ahead: Sequence[Query], days: int, cover: int
) -> list[Sequence[Query]]:
    """The target days in sets that are covered together.

    Args:
        past: what is known.
        spec: the lead.
        ahead: the working days that a forecast can be made for.
        days: number of target days; the last set may go beyond them.
        cover: days of a set.

    Returns:
        The sets from the first day on, whole ones only.

    Raises:
        CalloffError: the plans do not reach so many days as a set has.
    """
    if len(ahead) < cover:
        reached, horizon = len(ahead), int(past.leads.max())
        weekly = past.cadence == WEEK
        code, reach = reach_in_periods("cover.horizon", spec.lead, horizon, weekly=weekly)
        raise fail(code, days=cover, reached=reached, **reach)
    starts = range(0, min(days, len(ahead) - cover + 1), cover)
    return [ahead[start : start + cover] for start in starts]


def newest(origins: Iterable[Origin], count: int) -> list[Origin]:
    """Put the newest of some origins into the order of time.

    Args:
        origins: the newest first.
        count: how many at most.

    Returns:
        The newest ``count`` of them, the oldest first.
    """
    return list(islice(origins, count))[::-1]
