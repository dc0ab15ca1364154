"""What is known of each part, laid out compactly: shared axes, whole numbers, no names repeated.

Dimensions: P parts, G generations (fresh issue days), L leads, T scored target days.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Quantity
from calloff.planning.results import Results
from calloff.report.summary.findings import part_findings
from calloff.report.summary.plain import Plain, iso, number, numbers
from calloff.rolling.long_table import quantile_name
from calloff.rolling.origins import IDLE

CELLS = 600_000  # of plans in a page: about 2 MB, whatever the number of parts
FEWEST = 8  # generations that are kept however many parts there are
CALLED = 90  # fresh days of call-offs
TRUSTED = ("mae", "bias", "inside", "changed")


def part_pages(results: Results) -> dict[str, Any]:
    """Generations of plans, call-offs, past forecasts, trust and findings of all parts.

    issued: the generations kept, of ``known`` ones; axis: the days worth showing: target days
    and, ahead of the results, days that the newest plans do not leave idle; list: for
    each part plans[generation][lead] (pieces; shorter or null where nothing was sent), called
    (pieces, by ``called`` days), past (forecast and band by target day), trust by lead, findings.
    """
    past = results.past
    kept = generations(past)
    trust = _trust(results)
    scored = _past_forecasts(results)
    findings = part_findings(results)
    pages = [
        {
            "name": name,
            "plans": [_trimmed(plan) for plan in past.quantity[part, -kept:]],
            "called": numbers(past.calloffs[part, -CALLED:], 0),
            "past": scored.get(name),
            "trust": trust.get(name),
            "findings": findings.get(name, []),
        }
        for part, name in enumerate(past.parts)
    ]
    return {
        "issued": iso(past.days[-kept:]),
        "known": len(past.days),
        "leads": past.leads.tolist(),
        "axis": _axis(past, kept),
        "called": iso(past.days[-CALLED:]),
        "called_target": past.is_target[-CALLED:].tolist(),
        "scored": iso(results.pairs["target"].unique().sort()) if len(results.pairs) else [],
        "trust_leads": [lead for lead in past.leads.tolist() if lead > 0],
        "list": pages,
    }


def generations(past: Past) -> int:
    """How many generations of plans fit into a page, at least a few."""
    each = max(len(past.parts) * len(past.leads), 1)
    return min(max(CELLS // each, FEWEST), len(past.days))


def _axis(past: Past, kept: int) -> list[str]:
    first = past.days[-kept]
    behind = past.days[past.is_target & (past.days >= first)]
    total = np.nansum(past.quantity[:, -1], axis=0)
    ahead = past.leads[(past.leads > 0) & (total > IDLE * total.max(initial=0))]
    return [*iso(behind), *iso(past.days[-1] + ahead.astype("timedelta64[D]"))]


def _trimmed(plan: Quantity) -> list[Plain] | None:
    """Whole numbers by lead, without the blanks at the end; None where nothing was sent."""
    sent = np.flatnonzero(~np.isnan(plan))
    return numbers(plan[: sent[-1] + 1], 0) if len(sent) else None


def _trust(results: Results) -> dict[str, dict[str, list[Plain]]]:
    """part -> figure -> by lead."""
    digits = {"mae": 1, "bias": 1, "inside": 2, "changed": 2}
    table = results.plan_accuracy.by_lead.sort("lead", maintain_order=True)
    lists = table.group_by("part", maintain_order=True).agg(pl.col("pairs", *TRUSTED))
    return {
        row["part"]: {
            "pairs": row["pairs"],
            **{name: numbers(row[name], digits[name]) for name in TRUSTED},
        }
        for row in lists.iter_rows(named=True)
        if any(row["pairs"])
    }


def _past_forecasts(results: Results) -> dict[str, dict[str, list[Plain]]]:
    """part -> forecast, plan, low, high on the scored target days, of the method that was used."""
    if results.pairs.is_empty():
        return {}
    days = {day: place for place, day in enumerate(results.pairs["target"].unique().sort())}
    levels = [quantile_name(level) for level in sorted(results.settings.quantiles)]
    names = {"forecast": "forecast", "plan": "plan"}
    if len(levels) > 1:
        names |= {"low": levels[0], "high": levels[-1]}
    used = results.pairs.filter(pl.col("method") == results.forecast.choice.method.name)
    found: dict[str, dict[str, list[Plain]]] = {}
    for row in used.iter_rows(named=True):
        mine = found.setdefault(row["part"], {name: [None] * len(days) for name in names})
        for name, column in names.items():
            mine[name][days[row["target"]]] = number(row[column], 0)
    return found
