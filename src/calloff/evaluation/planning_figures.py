"""The planning trade's figures of how good plans were, as plain functions.

Dimensions: P parts, T target days, L leads. A plan, a call-off or a pair that is not known is NaN
and counts nowhere: the weights of the leads that are known make up for it. A part of which nothing
is known has NaN.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calloff.texts.arguments import Problems, arrays, number, require
from calloff.texts.errors import Problem

Values = NDArray[np.float64]
FADE = 0.8  # of long horizons, about half of the weight is then on the first three periods


def nearness(periods: ArrayLike, fade: float = FADE) -> Values:
    """Weigh leads by how near they are.

    Args:
        periods: periods ahead (L), such as 1, 2, 3.
        fade: what one more period ahead counts, above 0 up to 1; with 1 all count alike.

    Returns:
        ``fade`` to the power of ``periods`` (L).

    Raises:
        CalloffError: the periods are no numbers, or ``fade`` does not lie there.
    """
    require(arrays(periods=periods), number(fade, "fade", 1e-3, 1))
    return np.power(float(fade), np.asarray(periods, np.float64))


def accuracy_index_by_target(plan: ArrayLike, called_off: ArrayLike, weights: ArrayLike) -> Values:
    """Accuracy index by target: each target day counts alike, however much was called off.

    A plan scores ``1 - |plan - call-off| / call-off``, and 0 where that is below 0. Where nothing
    was called off, a plan of 0 scores 1 and any other 0. The scores of a target day are weighted by
    lead, then averaged over the target days.

    Args:
        plan: pieces planned (P, T, L).
        called_off: pieces called off (P, T).
        weights: of the leads (L), from 0.

    Returns:
        The index (P), from 0 to 1, which is best.

    Raises:
        CalloffError: the arrays are no numbers or do not fit each other, or a weight is below 0.

    Source:
        As in public code after VDA 9000; the standard itself was not at hand.
    """
    planned, called, weight = _checked(plan, called_off, weights)
    total, counted = np.zeros(called.shape), np.zeros(called.shape)
    for lead in range(len(weight)):
        score = _closeness(planned[:, :, lead], called)
        known = ~np.isnan(score)
        total += weight[lead] * np.where(known, score, 0.0)
        counted += weight[lead] * known
    days = counted > 0
    return _ratio(np.where(days, _ratio(total, counted), 0.0).sum(axis=1), days.sum(axis=1))


def accuracy_index_by_volume(plan: ArrayLike, called_off: ArrayLike, weights: ArrayLike) -> Values:
    """Accuracy index by volume: each piece counts alike, so that days with large call-offs lead.

    It is 1 less the weighted absolute errors over the equally weighted call-offs, and 0 where that
    is below 0. Where nothing was called off at all, plans of 0 have 1 and any others 0.

    Args:
        plan: pieces planned (P, T, L).
        called_off: pieces called off (P, T).
        weights: of the leads (L), from 0.

    Returns:
        The index (P), from 0 to 1, which is best.

    Raises:
        CalloffError: the arrays are no numbers or do not fit each other, or a weight is below 0.

    Source:
        As in public code after VDA 9000; the standard itself was not at hand.
    """
    sums = _sums(plan, called_off, weights)
    none_called = np.where(sums.miss > 0, 0.0, 1.0)
    volume = np.where(sums.volume > 0, sums.volume, 1.0)
    index = np.where(sums.volume > 0, np.maximum(1 - sums.miss / volume, 0.0), none_called)
    return np.where(sums.pairs > 0, index, np.nan)


def weighted_bias(plan: ArrayLike, called_off: ArrayLike, weights: ArrayLike) -> Values:
    """Weighted bias: how one-sided the errors are, whatever their size.

    Args:
        plan: pieces planned (P, T, L).
        called_off: pieces called off (P, T).
        weights: of the leads (L), from 0.

    Returns:
        The weighted errors (plan - call-off) over the weighted absolute errors (P), which is 1
        where every plan was too high, -1 where every one was too low, 0 where these balance or
        there are no errors.

    Raises:
        CalloffError: the arrays are no numbers or do not fit each other, or a weight is below 0.
    """
    sums = _sums(plan, called_off, weights)
    share = sums.error / np.where(sums.miss > 0, sums.miss, 1.0)
    return np.where(sums.pairs > 0, share, np.nan)


def schedule_instability(plan: ArrayLike, periods: ArrayLike, fade: float = FADE) -> Values:
    """Schedule instability: how much of what is planned changes from one plan to the next.

    Each plan for a target day is compared with the plan before it for the same day, the next one
    further ahead that is known. The nearer the day, the more its change counts.

    Args:
        plan: pieces planned (P, T, L).
        periods: periods ahead (L), in any order.
        fade: what one more period ahead counts, above 0 up to 1.

    Returns:
        The weighted absolute changes over the equally weighted pieces planned, which are the mean
        of the two plans (P). It is 0 where no plan changes and 2, the most there is, where each
        plan drops to 0 or comes out of nothing.

    Raises:
        CalloffError: the arrays are no numbers or do not fit each other, or ``fade`` does not lie
            there.

    Source:
        After Sridharan, Berry & Udayabhanu (1988), who divide by the number of orders.
    """
    weight = nearness(periods, fade)
    planned, _, weight = _checked(plan, np.zeros(np.shape(plan)[:2]), weight)
    change, pieces, pairs = (np.zeros(len(planned)) for _ in range(3))
    before = np.full(planned.shape[:2], np.nan)
    for lead in np.argsort(weight, kind="stable"):  # the farthest first
        now = planned[:, :, lead]
        known = ~np.isnan(now) & ~np.isnan(before)
        change += weight[lead] * np.where(known, np.abs(now - before), 0.0).sum(axis=1)
        pieces += weight[lead] * np.where(known, (now + before) / 2, 0.0).sum(axis=1)
        pairs += known.sum(axis=1)
        before = np.where(np.isnan(now), before, now)
    share = change / np.where(pieces > 0, pieces, 1.0)
    return np.where(pairs > 0, share, np.nan)


def _closeness(plan: Values, called: Values) -> Values:
    """1 where a plan is the call-off, 0 where it is off by all of it or more (P, T)."""
    some = called > 0
    near = 1 - np.abs(plan - called) / np.where(some, called, 1.0)
    score = np.where(some, np.maximum(near, 0.0), np.where(plan == called, 1.0, 0.0))
    return np.where(np.isnan(plan) | np.isnan(called), np.nan, score)


class _Sums(NamedTuple):
    """Weighted sums over target days and leads (P): of errors, absolute errors and call-offs; and
    the number of pairs with a weight."""

    error: Values
    miss: Values
    volume: Values
    pairs: Values


def _sums(plan: ArrayLike, called_off: ArrayLike, weights: ArrayLike) -> _Sums:
    planned, called, weight = _checked(plan, called_off, weights)
    sums = _Sums(*np.zeros((4, len(planned))))
    for lead in np.flatnonzero(weight > 0):
        error = planned[:, :, lead] - called
        known = ~np.isnan(error)
        error = np.where(known, error, 0.0)
        sums.error[:] += weight[lead] * error.sum(axis=1)
        sums.miss[:] += weight[lead] * np.abs(error).sum(axis=1)
        sums.volume[:] += weight[lead] * np.where(known, called, 0.0).sum(axis=1)
        sums.pairs[:] += known.sum(axis=1)
    return sums


def _ratio(above: Values, below: Any) -> Values:
    """NaN where there is nothing below."""
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)


def _checked(plan: ArrayLike, called_off: ArrayLike, weights: ArrayLike) -> list[Values]:
    """The arrays as float64. Raises CalloffError unless they are numbers that fit each other."""
    given = {"plan": plan, "called_off": called_off, "weights": weights}
    require(*(arrays(**{name: values}) for name, values in given.items()))
    made = [np.asarray(values, np.float64) for values in given.values()]
    require(_fit(*made))
    require(*(number(float(each), "weights", 0, 1e12) for each in made[2]))
    return made


def _fit(plan: Values, called: Values, weights: Values) -> Problems:
    """Whether there is a call-off for each part and day, and a weight for each lead."""
    wanted = (plan.shape[:2], plan.shape[2:]) if plan.ndim == 3 else None
    if wanted != (called.shape, weights.shape):
        shapes = {"plan": plan.shape, "called_off": called.shape, "weights": weights.shape}
        yield Problem("figures.shape", facts=shapes)
