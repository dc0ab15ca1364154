"""Forecasts of one method for target days ahead, beside those it would have made for past ones.

Who decides every day needs the call-offs of one target day; who builds twice a week needs those of
all days until the next time. Errors for neighbouring days, made on one day, are correlated: a plan
too low for Thursday is too low for Friday as well, or Thursday's pieces were only moved to Friday.
So the quantile of a sum is neither the sum of quantiles nor what independent days would give
(Prak, Teunter & Syntetos 2017, on safety stocks). It is taken from the errors that such sums had at
past origins, which contain these correlations.

Dimensions: T past origins, N target days asked for, or sets of such days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calloff.data.triangle import Query
from calloff.rolling.answers import Answer, ask, ask_together
from calloff.rolling.hindcasts import TARGETS, Hindcasts, hindcast, with_quantiles
from calloff.rolling.origins import newest, period_origins


@dataclass(frozen=True)
class Evidence:
    """A method's forecasts, with the past ones that they are calibrated on.

    Attributes:
        hindcasts: those of this one method (T), with its own quantiles where it has some.
        queries: the target days that are asked for together, one set after the other (N).
        answers: the forecast for each set (N).
        lead: calendar days until an outcome is known.
    """

    hindcasts: Hindcasts
    queries: tuple[tuple[Query, ...], ...]
    answers: tuple[Answer, ...]
    lead: int


def gather(hindcasts: Hindcasts, queries: Sequence[Query], levels: Sequence[float]) -> Evidence:
    """Collect the evidence for single target days.

    Args:
        hindcasts: those of one method, made at the past from which the days are asked for.
        queries: the target days (N).
        levels: of the method's own quantiles that the answers are to have; none where no
            distribution will be asked for.

    Returns:
        The evidence, one set of one day for each query.
    """
    now, spec, (method,) = hindcasts.now, hindcasts.spec, hindcasts.methods
    answers = tuple(ask(method, now, query, spec, levels) for query in queries)
    return Evidence(hindcasts, tuple((query,) for query in queries), answers, spec.lead)


def gather_with_quantiles(
    hindcasts: Hindcasts, queries: Sequence[Query], levels: Sequence[float]
) -> Evidence:
    """Collect the same evidence from hindcasts without the method's own quantiles, which are added.

    Args:
        hindcasts: those of one method, made at the past from which the days are asked for.
        queries: the target days (N).
        levels: of the method's own quantiles.

    Returns:
        The evidence, one set of one day for each query.
    """
    own = with_quantiles(hindcasts, levels)
    return gather(own, queries, levels)


def gather_period(hindcasts: Hindcasts, queries: Sequence[Query]) -> Evidence:
    """Collect the evidence for several target days together.

    Args:
        hindcasts: those of one method; only their past, spec and method are read.
        queries: the target days that are asked for together, in their order.

    Returns:
        One set with its answer, and hindcasts of sums over as many days, at the last origins at
        which all of these days have come by now.
    """
    now, spec, (method,) = hindcasts.now, hindcasts.spec, hindcasts.methods
    origins = newest(period_origins(now, spec, len(queries)), TARGETS)
    answer = ask_together(method, now, queries, spec)
    lead = int((queries[-1].target - now.cutoff).astype("timedelta64[D]").astype(np.int64))
    return Evidence(hindcast(now, spec, [method], origins), (tuple(queries),), (answer,), lead)
