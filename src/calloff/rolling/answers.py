"""Asking a method: its forecasts for a query, made once for each past.

A forecast depends on nothing but the past, the method, the spec and the query, so it is kept in the
memo of the past: whoever asks again gets the same numbers without the work.
Dimensions: P parts, Q levels.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, Query
from calloff.rolling.blas import one_thread
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

T = TypeVar("T")
Names = NDArray[np.object_]

PLAN = "plan"  # used where a method has no forecast
PLAIN = (str, bytes, int, float, bool, type(None))


@dataclass(frozen=True)
class Answer:
    """The forecast of a method for one target day, or for several together (P parts, Q levels).

    Attributes:
        pieces: forecasts in pieces (P), never negative; the plan where the method has no forecast.
        used: names (P) of the methods whose numbers these are.
        quantiles: the method's own, in pieces (Q, P); None where it has none.
    """

    pieces: Quantity
    used: Names
    quantiles: Quantity | None = None


def ask(
    method: Forecaster, past: Past, query: Query, spec: Spec, levels: Sequence[float] = ()
) -> Answer:
    """Ask a method for its forecast for one query.

    Args:
        method: the forecaster.
        past: what it may read.
        query: the target day, with the plans for it.
        spec: the lead.
        levels: levels between 0 and 1 of the method's own quantiles; none are computed by default.

    Returns:
        The forecasts, with quantiles where ``levels`` are given and the method has quantiles of its
        own.
    """

    def make() -> Answer:
        return _answer(method, past, query, spec)

    answer = _kept("answer", method, past, spec, (query.key,), make)
    if not levels or not method.spreads:
        return answer
    return Answer(answer.pieces, answer.used, _quantiles(method, past, query, spec, levels))


def ask_together(method: Forecaster, past: Past, queries: Sequence[Query], spec: Spec) -> Answer:
    """Ask a method for the call-offs of several target days together.

    Args:
        method: the forecaster.
        past: what it may read.
        queries: the target days, at least one.
        spec: the lead.

    Returns:
        Sums of the forecasts over the days; ``used`` is that of the first day.
    """
    answers = [ask(method, past, query, spec) for query in queries]
    return Answer(np.sum([each.pieces for each in answers], axis=0), answers[0].used)


def _answer(method: Forecaster, past: Past, query: Query, spec: Spec) -> Answer:
    model = fitted(method, past, spec)
    with one_thread():
        predicted = model.predict(query)
    silent = ~np.isfinite(predicted)
    pieces = np.maximum(np.where(silent, query.plan, predicted), 0.0)
    pieces.flags.writeable = False
    return Answer(pieces, np.where(silent, PLAN, np.array(method.name, dtype=object)))


def begin(methods: Sequence[Forecaster], past: Past, spec: Spec) -> None:
    """Let methods begin what takes long, for a past that will soon be asked about.

    Args:
        methods: the forecasters.
        past: what they may read.
        spec: the lead.
    """
    with one_thread():
        for method in methods:
            method.begin(past, spec)


def fitted(method: Forecaster, past: Past, spec: Spec) -> Fitted:
    """Fit a method to a past, once for all target days that are asked of it.

    Args:
        method: the forecaster.
        past: what it may read.
        spec: the lead.

    Returns:
        The fitted method, from the memo of the past where it is there.
    """

    def make() -> Fitted:
        with one_thread():
            return method.fit(past, spec)

    return _kept("fitted", method, past, spec, (), make)


def _quantiles(
    method: Forecaster, past: Past, query: Query, spec: Spec, levels: Sequence[float]
) -> Quantity | None:
    def make() -> Quantity | None:
        model = fitted(method, past, spec)
        with one_thread():
            return model.quantiles(query, levels)

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
    """A key that tells a ``method`` from all others, from its class and the values of its fields;
    None where these may change: for a class that is no frozen dataclass, or a field that is no
    plain value. A method without a key is asked anew each time."""
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
