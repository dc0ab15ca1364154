"""A track record: what methods would have predicted on past target days, each from that day's past.

A forecast depends on nothing but its past, so it is remembered by that past's content: whoever
asks again, from whatever later day, gets the same numbers without the work.
Dimensions: M methods, T target days, P parts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, Query
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.memo import kept, room
from calloff.rolling.spec import Spec

TARGETS = 15  # past target days that a record goes back
PLAN = "plan"  # steps in where a method has nothing to say
_MEMORY: OrderedDict[tuple[object, ...], tuple[Quantity, NDArray[np.object_]]] = OrderedDict()
_ENTRIES = 2048
_QUANTILES: OrderedDict[tuple[object, ...], Quantity | None] = OrderedDict()
_FITTED: OrderedDict[tuple[str, str], dict[tuple[Forecaster, Spec], Fitted]] = OrderedDict()
_EARLIER: OrderedDict[tuple[str, str], Past] = OrderedDict()
_PARTS = 4000  # that the pasts may have together that are kept, and whose fits are; at least one is


@dataclass(frozen=True)
class Record:
    """Past forecasts beside what came.

    days (T); forecast (M, T, P), never negative, the plan where a method was silent; plan and
    actual (T, P); scored (T, P): pairs that count by the protocol, as known now.
    """

    methods: tuple[Forecaster, ...]
    days: NDArray[np.datetime64]
    forecast: NDArray[np.float64]
    plan: Quantity
    actual: Quantity
    scored: NDArray[np.bool_]

    def errors(self) -> NDArray[np.float64]:
        """Mean absolute error of each method (M) over the scored pairs; NaN without any."""
        if not self.scored.any():
            return np.full(len(self.methods), np.nan)
        wrong = np.abs(self.forecast - self.actual)
        return np.array([each[self.scored].mean() for each in wrong])


def track(
    past: Past,
    spec: Spec,
    methods: Sequence[Forecaster],
    most: int = TARGETS,
    *,
    across_gaps: bool = False,
) -> Record:
    """The record of methods over the last ``most`` target days of a past.

    It goes back to the last day that no plan reached (the first after a long holiday, say), or
    across such days, without them.
    """
    index = len(past.parts)
    rows: list[tuple[np.datetime64, list[Quantity], Quantity, Quantity]] = []
    for earlier, query, positions in _questions(past, spec, most, across_gaps):
        predicted = [spread(pieces(m, earlier, query, spec), positions, index) for m in methods]
        plan = spread(query.plan, positions, index)
        rows.append((query.target, predicted, plan, _called(past, query.target)))
    rows.reverse()
    shape = (len(rows), index)
    forecast = np.array([row[1] for row in rows]).reshape(len(rows), len(methods), index)
    plan = np.array([row[2] for row in rows]).reshape(shape)
    actual = np.array([row[3] for row in rows]).reshape(shape)
    return Record(
        methods=tuple(methods),
        days=np.array([row[0] for row in rows], dtype="datetime64[D]"),
        forecast=forecast.transpose(1, 0, 2),
        plan=plan,
        actual=actual,
        scored=~np.isnan(plan) & ~np.isnan(actual) & past.pooled,
    )


def track_quantiles(
    past: Past, spec: Spec, method: Forecaster, levels: Sequence[float], most: int = TARGETS
) -> NDArray[np.float64]:
    """The quantiles (T, Q, P) of a method on the days of ``track`` across gaps; NaN where it had
    none."""
    rows = []
    for earlier, query, positions in _questions(past, spec, most, True):
        predicted = quantiles(method, earlier, query, spec, levels)
        row = np.full((len(levels), len(past.parts)), np.nan)
        if predicted is not None:
            row[:, positions] = predicted
        rows.append(row)
    return np.array(rows[::-1]).reshape(len(rows), len(levels), len(past.parts))


def _questions(
    past: Past, spec: Spec, most: int, across_gaps: bool
) -> Iterator[tuple[Past, Query, NDArray[np.int64]]]:
    """What was asked for the last target days, newest first: the past of then, the question, and
    the places of its parts among those of now. One past at a time: each is a copy."""
    index = {part: place for place, part in enumerate(past.parts)}
    for day in past.days[past.is_target][::-1]:
        earlier = _earlier(past, day - spec.lead)
        query = earlier.ask(day, spec.lead)
        if not np.isnan(query.plan).all():
            yield earlier, query, np.array([index[part] for part in earlier.parts], dtype=np.int64)
            most -= 1
        elif not across_gaps:
            return
        if not most:
            return


def _earlier(past: Past, day: np.datetime64) -> Past:
    """The past of an earlier day. Few are kept where there are many parts, as each is a copy."""
    key = (past.known.fingerprint, str(day))
    return kept(_EARLIER, key, lambda: past.known.as_of(day), room(_PARTS, len(past.parts)))


def pieces(method: Forecaster, past: Past, query: Query, spec: Spec) -> Quantity:
    """What a method says (P): never negative, the plan where it is silent."""
    return answer(method, past, query, spec)[0]


def answer(
    method: Forecaster, past: Past, query: Query, spec: Spec
) -> tuple[Quantity, NDArray[np.object_]]:
    """A method's pieces (P), and whose they are: the plan's where it has none. Remembered."""
    key = (method, spec, str(query.target), past.known.fingerprint, str(past.cutoff))
    return kept(_MEMORY, key, lambda: _ask(method, past, query, spec), _ENTRIES)


def _ask(
    method: Forecaster, past: Past, query: Query, spec: Spec
) -> tuple[Quantity, NDArray[np.object_]]:
    model = fitted(method, past, spec)
    predicted, used = model.predict(query), model.used(query)
    names = np.full(len(predicted), method.name, dtype=object) if used is None else used
    silent = ~np.isfinite(predicted)
    pieces = np.maximum(np.where(silent, query.plan, predicted), 0.0)
    pieces.flags.writeable = False
    return pieces, np.where(silent, PLAN, names)


def fitted(method: Forecaster, past: Past, spec: Spec) -> Fitted:
    """A method fitted to a past: once, however many target days are asked of it. As what is fitted
    holds much of its past, that of few pasts is kept where there are many parts."""
    here = (past.known.fingerprint, str(past.cutoff))
    found = _FITTED.get(here, {}).get((method, spec))
    if found is None:
        found = method.fit(past, spec)
        _FITTED.setdefault(here, {})[method, spec] = found
        _FITTED.move_to_end(here)
        while len(_FITTED) > room(_PARTS, len(past.parts)):
            _FITTED.popitem(last=False)
    return found


def quantiles(
    method: Forecaster, past: Past, query: Query, spec: Spec, levels: Sequence[float]
) -> Quantity | None:
    """A method's own quantiles (Q, P), or None where it has none. Remembered."""
    if not method.spreads:
        return None
    key = (method, spec, str(query.target), past.known.fingerprint, str(past.cutoff), *levels)
    return kept(
        _QUANTILES, key, lambda: fitted(method, past, spec).quantiles(query, levels), _ENTRIES
    )


def spread(values: Quantity, positions: NDArray[np.int64], count: int) -> Quantity:
    """Values of some parts on the axis of all (P); NaN elsewhere."""
    wide = np.full(count, np.nan)
    wide[positions] = values
    return wide


def _called(past: Past, day: np.datetime64) -> Quantity:
    return past.calloffs[:, int(np.flatnonzero(past.days == day)[0])]
