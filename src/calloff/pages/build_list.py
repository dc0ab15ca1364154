"""The ranked list: what to build, and which plans to distrust, the largest deviation first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from calloff.evening import Evening
from calloff.forecasters.record import PLAN
from calloff.forecasting import BUILD
from calloff.pages.plain import number

Row = dict[str, Any]
Own = Callable[[str, date], float | None]

ENOUGH = 5  # past plans; with fewer nothing is said about habits
NERVOUS = 0.6  # share of plans that were changed from one day to the next
CREEP = 0.02  # of the plan, a day
JUDGED = ("pairs", "bias", "mae", "inside", "changed", "drift")


def build_list(evening: Evening, own: Own | None = None) -> list[Row]:
    """One row per part and target, by the size of the deviation in pieces.

    band: the quantiles asked for; deviation: forecast - plan (pieces), share: of the plan;
    verdict: "distrust" (the plan lies outside the band), "differs" (it is further from the
    forecast than the tolerance), "agrees"; why: codes with their facts; usual: mean error of such plans.
    """
    judged = _judged(evening)
    marked = _marked(evening)
    rows = [
        _row(row, judged.get((row["part"], row["lead"]), {}), marked.get(row["part"]), evening, own)
        for row in evening.forecast.table.iter_rows(named=True)
    ]
    return sorted(rows, key=lambda row: (row["target"], -abs(row["deviation"])))


def _judged(evening: Evening) -> dict[tuple[str, int], Row]:
    table = evening.trust.by_lead.select("part", "lead", *JUDGED)
    return {(row["part"], row["lead"]): row for row in table.iter_rows(named=True)}


def _marked(evening: Evening) -> dict[str, str]:
    """Parts with a finding that makes their plans doubtful."""
    known = evening.past.known
    found = {}
    for part, name in enumerate(known.parts):
        for code, mask in (("totals", known.mismatch), ("conflict", known.conflict)):
            if mask[part].any():
                found[name] = code
    return found


def _row(row: Row, judged: Row, mark: str | None, evening: Evening, own: Own | None) -> Row:
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
        "override": number(own(row["part"], row["target"])) if own else None,
        "deviation": number(deviation),
        "share": number(deviation / row["plan"], 4) if row["plan"] > 0 else None,
        "method": row["method"],
        "verdict": _verdict(row["plan"], deviation, band, evening.settings.tolerance),
        "why": _why(row, judged, mark, evening),
        "usual": number(judged.get("mae")),
        "inside": number(judged.get("inside"), 3),
        "changed": number(judged.get("changed"), 3),
        "pairs": judged.get("pairs", 0),
    }


def _verdict(plan: float, deviation: float, band: list[Any], tolerance: float) -> str:
    known = len(band) > 1 and None not in band
    if known and not band[0] - 0.5 <= plan <= band[-1] + 0.5:  # half a piece is no news
        return "distrust"
    return "differs" if abs(deviation) > max(tolerance * plan, 0.5) else "agrees"


def _why(row: Row, judged: Row, mark: str | None, evening: Evening) -> list[Row]:
    """What speaks for the deviation, the weightiest first."""
    found: list[Row] = [{"code": mark}] if mark else []
    if row["method"] == PLAN and evening.forecast.choice.method.name != PLAN:
        found.append({"code": "stand_in"})
    if judged.get("pairs", 0) < ENOUGH:
        return [*found, {"code": "thin", "pairs": judged.get("pairs", 0)}]
    return found + _habits(row, judged, evening.settings.tolerance)


def _habits(row: Row, judged: Row, tolerance: float) -> list[Row]:
    plan, bias, drift = row["plan"], judged["bias"], judged["drift"] or 0.0
    facts = {"lag": row["lead"], "pairs": judged["pairs"]}
    found: list[Row] = []
    if abs(bias) > max(tolerance / 2 * plan, 0.5):
        code = "high" if bias > 0 else "low"
        found.append({"code": code, "pieces": number(abs(bias)), **facts})
    if abs(drift) > max(CREEP * plan, 0.5):
        code = "rises" if drift > 0 else "falls"
        found.append({"code": code, "pieces": number(abs(drift))})
    if (judged["changed"] or 0.0) >= NERVOUS:
        found.append({"code": "nervous", "share": number(judged["changed"], 2)})
    if not found and np.isfinite(judged["mae"]):
        found.append({"code": "usual", "pieces": number(judged["mae"]), **facts})
    return found
