"""How much until the next chance to react: the sum of the call-offs of several target days.

Who decides every evening needs the call-offs of one target day; who builds twice a week needs
those of all days until the next time. Errors for neighbouring days, made on one evening, hang
together: a plan too low for Thursday is too low for Friday as well, or Thursday's pieces were only
moved to Friday. So the quantile of a sum is neither the sum of quantiles nor what independent days
would give (Prak, Teunter & Syntetos 2017, on safety stocks). It is taken from the errors that such
sums had on past evenings, which keep whatever hangs together.

Dimensions: P parts, N target days to cover, T past evenings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calloff.data.triangle import Past, Quantity, Query, Triangle
from calloff.features.builder import builder_of
from calloff.forecasters import Forecaster
from calloff.rolling.hindcasts import TARGETS, Record, pieces, spread
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.uncertainty.conformal import CalibrationTarget
from calloff.uncertainty.distribution import Distribution, calibrated, calibration_set_of

IDLE = 0.05  # of the busiest day ahead: a day planned below it is passed over


@dataclass(frozen=True)
class Span:
    """The target days to cover, in order, as query on one evening. Sums (P) are NaN for parts
    whose plan does not reach all of them."""

    past: Past
    query: tuple[Query, ...]

    @property
    def plan(self) -> Quantity:
        """Pieces planned (P)."""
        return np.sum([question.plan for question in self.query], axis=0)

    def forecast(self, method: Forecaster, spec: Spec) -> Quantity:
        """Pieces forecast (P)."""
        return np.sum([pieces(method, self.past, each, spec) for each in self.query], axis=0)

    @property
    def days(self) -> tuple[np.datetime64, ...]:
        """The target days (N)."""
        return tuple(question.target for question in self.query)


def working_ahead(past: Past, spec: Spec) -> list[Query]:
    """The days, ``lead`` or more ahead, that the plans reach and do not leave idle."""
    ahead = [
        past.ask(past.cutoff + step, spec.lead)
        for step in range(spec.lead, spec.lead + int(past.leads.max()) + 1)
    ]
    reached = [question for question in ahead if not np.isnan(question.plan).all()]
    totals = np.array([np.nansum(question.plan) for question in reached])
    working = [reached[at] for at in np.flatnonzero(totals > IDLE * totals.max(initial=0.0))]
    return working or reached[:1]


def next_span(past: Past, spec: Spec, days: int) -> Span:
    """The next ``days`` target days. Raises CalloffError where the plans do not reach so far."""
    query = working_ahead(past, spec)
    if len(query) < days:
        horizon = int(past.leads.max())
        raise fail("cover.horizon", days=days, reached=len(query), lead=spec.lead, horizon=horizon)
    return Span(past, tuple(query[:days]))


def past_spans(known: Triangle, spec: Spec, days: int) -> Iterator[tuple[Span, Quantity]]:
    """Evenings of which the whole span is known by now, the newest first, with what was called
    off (P of that evening): all that came from the span's first to its last day, on whatever
    days it came; NaN for parts without a plan on one of them."""
    place = {part: index for index, part in enumerate(known.parts)}
    for evening in known.days[~known.stale][::-1]:
        past = known.as_of(evening)
        query = working_ahead(past, spec)[:days]
        if len(query) < days or query[-1].target > known.days[-1]:
            continue
        targets = known.target_days
        came = targets[(query[0].target <= targets) & (targets <= query[-1].target)]
        if len(came):
            positions = [place[part] for part in past.parts]
            calls = np.stack([known.called_off(day)[positions] for day in came])  # (days, P)
            yield Span(past, tuple(query)), calls.sum(axis=0)


def track_sums(past: Past, spec: Spec, method: Forecaster, days: int) -> Record:
    """What a method would have predicted of such sums on the last evenings, beside what came.

    As ``track``, with sums in the place of single target days; days (T) are the evenings.
    """
    place = {part: index for index, part in enumerate(past.parts)}
    rows: list[tuple[np.datetime64, list[Quantity]]] = []
    for span, actual in past_spans(past.known, spec, days):
        if len(rows) == TARGETS:
            break
        positions = np.array([place[part] for part in span.past.parts], dtype=np.int64)
        sums = (span.forecast(method, spec), span.plan, actual)
        rows.append((span.past.cutoff, [spread(each, positions, len(place)) for each in sums]))
    rows.reverse()
    forecast, plan, actual = (
        np.array([sums for _, sums in rows]).reshape((len(rows), 3, len(place))).transpose(1, 0, 2)
    )
    evenings = np.array([evening for evening, _ in rows], dtype="datetime64[D]")
    scored = ~np.isnan(plan) & ~np.isnan(actual) & past.pooled
    return Record((method,), evenings, forecast[None], plan, actual, scored)


def around_sum(span: Span, spec: Spec, method: Forecaster) -> Distribution:
    """The distribution around a method's sums, from its record of such sums.

    Calibrated on the sums' errors, as ``distribution.around`` does for one day; days that are
    planned to be parts of a full one shrink the usual error likewise.
    """
    past, days = span.past, len(span.query)
    record = track_sums(past, spec, method, days)
    lead = int((span.days[-1] - past.cutoff).astype("timedelta64[D]").astype(np.int64))
    day_load = np.array([_day_load(past, spec, evening, days) for evening in record.days])
    now = CalibrationTarget(
        span.forecast(method, spec), None, _day_load(past, spec, past.cutoff, days)
    )
    return calibrated(calibration_set_of(record, past, lead, day_load), now)


def _day_load(past: Past, spec: Spec, evening: np.datetime64, days: int) -> float:
    """How much of full days the span asked for on an evening was planned to be, on average."""
    then = past if evening == past.cutoff else past.known.as_of(evening)
    builder, newest = builder_of(then), len(then.days) - 1
    query = working_ahead(then, spec)[:days]
    return float(np.mean([builder.day_load(newest, question.plan) for question in query]))
