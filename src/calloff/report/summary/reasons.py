"""How a forecast came about, and why its plan is believed or doubted: decided here and nowhere
else. A reason is a code with its facts; its text is in the catalogue, in the tables how and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from calloff.analysis.verdict import HALF
from calloff.forecasters import available
from calloff.report.summary.evidence import Evidence, Misses
from calloff.rolling.answers import PLAN

Row = Mapping[str, Any]

ENOUGH = 5  # past plans; a mean of fewer says more of their days than of the part
NERVOUS = 0.6  # share of plans that were changed from one day to the next
TOLD = 0.005  # share of all parts' plans; less is shown as 0 %
CREEP = 0.02  # of the plan, a day: over a lead of three days half of the usual tolerance


@dataclass(frozen=True)
class Reason:
    """Why something is as it is: a code, and the facts that its text asks for, not rounded.

    Attributes:
        code: name of the text in the catalogue.
        pieces: a quantity, in pieces.
        share: a share.
        ratio: a ratio.
        lag: days from origin to target.
        days: a number of days.
        day: a day.
        method: name of a method.
        before: what ``pieces`` were before, in pieces.
        low: number of days on which a plan was too low.
        high: number of days on which it was too high.
        count: how often.
        mix: methods with their weights and forecasts, the largest weight first.
    """

    code: str
    pieces: float | None = None
    share: float | None = None
    ratio: float | None = None
    lag: int | None = None
    days: int | None = None
    day: date | None = None
    method: str | None = None
    before: float | None = None
    low: int | None = None
    high: int | None = None
    count: int | None = None
    mix: tuple[tuple[str, float, float], ...] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that are there, by name."""
        return {name: fact for name, fact in vars(self).items() if fact is not None}


def how(row: Row, evidence: Evidence) -> Reason:
    """Find how a forecast came about, by its method or by the plan in its place.

    Args:
        row: the row of the forecast.
        evidence: what reasons are made of.

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
    mix = evidence.mixes.get((row["part"], row["target"]))
    ratio = row["forecast"] / plan if plan else 1.0
    return Reason(f"{name.replace('-', '_')}{'_of' if mix else ''}", ratio=ratio, mix=mix)


def why(row: Row, evidence: Evidence) -> tuple[Reason, ...]:
    """Weigh what speaks for a forecast and against its plan.

    Args:
        row: the row of the forecast.
        evidence: what reasons are made of.

    Returns:
        The reasons, faults of the input first, then the weightiest.
    """
    found = [Reason(code) for code in evidence.marks.get(row["part"], ())]
    if row["origin"] != evidence.newest:
        found.append(Reason("old", day=row["origin"]))
    habits = evidence.habits.get((row["part"], row["lead"]), {"pairs": 0})
    if habits["pairs"] < ENOUGH:
        return (*found, Reason("thin", days=habits["pairs"]))
    speaking = [
        *_bias(row, habits, evidence),
        *_revised(row, evidence),
        *_drift(row, habits),
        *_recent(row, evidence),
    ]
    if not any(weight > 0 for weight, _ in speaking):
        speaking.append((1, _of_all(row, habits, evidence)))
    if (habits["changed"] or 0.0) >= NERVOUS:
        speaking.append((0, Reason("nervous", share=habits["changed"])))
    ranked = sorted(speaking, key=lambda each: -each[0])
    return (*found, *(reason for _, reason in ranked))


Weighed = tuple[int, Reason]  # 1: speaks for the forecast and against the plan; -1: the reverse


def _bias(row: Row, habits: Row, evidence: Evidence) -> list[Weighed]:
    """Plans of the part were too high or too low: worth a word from half the tolerance on, as
    the habit alone then takes up half of what a plan may be off."""
    bias, planned = habits["bias"], habits["plan"]
    if abs(bias) <= max(evidence.tolerance / 2 * row["plan"], HALF):
        return []
    weight = 1 if (bias < 0) == (row["forecast"] > row["plan"]) else -1
    side = "high" if bias > 0 else "low"
    code = (side if planned > 0 else "unplanned") + ("" if weight > 0 else "_yet")
    share = abs(bias) / planned if planned > 0 else None
    count = getattr(_misses(row, evidence), side)
    known = {"pieces": abs(bias), "share": share, "lag": row["lead"], "days": habits["pairs"]}
    return [(weight, Reason(code, count=count, **known))]


def _misses(row: Row, evidence: Evidence) -> Misses:
    return evidence.misses.get((row["part"], row["lead"]), Misses())


def _revised(row: Row, evidence: Evidence) -> list[Weighed]:
    """The plan for this very day was raised, or cut, lately, and by more than a trifle."""
    found = evidence.revisions.get((row["part"], row["target"]))
    if found is None or abs(row["plan"] - found.before) <= max(CREEP * row["plan"], HALF):
        return []
    up = row["plan"] > found.before
    weight = 1 if up == (row["forecast"] > row["plan"]) else -1
    code = ("raised" if up else "cut") + ("" if weight > 0 else "_yet")
    count = found.raised if up else found.cut
    facts = {"before": found.before, "pieces": row["plan"], "days": evidence.window}
    return [(weight, Reason(code, count=count, **facts))]


def _drift(row: Row, habits: Row) -> list[Weighed]:
    """Plans of the part creep from day to day towards the forecast."""
    drift = habits["drift"] or 0.0
    towards = (drift > 0) == (row["forecast"] > row["plan"])
    if abs(drift) <= max(CREEP * row["plan"], HALF) or not towards:
        return []
    return [(1, Reason("rises" if drift > 0 else "falls", pieces=abs(drift)))]


def _recent(row: Row, evidence: Evidence) -> list[Weighed]:
    """What was called off lately lies on the forecast's side of the plan."""
    usual, deviation = evidence.recent.get(row["part"]), row["forecast"] - row["plan"]
    least = max(evidence.tolerance * row["plan"], HALF)
    if usual is None or abs(deviation) <= HALF or abs(usual.mean - row["plan"]) <= least:
        return []
    if (usual.mean > row["plan"]) != (deviation > 0):
        return []
    return [(1, Reason("recent", pieces=usual.mean, before=row["plan"], days=usual.days))]


def _of_all(row: Row, habits: Row, evidence: Evidence) -> Reason:
    """Where the part gives no reason of its own: what its plans were like, and where those of all
    parts were too low or too high, that as well."""
    deviation, too_low = row["forecast"] - row["plan"], evidence.too_low.get(row["lead"], 0.0)
    misses = _misses(row, evidence)
    own = {"low": misses.low, "high": misses.high, "lag": row["lead"], "days": habits["pairs"]}
    if abs(deviation) > HALF and too_low * deviation > 0 and abs(too_low) >= TOLD:
        code = "all_low" if too_low > 0 else "all_high"
        return Reason(code, share=abs(too_low), pieces=habits["mae"], **own)
    return Reason("usual", pieces=habits["mae"], **own)
