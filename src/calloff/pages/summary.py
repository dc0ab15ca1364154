"""An evening as one plain value, for JSON: what the report, the page and their tests read.

Language-neutral: texts are codes, days ISO dates, quantities pieces, shares between 0 and 1.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from calloff.evening import Evening
from calloff.pages.build_list import build_list
from calloff.pages.curves import curves
from calloff.pages.findings import data_section
from calloff.pages.part_pages import part_pages
from calloff.pages.plain import iso, number, records
from calloff.pages.score_tables import score_tables

FORMAT = 1  # raised when a name changes its meaning


class Overrides(Protocol):
    """A planner's own numbers."""

    def of(self, part: str, target: date) -> float | None:
        """The override of a part's call-off on a target day, in pieces."""


def summarise(evening: Evening, overrides: Overrides | None = None) -> dict[str, Any]:
    """Everything that a page shows of an evening.

    build: the ranked list, one row per part and target; scores: how good the methods were;
    curves: how the network learned, where one was trained; parts: generations of plans, call-offs
    and findings of each part; data: what was found in the input.
    overrides: a planner's own numbers, shown beside ours.
    """
    found, settings = evening.forecast, evening.settings
    return {
        "format": FORMAT,
        "version": evening.version,
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
            for each in evening.sources
        ],
        "choice": {
            "method": found.choice.method.name,
            "why": found.choice.why.removeprefix("choice."),
            "targets": found.choice.targets,
            "scores": records(found.choice.scores),
        },
        "build": build_list(evening, overrides.of if overrides else None),
        "skipped": records(found.skipped),
        "scores": score_tables(evening),
        "curves": curves(evening),
        "parts": part_pages(evening),
        "data": data_section(evening),
    }
