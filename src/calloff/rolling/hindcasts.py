"""Hindcasts: what methods would have forecast on past days, each from what was known then.

A forecast depends on nothing but the past, the method, the spec and the query, so it is kept in the
memo of the past: whoever asks again gets the same numbers without the work.
Dimensions: M methods, T origins, P parts of the later past, P' parts at an origin, Q levels.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Days, Mask, Past, Quantity, Query
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.origins import Origin
from calloff.rolling.spec import Spec

T = TypeVar("T")
Progress = Callable[[float, str], None]  # share done, and what is done now
Names = NDArray[np.object_]
Index = NDArray[np.int64]

TARGETS = 15  # past target days from which methods are compared, weighted and calibrated
PLAN = "plan"  # steps in where a method has nothing to say
DAY = "datetime64[D]"
PLAIN = (str, bytes, int, float, bool, type(None))


@dataclass(frozen=True)
class Hindcasts:
    """Past forecasts beside what came.

    now: the past from which one looks back; days (T): the target days, or the cutoffs where several
    target days are asked for together; forecast (M, T, P): never negative, the plan where a method
    was silent; used (M, T, P): names of the methods whose numbers these are; plan and actual
    (T, P); origin (T, P): the day of the plan, NaT without; scored (T, P): pairs that count by the
    protocol, as known now; quantiles: by name, those (T, Q, P) of a method's own, see
    ``with_quantiles``.
    """

    now: Past
    spec: Spec
    methods: tuple[Forecaster, ...]
    origins: tuple[Origin, ...]
    days: Days
    forecast: Quantity
    used: Names
    plan: Quantity
    actual: Quantity
    origin: Days
    scored: Mask
    quantiles: Mapping[str, Quantity] = field(default_factory=dict)

    def errors(self) -> Quantity:
        """Mean absolute error of each method (M) over the scored pairs; NaN without any."""
        if not self.scored.any():
            return np.full(len(self.methods), np.nan)
        wrong = np.abs(self.forecast - self.actual)
        return np.array([each[self.scored].mean() for each in wrong])

    def of(self, method: Forecaster) -> Hindcasts:
        """Those of one method."""
        at = [each.name for each in self.methods].index(method.name)
        picked = slice(at, at + 1)
        return replace(
            self, methods=(method,), forecast=self.forecast[picked], used=self.used[picked]
        )

    def at(self, chosen: Mask) -> Hindcasts:
        """Those of some of the origins (T)."""
        return self._taken(np.flatnonzero(chosen), slice(None))

    def as_of(self, past: Past, last: int = TARGETS) -> Hindcasts:
        """Those that could be made at an earlier past: of the last target days that had come by
        then, on the parts of then."""
        reached = ~np.isnan(self.plan).all(axis=1)
        rows = np.flatnonzero((self.days <= past.cutoff) & reached)[-last:]
        place = {part: index for index, part in enumerate(self.now.parts)}
        known = self._taken(rows, np.array([place[part] for part in past.parts], dtype=np.int64))
        sent = ~np.isnan(known.plan) & ~np.isnan(known.actual)
        return replace(known, now=past, scored=sent & past.pooled)

    def _taken(self, rows: Index, parts: Index | slice) -> Hindcasts:
        return replace(
            self,
            origins=tuple(self.origins[row] for row in rows),
            days=self.days[rows],
            forecast=self.forecast[:, rows][:, :, parts],
            used=self.used[:, rows][:, :, parts],
            plan=self.plan[rows][:, parts],
            actual=self.actual[rows][:, parts],
            origin=self.origin[rows][:, parts],
            scored=self.scored[rows][:, parts],
            quantiles={name: own[rows][:, :, parts] for name, own in self.quantiles.items()},
        )


def hindcast(
    now: Past,
    spec: Spec,
    methods: Sequence[Forecaster],
    origins: Sequence[Origin],
    *,
    progress: Progress | None = None,
) -> Hindcasts:
    """Ask methods at past origins, one origin after the other."""
    shape = (len(origins), len(now.parts))
    forecast = np.full((len(methods), *shape), np.nan)
    used = np.full((len(methods), *shape), PLAN, dtype=object)
    plan, actual, origin = (
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, "NaT", DAY),
    )
    for row, each in enumerate(origins):
        at = each.positions
        plan[row, at], actual[row, at], origin[row, at] = (
            each.plan,
            each.actual,
            each.queries[0].day,
        )
        for place, method in enumerate(methods):
            if progress:
                progress(row / len(origins), f"{each.targets[0]} {method.name}")
            forecast[place, row, at], used[place, row, at] = _ask(method, each, spec)
    return Hindcasts(
        now=now,
        spec=spec,
        methods=tuple(methods),
        origins=tuple(origins),
        days=_days(origins),
        forecast=forecast,
        used=used,
        plan=plan,
        actual=actual,
        origin=origin,
        scored=~np.isnan(plan) & ~np.isnan(actual) & now.pooled,
    )


def with_quantiles(hindcasts: Hindcasts, levels: Sequence[float]) -> Hindcasts:
    """Hindcasts with the quantiles (T, Q, P) of those methods that have some of their own; NaN
    where one had none."""
    found = {}
    for method in hindcasts.methods:
        if method.spreads:
            rows = [_quantiles(hindcasts, method, origin, levels) for origin in hindcasts.origins]
            shape = (len(rows), len(levels), len(hindcasts.now.parts))
            found[method.name] = np.array(rows).reshape(shape)
    return replace(hindcasts, quantiles=found)


def _quantiles(
    hindcasts: Hindcasts, method: Forecaster, origin: Origin, levels: Sequence[float]
) -> Quantity:
    wide = np.full((len(levels), len(hindcasts.now.parts)), np.nan)
    own = quantiles(method, origin.past, origin.queries[0], hindcasts.spec, levels)
    if own is not None:
        wide[:, origin.positions] = own
    return wide


def _days(origins: Sequence[Origin]) -> Days:
    days = [each.targets[0] if len(each.targets) == 1 else each.cutoff for each in origins]
    return np.array(days, dtype=DAY)


def _ask(method: Forecaster, origin: Origin, spec: Spec) -> tuple[Quantity, Names]:
    """Pieces (P') for all target days of an origin together, and whose they are."""
    past = origin.past
    answers = [answer(method, past, query, spec) for query in origin.queries]
    return np.sum([pieces for pieces, _ in answers], axis=0), answers[0][1]


def quantities(method: Forecaster, past: Past, query: Query, spec: Spec) -> Quantity:
    """What a method forecasts, in pieces (P): never negative, the plan where it is silent."""
    return answer(method, past, query, spec)[0]


def answer(method: Forecaster, past: Past, query: Query, spec: Spec) -> tuple[Quantity, Names]:
    """A method's forecasts in pieces (P), and whose they are: the plan's where it has none."""

    def make() -> tuple[Quantity, Names]:
        return _answer(method, past, query, spec)

    return _kept("answer", method, past, spec, (query.key,), make)


def _answer(method: Forecaster, past: Past, query: Query, spec: Spec) -> tuple[Quantity, Names]:
    model = fitted(method, past, spec)
    said, used = model.predict(query), model.used(query)
    names = np.full(len(said), method.name, dtype=object) if used is None else used
    silent = ~np.isfinite(said)
    pieces = np.maximum(np.where(silent, query.plan, said), 0.0)
    pieces.flags.writeable = False
    return pieces, np.where(silent, PLAN, names)


def fitted(method: Forecaster, past: Past, spec: Spec) -> Fitted:
    """A method fitted to a past: once, however many target days are asked of it."""
    return _kept("fitted", method, past, spec, (), lambda: method.fit(past, spec))


def quantiles(
    method: Forecaster, past: Past, query: Query, spec: Spec, levels: Sequence[float]
) -> Quantity | None:
    """A method's own quantiles in pieces (Q, P), or None where it has none."""
    if not method.spreads:
        return None

    def make() -> Quantity | None:
        return fitted(method, past, spec).quantiles(query, levels)

    return _kept("quantiles", method, past, spec, (query.key, *levels), make)


def _kept(
    kind: str,
    method: Forecaster,
    past: Past,
    spec: Spec,
    rest: tuple[Hashable, ...],
    make: Callable[[], T],
) -> T:
    """From the memo of the past, by the whole question; made anew by a method that is no key."""
    own = method_key(method)
    if own is None:
        return make()
    return past.memo.get(kind, (own, spec, past.key, *rest), make)


def method_key(method: Forecaster) -> Hashable | None:
    """What tells a method from others for good: its class and the values of its fields.

    None where they may change: for a class that is no frozen dataclass, or a field that is no plain
    value. Such a method is asked anew each time.
    """
    return _value_key(method) if is_dataclass(method) else None


def _value_key(value: object) -> Hashable | None:
    if isinstance(value, PLAIN):
        return type(value), value
    if isinstance(value, (tuple, frozenset)):
        inside = [_value_key(each) for each in value]
        kind = type(value)
        return None if None in inside else (kind, kind(inside))
    if is_dataclass(value) and not isinstance(value, type) and _is_frozen(value):
        own = tuple(_value_key(getattr(value, each.name)) for each in fields(value))
        return None if None in own else (type(value), own)
    return None


def _is_frozen(value: object) -> bool:
    """Whether nothing but its fields, which cannot be set, makes an instance what it is."""
    names = {each.name for each in fields(value)}  # type: ignore[arg-type]
    frozen = bool(type(value).__dataclass_params__.frozen)  # type: ignore[attr-defined]
    return frozen and set(vars(value)) <= names
