"""The results of an as-of day as one frozen value: what terminal, HTML and workbook show.

Codes and numbers in no language, nothing rounded: quantities in pieces, shares between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calloff.overrides.table import Overrides
from calloff.planning.results import Results, Source
from calloff.report.summary.accuracy import AccuracySummary, accuracy
from calloff.report.summary.curves import Curves, curves
from calloff.report.summary.findings import DataSummary, data_summary
from calloff.report.summary.forecast import ForecastSummary, Wanted, summarise_forecast
from calloff.report.summary.part_pages import PartPages, part_pages
from calloff.report.summary.scores import OwnScores, Scores, own_scores, scores


@dataclass(frozen=True)
class Asked:
    """What was asked for, and of which input.

    Attributes:
        version: of calloff.
        sources: the input files.
        lead: in calendar days.
        service_level: chance that the call-offs are covered.
        stock: number of parts for which stock was given.
        packs: number of parts for which packs were given.
        scored: number of past target days to score at most.
        excluded: parts that stay out of scores and pooled statistics.
    """

    version: str
    sources: tuple[Source, ...]
    lead: int
    service_level: float
    stock: int
    packs: int
    scored: int
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """Everything that a report shows.

    Attributes:
        asked: what was asked for.
        forecast: the forecast of the as-of day.
        scores: how good the methods were; None where nothing could be scored.
        accuracy: how good the plans were.
        own: the planner's own numbers so far (rows of ``Overrides``), the newest target day first.
        own_scores: how good these were; None where none could be scored.
        curves: training loss of each network behind the forecast; None where none was used.
        parts: plans, call-offs and past forecasts of each part.
        data: what was found in the input.
    """

    asked: Asked
    forecast: ForecastSummary
    scores: Scores | None
    accuracy: AccuracySummary
    own: tuple[Mapping[str, Any], ...]
    own_scores: OwnScores | None
    curves: Curves | None
    parts: PartPages
    data: DataSummary


def summarise(results: Results, overrides: Overrides | None = None) -> Summary:
    """Summarise results.

    Args:
        results: those of an as-of day.
        overrides: a planner's own numbers, to be shown beside ours.

    Returns:
        The summary.
    """
    mine, settings = overrides or Overrides(), results.settings
    pooled = accuracy(results.plan_accuracy, results.past)
    wanted = Wanted(settings.quantiles, settings.build, mine)
    return Summary(
        asked=_asked(results),
        forecast=summarise_forecast(
            results.forecast, results.past, results.plan_accuracy, pooled, wanted
        ),
        scores=scores(results),
        accuracy=pooled,
        own=tuple(mine.table.reverse().to_dicts()),
        own_scores=own_scores(results, mine),
        curves=curves(results),
        parts=part_pages(results),
        data=data_summary(results),
    )


def _asked(results: Results) -> Asked:
    settings = results.settings
    return Asked(
        version=results.version,
        sources=results.sources,
        lead=settings.spec.lead,
        service_level=settings.build.level,
        stock=len(settings.build.stock),
        packs=len(settings.build.packs),
        scored=settings.scored,
        excluded=settings.exclude,
    )
