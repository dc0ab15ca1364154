"""The ranked list: what to build, and which plans to distrust, the largest deviation first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from calloff.analysis.verdict import verdict
from calloff.planning.results import Results
from calloff.planning.tables import BUILD
from calloff.report.summary.plain import number
from calloff.rolling.answers import PLAN

Row = dict[str, Any]
Own = Callable[[str, date], float | None]

ENOUGH = 5  # past plans; with fewer nothing is said about habits
NERVOUS = 0.6  # share of plans that were changed from one day to the next
CREEP = 0.02  # of the plan, a day
JUDGED = ("pairs", "bias", "mae", "inside", "changed", "drift")


def build_list(results: Results, own: Own | None = None) -> list[Row]:
    """One row per part and target, by the size of the deviation in pieces.

    band: the quantiles asked for; deviation: forecast - plan (pieces), share: of the plan;
    verdict: "distrust" (the plan lies outside the band), "differs" (it is further from the
    forecast than the tolerance), "agrees"; why: codes with their facts; usual: mean error
    of such plans, in pieces.
    """
    judged = _judged(results)
    marked, pooled = _marked(results), _pooled(results)
    rows = []
    for row in results.forecast.table.iter_rows(named=True):
        habits, mark = judged.get((row["part"], row["lead"]), {}), marked.get(row["part"])
        why = _why(row, habits, mark, results, pooled)
        override = own(row["part"], row["target"]) if own else None
        rows.append(
            _row(row, habits, results.settings.tolerance)
            | {"why": why, "override": number(override)}
        )
    return sorted(rows, key=lambda row: (row["target"], -abs(row["deviation"])))


def _judged(results: Results) -> dict[tuple[str, int], Row]:
    table = results.plan_accuracy.by_lead.select("part", "lead", *JUDGED)
    return {(row["part"], row["lead"]): row for row in table.iter_rows(named=True)}


def _marked(results: Results) -> dict[str, str]:
    """Parts with a finding that makes their plans doubtful."""
    known = results.past.known
    found = {}
    for part, name in enumerate(known.parts):
        for code, mask in (("totals", known.mismatch), ("conflict", known.conflict)):
            if mask[part].any():
                found[name] = code
    return found


def _row(row: Row, judged: Row, tolerance: float) -> Row:
    deviation = row["forecast"] - row["plan"]
    band = [number(row[name]) for name in row if re.fullmatch(r"q[0-9.]+", name)]
    return {
        "part": row["part"],
        "target": str(row["target"]),
        "origin": str(row["origin"]),
        "lag": row["lead"],
        "plan": number(row["plan"]),
        "last": number(row["last"]),
        "forecast": number(row["forecast"]),
        "band": band,
        **{name: number(row[name]) for name in BUILD if name in row},
        "deviation": number(deviation),
        "share": number(deviation / row["plan"], 4) if row["plan"] > 0 else None,
        "method": row["method"],
        "verdict": _verdict(row["plan"], deviation, band, tolerance),
        "usual": number(judged.get("mae")),
        "inside": number(judged.get("inside"), 3),
        "changed": number(judged.get("changed"), 3),
        "pairs": judged.get("pairs", 0),
    }


def _verdict(plan: float, deviation: float, band: list[Any], tolerance: float) -> str:
    low, high = (band[0], band[-1]) if len(band) > 1 else (None, None)
    return verdict(plan, plan + deviation, low, high, tolerance)


def _why(row: Row, judged: Row, mark: str | None, results: Results, pooled: float) -> list[Row]:
    """What speaks for the deviation, the weightiest first; then what speaks against it."""
    found: list[Row] = [{"code": mark}] if mark else []
    if row["method"] == PLAN and results.forecast.choice.method.name != PLAN:
        found.append({"code": "stand_in"})
    if judged.get("pairs", 0) < ENOUGH:
        return [*found, {"code": "thin", "pairs": judged.get("pairs", 0)}]
    habits = _habits(row, judged, results.settings.tolerance)
    if not any(each["speaks"] > 0 for each in habits):
        habits.append(_of_all(row, judged, pooled))
    return found + [_without(each, "speaks") for each in sorted(habits, key=_weight)]


def _habits(row: Row, judged: Row, tolerance: float) -> list[Row]:
    """What this part's plans used to do; ``speaks``: 1 for the deviation, -1 against it, or 0."""
    plan, bias, drift = row["plan"], judged["bias"], judged["drift"] or 0.0
    up = row["forecast"] > plan
    found: list[Row] = []
    if abs(bias) > max(tolerance / 2 * plan, 0.5):
        speaks = 1 if (bias < 0) == up else -1
        code = ("high" if bias > 0 else "low") + ("" if speaks > 0 else "_yet")
        facts = {"lag": row["lead"], "pairs": judged["pairs"]}
        found.append({"code": code, "pieces": number(abs(bias)), **facts, "speaks": speaks})
    if abs(drift) > max(CREEP * plan, 0.5) and (drift > 0) == up:
        code = "rises" if drift > 0 else "falls"
        found.append({"code": code, "pieces": number(abs(drift)), "speaks": 1})
    if (judged["changed"] or 0.0) >= NERVOUS:
        found.append({"code": "nervous", "share": number(judged["changed"], 2), "speaks": 0})
    return found


def _of_all(row: Row, judged: Row, pooled: float) -> Row:
    """Where the part gives no reason of its own: what the plans of all parts used to do."""
    deviation = row["forecast"] - row["plan"]
    if abs(deviation) > 0.5 and pooled * deviation > 0:
        code = "all_low" if pooled > 0 else "all_high"
        return {"code": code, "share": number(abs(pooled), 3), "speaks": 1}
    facts = {"lag": row["lead"], "pairs": judged["pairs"]}
    return {"code": "usual", "pieces": number(judged["mae"]), **facts, "speaks": 1}


def _weight(habit: Row) -> int:
    return -int(habit["speaks"])


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def _pooled(results: Results) -> float:
    """By how much of the plans the call-offs of all parts were above them, on the scored days."""
    if results.pairs.is_empty():
        return 0.0
    pairs = results.pairs.filter(pl.col("method") == results.pairs["method"][0])
    plan = float(pairs["plan"].sum())
    return float(pairs["actual"].sum()) / plan - 1.0 if plan > 0 else 0.0
