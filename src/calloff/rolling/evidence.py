"""What a method says of target days ahead, and what it would have said of past ones.

Who decides every day needs the call-offs of one target day; who builds twice a week needs those of
all days until the next time. Errors for neighbouring days, made on one day, hang together: a plan
too low for Thursday is too low for Friday as well, or Thursday's pieces were only moved to Friday.
So the quantile of a sum is neither the sum of quantiles nor what independent days would give
(Prak, Teunter & Syntetos 2017, on safety stocks). It is taken from the errors that such sums had at
past origins, which keep whatever hangs together.

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
    """hindcasts (T): of one method, with its own quantiles where it has some; queries (N): the
    target days asked for together, one set after the other; answers (N): what it says of each;
    lead: days until an outcome is known."""

    hindcasts: Hindcasts
    queries: tuple[tuple[Query, ...], ...]
    answers: tuple[Answer, ...]
    lead: int


def gather(hindcasts: Hindcasts, queries: Sequence[Query], levels: Sequence[float]) -> Evidence:
    """The evidence for single target days, from hindcasts of one method made at their past.

    levels: of the method's own quantiles that its answers are to have; none where it will not be
    asked how sure they are.
    """
    now, spec, (method,) = hindcasts.now, hindcasts.spec, hindcasts.methods
    answers = tuple(ask(method, now, query, spec, levels) for query in queries)
    return Evidence(hindcasts, tuple((query,) for query in queries), answers, spec.lead)


def gather_with_quantiles(
    hindcasts: Hindcasts, queries: Sequence[Query], levels: Sequence[float]
) -> Evidence:
    """The same from hindcasts that do not have the method's own quantiles yet."""
    own = with_quantiles(hindcasts, levels)
    return gather(own, queries, levels)


def gather_period(hindcasts: Hindcasts, queries: Sequence[Query]) -> Evidence:
    """The evidence for several target days together: sums of what the method would have said of as
    many days at the last origins of which all of them have come."""
    now, spec, (method,) = hindcasts.now, hindcasts.spec, hindcasts.methods
    origins = newest(period_origins(now, spec, len(queries)), TARGETS)
    said = ask_together(method, now, queries, spec)
    lead = int((queries[-1].target - now.cutoff).astype("timedelta64[D]").astype(np.int64))
    return Evidence(hindcast(now, spec, [method], origins), (tuple(queries),), (said,), lead)
