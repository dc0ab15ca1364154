"""Asking a method as the library does: for one target day, for several together, and how sure."""

from __future__ import annotations

from collections.abc import Sequence

from calloff.data.triangle import Past, Query
from calloff.features.day_load import day_loads
from calloff.rolling.evidence import Evidence, gather_period, gather_with_quantiles
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import TARGETS, Hindcasts, hindcast
from calloff.rolling.origins import past_origins
from calloff.rolling.spec import Spec
from calloff.uncertainty.distribution import Distribution, distributions
from calloff.uncertainty.levels import LEVELS


def hindcasts_of(past: Past, spec: Spec, method: Forecaster, last: int = TARGETS) -> Hindcasts:
    return hindcast(past, spec, [method], past_origins(past, spec, last=last))


def sure(evidence: Evidence) -> Distribution:
    (found,) = distributions(evidence, day_loads(evidence))
    return found


def around(past: Past, spec: Spec, method: Forecaster, query: Query) -> Distribution:
    return sure(gather_with_quantiles(hindcasts_of(past, spec, method), [query], LEVELS))


def evidence_of_period(
    past: Past, spec: Spec, method: Forecaster, queries: Sequence[Query]
) -> Evidence:
    return gather_period(hindcast(past, spec, [method], []), queries)
