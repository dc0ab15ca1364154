"""How wrong, how nervous and how far adrift each part's plans were, by lead.

Reads the past only. Dimensions: P parts, F fresh days, k leads in days.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, as_days
from calloff.features.stats import mean_of
from calloff.rolling.origins import working_days
from calloff.rolling.spec import Spec
from calloff.texts.arguments import instance, number, require, whole
from calloff.texts.errors import fail

SCHEMA = {"part": pl.String, "lead": pl.Int64, "pairs": pl.Int64, "plan": pl.Float64,
          "call_off": pl.Float64, "bias": pl.Float64, "mae": pl.Float64, "wape": pl.Float64,
          "inside": pl.Float64, "plans": pl.Int64, "changed": pl.Float64,
          "change": pl.Float64, "drift": pl.Float64}  # fmt: skip
TODAY = {"part": pl.String, "target": pl.Date, "lead": pl.Int64, "plan": pl.Float64,
         "low": pl.Float64, "high": pl.Float64, "expected": pl.Float64, "deviation": pl.Float64,
         "inside": pl.Float64, "changed": pl.Float64, "pairs": pl.Int64}  # fmt: skip


@dataclass(frozen=True)
class PlanAccuracy:
    """How good the plans of a past were.

    Attributes:
        tolerance: share of the call-off that a plan may be off.
        by_lead: one row per part and lead, with pairs, the means of plan and call_off (pieces),
            bias (mean of plan - call-off: above 0 the customer plans too much), mae (pieces), wape,
            inside (share of plans within the tolerance), plans (those with a predecessor for the
            same day), changed (share of these that differ from it), change (mean size of a change,
            pieces) and drift (mean signed change, pieces).
        today: the newest plan of each part for the next target day at least a lead ahead (days for
            which nearly nothing is planned are passed over, as in a forecast), the largest usual
            error first, with low and high (call-offs between which it would lie within the
            tolerance), expected (plan less its bias, pieces), deviation (its usual error, pieces),
            inside, changed and pairs.
    """

    tolerance: float
    by_lead: pl.DataFrame
    today: pl.DataFrame


def assess(
    past: Past, lead: int, tolerance: float = 0.1, leads: Collection[int] | None = None
) -> PlanAccuracy:
    """Judge the plans of a past by what was then called off.

    Args:
        past: what is known.
        lead: days ahead of the plans to rank.
        tolerance: share of the call-off that a plan may be off, from 0 to 10.
        leads: days ahead of the plans to judge, by default all; the newest plans of other leads
            have no figures.

    Returns:
        Error, bias and nervousness by part and lead, and the newest plans ranked.

    Raises:
        CalloffError: an argument cannot be used, or no fresh plan is known.
    """
    require(
        instance(past, "past", Past),
        whole(lead, "lead", 1, 366),
        number(tolerance, "tolerance", 0, 10),
    )
    if not len(past.days):
        raise fail("forecast.nothing_known", as_of=past.cutoff, first="-")
    wanted = [k for k in past.leads.tolist() if k > 0 and (leads is None or k in leads)]
    tables = [_at_lead(past, k, tolerance) for k in wanted]
    by_lead = pl.concat([pl.DataFrame(schema=SCHEMA), *tables])
    return PlanAccuracy(tolerance, by_lead, _today(past, by_lead, lead, tolerance))


def _at_lead(past: Past, lead: int, tolerance: float) -> pl.DataFrame:
    plan, actual = _pairs(past, lead)
    error = plan - actual
    known = ~np.isnan(error)
    count = known.sum(axis=1)
    plan, actual, error = (np.where(known, each, 0.0) for each in (plan, actual, error))
    absolute = np.abs(error)
    within = (absolute <= tolerance * actual) & known
    called, mae = mean_of(actual, count), mean_of(absolute, count)
    change = _changes(past, lead)
    sent = ~np.isnan(change)
    plans = sent.sum(axis=1)
    change = np.where(sent, change, 0.0)
    changed = change != 0
    columns = {
        "part": list(past.parts),
        "lead": [lead] * len(past.parts),
        "pairs": count,
        "plan": mean_of(plan, count),
        "call_off": called,
        "bias": mean_of(error, count),
        "mae": mae,
        "wape": np.where(called > 0, mae / np.where(called > 0, called, 1), np.nan),
        "inside": mean_of(within, count),
        "plans": plans,
        "changed": mean_of(changed, plans),
        "change": mean_of(np.abs(change), changed.sum(axis=1)),
        "drift": mean_of(change, plans),
    }
    return pl.DataFrame(columns, schema=SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None))


def _pairs(past: Past, lead: int) -> tuple[Quantity, Quantity]:
    """Plans made exactly ``lead`` days before a target day, and its call-offs (P, targets)."""
    targets = np.flatnonzero(past.is_target)
    origin, known = _days_before(past, past.days[targets], lead)
    plan = past.quantity[:, origin, _place(past, lead)]
    return np.where(known, plan, np.nan), past.calloffs[:, targets]


def _changes(past: Past, lead: int) -> Quantity:
    """A plan ``lead`` days ahead, less that of the fresh day before (P, F-1)."""
    now = past.quantity[:, 1:, _place(past, lead)]
    earlier = lead + (past.days[1:] - past.days[:-1]).astype("timedelta64[D]").astype(np.int64)
    place = np.searchsorted(past.leads, earlier).clip(0, len(past.leads) - 1)
    known = past.leads[place] == earlier
    before = past.quantity[:, np.arange(len(place)), place]
    return np.where(known, now - before, np.nan)


def _days_before(
    past: Past, days: NDArray[np.datetime64], lead: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    wanted = days - np.timedelta64(lead, "D")
    place = np.searchsorted(past.days, wanted).clip(0, len(past.days) - 1)
    return place, past.days[place] == wanted


def _place(past: Past, lead: int) -> int:
    return int(np.searchsorted(past.leads, lead))


def _today(past: Past, by_lead: pl.DataFrame, lead: int, tolerance: float) -> pl.DataFrame:
    """The newest plans for the next target day, by their usual error in pieces."""
    ahead = working_days(past, Spec(lead=lead))
    query = ahead[0] if ahead else past.ask(past.cutoff + as_days(lead), lead)
    at = np.flatnonzero(~np.isnan(query.plan))
    plans = pl.DataFrame(
        {
            "part": [past.parts[part] for part in at],
            "target": np.full(len(at), query.target),
            "lead": query.lag[at],
            "plan": query.plan[at],
        },
        schema={name: TODAY[name] for name in ("part", "target", "lead", "plan")},
    )
    judged = plans.join(by_lead.drop("plan"), on=["part", "lead"], how="left")
    return (
        judged.with_columns(
            low=pl.col("plan") / (1 + tolerance),
            high=pl.col("plan") / (1 - tolerance) if tolerance < 1 else pl.lit(None, pl.Float64),
            expected=(pl.col("plan") - pl.col("bias")).clip(0),
            deviation=pl.col("mae"),
        )
        .select(list(TODAY))
        .sort("deviation", "part", descending=[True, False], nulls_last=True)
    )
