"""How a forecast came about, and why its plan is believed or doubted: decided here and nowhere
else. A reason is a code with its facts; its text is in the catalogue, below ``how`` and ``why``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.analysis.verdict import HALF
from calloff.data.triangle import Past
from calloff.forecasters import available
from calloff.planning.forecast import Forecast
from calloff.report.summary.accuracy import AccuracySummary
from calloff.rolling.answers import PLAN

Row = Mapping[str, Any]

ENOUGH = 5  # past plans; a mean of fewer says more of their days than of the part
NERVOUS = 0.6  # share of plans that were changed from one day to the next
CREEP = 0.02  # of the plan, a day: over a lead of three days half of the usual tolerance
HABITS = ("pairs", "bias", "mae", "inside", "changed", "drift")


@dataclass(frozen=True)
class Reason:
    """A code, and the facts that its text asks for, which are not rounded; None for those it does
    not.

    Attributes:
        code: names the text.
        pieces: a quantity.
        share: between 0 and 1.
        ratio: forecast over plan.
        lag: calendar days.
        days: number of target days.
        day: an issue day.
        method: its name.
    """

    code: str
    pieces: float | None = None
    share: float | None = None
    ratio: float | None = None
    lag: int | None = None
    days: int | None = None
    day: date | None = None
    method: str | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that are there, by name."""
        return {name: fact for name, fact in vars(self).items() if fact is not None}


@dataclass(frozen=True)
class Evidence:
    """What reasons are made of.

    Attributes:
        habits: what plans of a part with a lag were like (see ``PlanAccuracy.by_lead``).
        marks: part -> codes of faults in its input.
        too_low: lag -> share by which the plans of all parts were too low.
        newest: the last fresh day.
        chosen: name of the method.
        tolerance: share of the call-off that a plan may be off.
    """

    habits: Mapping[tuple[str, int], Row]
    marks: Mapping[str, tuple[str, ...]]
    too_low: Mapping[int, float]
    newest: date
    chosen: str
    tolerance: float

    @classmethod
    def of(
        cls, found: Forecast, past: Past, plans: PlanAccuracy, pooled: AccuracySummary
    ) -> Evidence:
        """Collect the evidence of an as-of day.

        Args:
            found: the forecast.
            past: what was known.
            plans: how good the plans of each part were.
            pooled: the same over all parts.

        Returns:
            The evidence.
        """
        rows = plans.by_lead.select("part", "lead", *HABITS).iter_rows(named=True)
        return cls(
            habits={(row["part"], row["lead"]): row for row in rows},
            marks=_marks(past),
            too_low={each.lead: each.too_low for each in pooled.leads},
            newest=past.days[-1].astype(object),
            chosen=found.choice.method.name,
            tolerance=plans.tolerance,
        )


def _marks(past: Past) -> dict[str, tuple[str, ...]]:
    """Parts with findings that make their plans doubtful."""
    masks = {"conflict": past.known.conflict, "totals": past.known.mismatch}
    found: dict[str, tuple[str, ...]] = {}
    for code, mask in masks.items():
        for part in np.flatnonzero(mask.any(axis=1)):
            name = past.parts[part]
            found[name] = (*found.get(name, ()), code)
    return found


def how(row: Row, evidence: Evidence) -> Reason:
    """How a forecast came about: by its method, or the plan in its place.

    Args:
        row: of the table of a forecast.
        evidence: that of its as-of day.

    Returns:
        The reason.
    """
    name, plan = row["method"], row["plan"]
    if name == PLAN != evidence.chosen:
        return Reason("stand_in", method=evidence.chosen)
    if name.startswith("ratio") and not plan:
        return Reason("nothing")
    if name not in available():  # a forecaster of the user's own
        return Reason("other", method=name)
    return Reason(name.replace("-", "_"), ratio=row["forecast"] / plan if plan else 1.0)


def why(row: Row, evidence: Evidence) -> tuple[Reason, ...]:
    """Why a plan is believed or doubted.

    Args:
        row: of the table of a forecast.
        evidence: that of its as-of day.

    Returns:
        What speaks for the forecast and against the plan, the weightiest first; then the rest.
    """
    found = [Reason(code) for code in evidence.marks.get(row["part"], ())]
    if row["origin"] != evidence.newest:
        found.append(Reason("old", day=row["origin"]))
    habits = evidence.habits.get((row["part"], row["lead"]), {"pairs": 0})
    if habits["pairs"] < ENOUGH:
        return (*found, Reason("thin", days=habits["pairs"]))
    speaking = [*_bias(row, habits, evidence.tolerance), *_drift(row, habits)]
    if not any(weight > 0 for weight, _ in speaking):
        speaking.append((1, _of_all(row, habits, evidence)))
    if (habits["changed"] or 0.0) >= NERVOUS:
        speaking.append((0, Reason("nervous", share=habits["changed"])))
    ranked = sorted(speaking, key=lambda each: -each[0])
    return (*found, *(reason for _, reason in ranked))


Weighed = tuple[int, Reason]  # 1: speaks for the forecast and against the plan; -1: the reverse


def _bias(row: Row, habits: Row, tolerance: float) -> list[Weighed]:
    """Plans of the part were too high or too low: worth a word from half the tolerance on, as
    the habit alone then takes up half of what a plan may be off."""
    bias = habits["bias"]
    if abs(bias) <= max(tolerance / 2 * row["plan"], HALF):
        return []
    weight = 1 if (bias < 0) == (row["forecast"] > row["plan"]) else -1
    code = ("high" if bias > 0 else "low") + ("" if weight > 0 else "_yet")
    return [(weight, Reason(code, pieces=abs(bias), lag=row["lead"], days=habits["pairs"]))]


def _drift(row: Row, habits: Row) -> list[Weighed]:
    """Plans of the part creep from day to day towards the forecast."""
    drift = habits["drift"] or 0.0
    towards = (drift > 0) == (row["forecast"] > row["plan"])
    if abs(drift) <= max(CREEP * row["plan"], HALF) or not towards:
        return []
    return [(1, Reason("rises" if drift > 0 else "falls", pieces=abs(drift)))]


def _of_all(row: Row, habits: Row, evidence: Evidence) -> Reason:
    """Where the part gives no reason of its own: what the plans of all parts used to do."""
    deviation, too_low = row["forecast"] - row["plan"], evidence.too_low.get(row["lead"], 0.0)
    if abs(deviation) > HALF and too_low * deviation > 0:
        code = "all_low" if too_low > 0 else "all_high"
        return Reason(code, share=abs(too_low), lag=row["lead"])
    return Reason("usual", pieces=habits["mae"], lag=row["lead"], days=habits["pairs"])
