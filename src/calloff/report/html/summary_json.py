"""A summary as JSON, as the scripts of the page read it: short numbers, days as ISO texts, null for
what is not known. Numbers in sentences have the digits that are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calloff.data.triangle import Quantity
from calloff.planning.build import STOCK
from calloff.planning.tables import BUILD
from calloff.report.html.plain import Plain, iso, number, numbers, record
from calloff.report.summary.accuracy import Number
from calloff.report.summary.card import CardSummary
from calloff.report.summary.findings import DataSummary, Finding
from calloff.report.summary.forecast import ChoiceSummary, ForecastSummary
from calloff.report.summary.part_pages import PartPage, PartPages
from calloff.report.summary.plan_list import PlanRow
from calloff.report.summary.planning_figures import FiguresSummary
from calloff.report.summary.reasons import Reason
from calloff.report.summary.scores import GroupScores, Scores
from calloff.report.summary.summarise import Summary
from calloff.report.words import rounded

FORMAT = 4  # raised when a name changes its meaning
FAULTS = 500  # faulty cells with their addresses
LISTED = 500  # parts or columns of one finding
SHOWN = 80  # characters of a faulty cell
CALENDAR = ("stale", "missing")  # findings that the calendar shows
EXACT = ("stock", "before", "on_order", "safety", "cover")
SHOWN_DIGITS = {"pieces": 0, "before": 0, "share": 2, "ratio": 2}  # of facts in sentences
DIGITS = {"mae": 1, "bias": 1, "inside": 2, "changed": 2}  # of a part's accuracy

Values = dict[str, Any]


def summary_json(summary: Summary) -> Values:
    """All of a ``summary`` as plain values: ``build`` is the ranked list, ``days`` its sums by
    target day."""
    found, asked = summary.forecast, summary.asked
    return {
        "format": FORMAT,
        "version": asked.version,
        "engine": asked.engine,
        "as_of": str(found.as_of),
        "targets": iso(found.targets),
        "weekly": found.weekly,
        "newest": str(found.newest) if found.newest else None,
        "copied": found.copied,
        "lead": asked.lead,
        "asked_days": asked.days,
        "levels": [number(100 * level) for level in found.levels],
        "service_level": number(asked.service_level, 4),
        "tolerance": found.tolerance,
        "stocked": found.stocked,
        "covered": {str(days[0]): iso(days) for days in found.covered},
        "unsaid": {str(day): list(parts) for day, parts in found.unsaid.items()},
        "packs": {part: [each.size, each.minimum] for part, each in found.packs.items()},
        "excluded": list(asked.excluded),
        "sources": [vars(each) for each in asked.sources],
        "choice": _choice(found.choice),
        "days": [record(vars(day)) for day in found.days],
        "build": [_row(row, _building(found)) for row in found.rows],
        "skipped": [record(vars(row)) for row in found.skipped],
        "scores": _scores(summary.scores) if summary.scores else None,
        "curves": [numbers(each, 4) for each in summary.curves] if summary.curves else None,
        "figures": _figures(summary.figures),
        "parts": _parts(summary.parts),
        "card": card_json(summary.card) if summary.card else None,
        "data": _data(summary.data),
        "labels": {
            name: {part: text for part, text in texts.items() if text}
            for name, texts in summary.labels.texts.items()
        },
        "by_value": summary.labels.by_value,
        "prices": dict(summary.labels.prices),
    }


def _choice(found: ChoiceSummary) -> Values:
    scores = [record(row) for row in found.scores]
    return {"method": found.method, "why": found.why, "targets": found.targets, "scores": scores}


def _building(found: ForecastSummary) -> tuple[str, ...]:
    """The columns of what to build, without those of a stock where none was given."""
    if not found.building:
        return ()
    shown = (name for name in BUILD if found.stocked or name not in STOCK)
    return (*(name for name in shown if name != "cover" or len(found.covered) > 1), "final")


def _row(row: PlanRow, building: Sequence[str]) -> Values:
    """Three digits: what is shown in whole pieces is then rounded as the number itself would be."""
    return {
        "part": row.part,
        "target": str(row.target),
        "origin": str(row.origin),
        "lag": row.lag,
        **{name: number(getattr(row, name), 3) for name in ("plan", "last", "forecast")},
        "band": numbers(row.quantiles, 3),
        **{name: number(getattr(row, name), _digits(name, building)) for name in building},
        "deviation": number(row.deviation, 3),
        "share": number(row.share, 4),
        "method": row.method,
        "verdict": row.verdict,
        "usual": number(row.usual, 3),
        "inside": number(row.inside, 4),
        "changed": number(row.changed, 4),
        "pairs": row.days,
        "how": _reason(row.how),
        "why": [_reason(each) for each in row.why],
        "override": number(row.override, 3),
    }


def _digits(name: str, building: Sequence[str]) -> int:
    """All of what is calculated with where own numbers change what is on hand for a later day."""
    return 15 if "cover" in building and name in EXACT else 3


def _reason(reason: Reason) -> Values:
    return {name: _fact(name, fact) for name, fact in reason.facts.items()}


def _fact(name: str, fact: Any) -> Any:
    if name in SHOWN_DIGITS:
        return number(float(rounded(fact, SHOWN_DIGITS[name])), SHOWN_DIGITS[name])
    if name == "mix":
        return [[method, number(weight, 2), number(said, 0)] for method, weight, said in fact]
    return str(fact) if name == "day" else fact


def _scores(found: Scores) -> Values:
    groups = ("by_day", "by_lag", "by_weekday", "by_part")
    ratios = found.by_part.x_plan.items()
    return {
        "first": str(found.first),
        "last": str(found.last),
        "targets": found.targets,
        "used": found.used,
        "promised": number(found.promised, 4),
        "better": found.better,
        "methods": [each.method for each in found.methods],
        "overall": [record(vars(each)) for each in found.methods],
        **{name: _group(getattr(found, name)) for name in groups},
        "x_plan_by_part": {method: numbers(values, 3) for method, values in ratios},
        "totals": {
            "days": iso(found.totals.days),
            **{
                name: numbers(getattr(found.totals, name), 0)
                for name in ("actual", "plan", "forecast")
            },
        },
    }


def card_json(found: CardSummary) -> Values:
    """Turn a scorecard into plain values.

    Args:
        found: the scorecard.

    Returns:
        It, for JSON.
    """
    groups = ("by_week", "by_lead", "by_customer", "by_part")
    return {
        "first": str(found.first),
        "last": str(found.last),
        "targets": found.targets,
        "methods": [record(vars(each)) for each in found.methods],
        "own": [record(vars(each)) for each in found.own],
        "figures": [record(vars(each)) for each in found.figures],
        **{name: _group(getattr(found, name)) for name in groups},
    }


def _group(found: GroupScores) -> Values:
    return {
        "keys": [key if isinstance(key, int | str) else str(key) for key in found.keys],
        "pairs": list(found.pairs),
        "mae": {method: numbers(values, 2) for method, values in found.mae.items()},
    }


def _figures(found: FiguresSummary) -> Values:
    """Six digits: what is shown in two is then rounded as the number itself would be."""
    return {
        name: [record(vars(row), 6) for row in rows]
        for name, rows in (("groups", found.groups), ("parts", found.parts))
    }


def _parts(found: PartPages) -> Values:
    return {
        "issued": iso(found.issued),
        "known": found.known,
        "leads": list(found.leads),
        "axis": iso(found.axis),
        "called": iso(found.called),
        "called_target": list(found.called_target),
        "scored": iso(found.scored),
        "trust_leads": list(found.accuracy_leads),
        "list": [_part(page) for page in found.pages],
    }


def _part(page: PartPage) -> Values:
    return {
        "name": page.name,
        "plans": [_trimmed(plan) for plan in page.plans],
        "called": numbers(page.called, 0),
        "past": page.past and {name: numbers(each, 0) for name, each in page.past.items()},
        "trust": page.accuracy and _accuracy(page.accuracy),
        "findings": [{"kind": kind, "fact": fact} for kind, fact in page.findings],
    }


def _trimmed(plan: Quantity) -> list[Plain] | None:
    """Whole numbers by lead, without the blanks at the end; None where nothing was sent."""
    sent = np.flatnonzero(~np.isnan(plan))
    return numbers(plan[: sent[-1] + 1], 0) if len(sent) else None


def _accuracy(found: Mapping[str, tuple[Number, ...]]) -> Values:
    figures = {name: numbers(found[name], digits) for name, digits in DIGITS.items()}
    return {"pairs": list(found["pairs"]), **figures}


def _data(found: DataSummary) -> Values:
    where = {each.kind: [name for name, _ in each.where] for each in found.findings}
    correlation = found.correlation
    return {
        "facts": dict(found.facts),
        "files": list(found.files),
        "calendar": {"first": found.first_day, "days": found.calendar},
        **{kind: where.get(kind, []) for kind in CALENDAR},
        "findings": [_finding(each) for each in found.findings if each.kind not in CALENDAR],
        "set_aside": [{"reason": why, "rows": rows} for why, rows in found.set_aside.items()],
        "faults": [_fault(cell) for cell in found.faults[:FAULTS]],
        "faulty": len(found.faults),
        "unscored": list(found.unscored),
        "correlation": correlation
        and {
            "leads": list(correlation.leads),
            "r": [numbers(row, 3) for row in correlation.r],
            "parts": correlation.parts,
        },
    }


def _finding(found: Finding) -> Values:
    listed = [list(pair) for pair in found.where[:LISTED]]
    return {"kind": found.kind, "count": len(found.where), "where": listed}


def _fault(cell: Mapping[str, Any]) -> Values:
    value = cell["value"]
    return dict(cell) | {"value": value if len(value) <= SHOWN else value[:SHOWN] + "…"}
