"""The data behind an results: its days, what was found in it, and what was set aside."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from calloff.data.inspection import Inspection
from calloff.data.triangle import Triangle
from calloff.planning.results import Results
from calloff.report.summary.horizons import pooled
from calloff.texts.catalogue import plain

FAULTS = 500  # faulty cells with their addresses
LISTED = 500  # parts or columns of one finding
SHOWN = 80  # characters of a faulty cell

FACTS = ("rows", "rows_used", "parts", "issue_days", "time_stamps", "first_day", "last_day",
         "horizon", "target_days", "conflict_policy")  # fmt: skip
COUNTED = {"conflicts": "conflicts", "totals": "totals_mismatch", "appear": "appear",
           "vanish": "vanish", "gaps": "gaps"}  # fmt: skip
NAMED = {"zero": "all_zero", "buckets": "buckets", "ignored": "ignored_columns",
         "skipped": "skipped_sheets"}  # fmt: skip


def data_section(results: Results) -> dict[str, Any]:
    """calendar: a letter for each day of the input: (f)resh with call-offs, (i)dle, (s)tale,
    (m)issing. findings: kind, count and where; set_aside: rows by reason; faults: the first cells
    of ``faulty`` ones; correlation: how the horizons hang together, over all parts."""
    found = results.inspection
    return {
        "facts": {name: getattr(found, name) for name in FACTS},
        "files": [_without_folder(file) for file in found.files],
        "calendar": {"first": found.first_day, "days": calendar(results.triangle)},
        "stale": found.stale_days,
        "missing": found.missing_days,
        "findings": _findings(found),
        "set_aside": [{"reason": why, "rows": rows} for why, rows in found.set_aside.items()],
        "faults": [_fault(cell) for cell in found.faults[:FAULTS]],
        "faulty": len(found.faults),
        "unscored": found.unscored,
        "correlation": pooled(results.past),
    }


def calendar(triangle: Triangle) -> str:
    """A letter for each calendar day from the first issue day to the last."""
    days = triangle.days
    if not len(days):
        return ""
    letters = np.full(int((days[-1] - days[0]).astype(int)) + 1, "m")
    kinds = np.where(np.isin(days, triangle.target_days), "f", "i")
    letters[(days - days[0]).astype(int)] = np.where(triangle.stale, "s", kinds)
    return "".join(letters)


def part_findings(results: Results) -> dict[str, list[dict[str, Any]]]:
    """part -> what was found about it: kind and a fact (a day or a count)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, field in COUNTED.items():
        for part, fact in getattr(results.inspection, field).items():
            found.setdefault(part, []).append({"kind": kind, "fact": fact})
    for part in results.inspection.all_zero:
        found.setdefault(part, []).append({"kind": "zero", "fact": None})
    for part in results.settings.exclude:
        found.setdefault(part, []).append({"kind": "excluded", "fact": None})
    return found


def _findings(found: Inspection) -> list[dict[str, Any]]:
    listed = {kind: list(getattr(found, field).items()) for kind, field in COUNTED.items()}
    listed |= {kind: [(name, None) for name in getattr(found, field)]
               for kind, field in NAMED.items()}  # fmt: skip
    return [
        {"kind": kind, "count": len(where), "where": [list(pair) for pair in where[:LISTED]]}
        for kind, where in listed.items()
        if where
    ]


def _fault(cell: dict[str, Any]) -> dict[str, Any]:
    value = plain(str(cell["value"]))
    return _without_folder(cell) | {"value": value if len(value) <= SHOWN else value[:SHOWN] + "…"}


def _without_folder(record: dict[str, Any]) -> dict[str, Any]:
    """The page may be sent on; whose disk a file was on is nobody's business."""
    return record | {"file": re.split(r"[/\\]", str(record["file"]))[-1]}
