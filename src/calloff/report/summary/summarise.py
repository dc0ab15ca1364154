"""An evening as one plain value, for JSON: what the report, the page and their tests read.

Language-neutral: texts are codes, days ISO dates, quantities pieces, shares between 0 and 1.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from calloff.planning.results import Results
from calloff.report.summary.build_list import build_list
from calloff.report.summary.curves import curves
from calloff.report.summary.findings import data_section
from calloff.report.summary.part_pages import part_pages
from calloff.report.summary.plain import iso, number, records
from calloff.report.summary.score_tables import score_tables

FORMAT = 1  # raised when a name changes its meaning


class Overrides(Protocol):
    """A planner's own numbers."""

    def of(self, part: str, target: date) -> float | None:
        """The override of a part's call-off on a target day, in pieces."""


def summarise(results: Results, overrides: Overrides | None = None) -> dict[str, Any]:
    """Everything that a page shows of an results.

    build: the ranked list, one row per part and target; scores: how good the methods were;
    curves: how the network learned, where one was trained; parts: generations of plans, call-offs
    and findings of each part; data: what was found in the input.
    overrides: a planner's own numbers, shown beside ours.
    """
    found, settings = results.forecast, results.settings
    return {
        "format": FORMAT,
        "version": results.version,
        "as_of": str(found.cutoff),
        "targets": iso(found.targets),
        "lead": settings.spec.lead,
        "levels": [number(100 * level) for level in sorted(settings.quantiles)],
        "service_level": number(settings.build.level, 4),
        "tolerance": settings.tolerance,
        "stocked": bool(settings.build.stock),
        "excluded": list(settings.exclude),
        "sources": [
            {"name": each.name, "size": each.size, "sha256": each.sha256}
            for each in results.sources
        ],
        "choice": {
            "method": found.choice.method.name,
            "why": found.choice.why.removeprefix("choice."),
            "targets": found.choice.targets,
            "scores": records(found.choice.scores),
        },
        "build": build_list(results, overrides.of if overrides else None),
        "skipped": records(found.skipped),
        "scores": score_tables(results),
        "curves": curves(results),
        "parts": part_pages(results),
        "data": data_section(results),
    }
