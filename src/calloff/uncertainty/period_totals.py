"""How much until the next chance to react: the sum of the call-offs of several target days.

Who decides every evening needs the call-offs of one target day; who builds twice a week needs
those of all days until the next time. Errors for neighbouring days, made on one evening, hang
together: a plan too low for Thursday is too low for Friday as well, or Thursday's pieces were only
moved to Friday. So the quantile of a sum is neither the sum of quantiles nor what independent days
would give (Prak, Teunter & Syntetos 2017, on safety stocks). It is taken from the errors that such
sums had on past evenings, which keep whatever hangs together.

Dimensions: P parts, N target days to cover, T past origins.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calloff.data.triangle import Past, Quantity, Query
from calloff.features.builder import builder_of
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import TARGETS, Hindcasts, hindcast, quantities
from calloff.rolling.origins import newest, period_origins, working_days
from calloff.rolling.spec import Spec
from calloff.texts.errors import fail
from calloff.uncertainty.conformal import CalibrationTarget
from calloff.uncertainty.distribution import Distribution, calibrated, calibration_set_of


def next_period(past: Past, spec: Spec, days: int) -> tuple[Query, ...]:
    """The next ``days`` target days. Raises CalloffError where the plans do not reach so far."""
    queries = working_days(past, spec)
    if len(queries) < days:
        reached, horizon = len(queries), int(past.leads.max())
        raise fail("cover.horizon", days=days, reached=reached, lead=spec.lead, horizon=horizon)
    return tuple(queries[:days])


def period_forecast(
    method: Forecaster, past: Past, queries: Sequence[Query], spec: Spec
) -> Quantity:
    """What a method forecasts for several target days together, in pieces (P)."""
    return np.sum([quantities(method, past, query, spec) for query in queries], axis=0)


def around_period(
    past: Past, spec: Spec, method: Forecaster, queries: Sequence[Query]
) -> Distribution:
    """The distribution around a method's forecast for several target days together.

    Calibrated on the errors that such sums had at past origins, as ``distribution.around`` does for
    one day; days that are planned to be parts of a full one shrink the usual error likewise.
    """
    origins = newest(period_origins(past, spec, len(queries)), TARGETS)
    hindcasts = hindcast(past, spec, [method], origins)
    lead = int((queries[-1].target - past.cutoff).astype("timedelta64[D]").astype(np.int64))
    calibration = calibration_set_of(hindcasts, lead, _day_loads(hindcasts))
    forecast = period_forecast(method, past, queries, spec)
    return calibrated(calibration, CalibrationTarget(forecast, None, _day_load(past, queries)))


def _day_loads(hindcasts: Hindcasts) -> Quantity:
    return np.array([_day_load(each.past, each.queries) for each in hindcasts.origins])


def _day_load(past: Past, queries: Sequence[Query]) -> float:
    """How much of full days the target days were planned to be, on average."""
    builder, day = builder_of(past), len(past.days) - 1
    return float(np.mean([builder.day_load(day, query.plan) for query in queries]))
