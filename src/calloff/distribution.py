"""How sure: the distribution of call-offs around a forecast, from past errors of its method.

Split conformal prediction (Vovk et al. 2005) on errors in units of each part's usual error, pooled
over parts so that those with little history borrow from the others; newer errors weigh more
(Barber et al. 2023: weighted quantiles for data that drift).
Dimensions: P parts, E past errors, Q levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters import Forecaster
from calloff.forecasters.record import Record, track
from calloff.problems import fail
from calloff.spec import Spec
from calloff.triangle import Past, Quantity
from calloff.views import views_of

BORROWED = 3.0  # past targets that the pooled error is worth beside a part's own
FADE = 0.97  # weight of an error falls by this with each target day of age
ENOUGH = 30  # errors; with fewer nothing is said


@dataclass(frozen=True)
class Distribution:
    """Call-offs as forecast + usual error x one of the past errors, and at least 0.

    unit (P): usual error in pieces; error (E) in units, in order; weight (E), adding up to 1.
    """

    unit: Quantity
    error: NDArray[np.float64]
    weight: NDArray[np.float64]

    def quantiles(self, forecast: Quantity, levels: Sequence[float]) -> NDArray[np.float64]:
        """Pieces (Q, P), never negative, rising with the level; NaN while nothing is known."""
        if len(self.error) < ENOUGH:
            return np.full((len(levels), len(forecast)), np.nan)
        found = np.array([self._error_at(level) for level in levels])
        return np.maximum(forecast + found[:, None] * self.unit, 0.0)

    def _error_at(self, level: float) -> float:
        """Weighted quantile of the errors: the smallest whose weights reach the level."""
        reached = np.searchsorted(np.cumsum(self.weight), level - 1e-12)
        return float(self.error[min(int(reached), len(self.error) - 1)])

    def expected(self, forecast: Quantity, stock: Quantity) -> tuple[Quantity, Quantity]:
        """Expected shortage and surplus (P) in pieces when ``stock`` pieces are there."""
        shortage, surplus = np.zeros((2, len(forecast)))
        for part in range(len(forecast)):
            called = np.maximum(forecast[part] + self.unit[part] * self.error, 0.0)
            left = stock[part] - called
            shortage[part] = self.weight @ np.maximum(-left, 0.0)
            surplus[part] = self.weight @ np.maximum(left, 0.0)
        return shortage, surplus


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Levels between 0 and 1 in order. Raises CalloffError naming the first that is not."""
    for level in levels:
        if not 0 < level < 1:
            raise fail("option.range", name="quantile", value=level, low=0, high=1)
    return tuple(sorted(set(levels)))


def around(past: Past, spec: Spec, method: Forecaster, plan: Quantity) -> Distribution:
    """The distribution around a method's forecasts, from its record on past targets.

    plan (P): what is planned for the target; a day that is planned to be half a full one, or idle,
    gets half the usual error, or none.
    """
    found = from_record(track(past, spec, [method]), size(past))
    gate = views_of(past).gate(len(past.days) - 1, plan) if len(past.days) else 1.0
    return replace(found, unit=found.unit * gate)


def size(past: Past) -> Quantity:
    """Mean quantity of each part over all fresh plans (P); 0 where nothing was ever planned."""
    known = ~np.isnan(past.quantity)
    count = known.sum(axis=(1, 2))
    total = np.nansum(past.quantity, axis=(1, 2))
    return np.asarray(total / np.maximum(count, 1))


def from_record(record: Record, size: Quantity) -> Distribution:
    """The distribution from the record of one method; ``size`` (P) says how large parts are."""
    error = np.where(record.scored, record.actual - record.forecast[0], np.nan)  # (T, P)
    miss, known = np.nan_to_num(np.abs(error)), ~np.isnan(error)
    count, total = known.sum(axis=0), miss.sum(axis=0)
    relative = float(total.sum()) / max(float((count * size).sum()), 1e-12)
    pooled = BORROWED * relative * size
    unit = (total + pooled) / (count + BORROWED)
    # an error is put in units that it had no part in
    others = (total - miss + pooled) / (np.maximum(count - 1, 0) + BORROWED)
    sound = known & (others > 0)
    scaled = error[sound] / others[sound]
    age = np.broadcast_to(np.arange(len(error))[::-1][:, None], error.shape)[sound]
    order = np.argsort(scaled, kind="stable")
    weight = FADE ** age.astype(float)
    return Distribution(unit, scaled[order], (weight / max(weight.sum(), 1e-12))[order])
