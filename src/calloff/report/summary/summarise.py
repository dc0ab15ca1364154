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
    """What was asked for, of which input, and by which version of calloff. stock, packs: parts
    for which one was given; engine: what trained the networks behind the forecast, empty without;
    scored: past target days to score at most."""

    version: str
    engine: str
    sources: tuple[Source, ...]
    lead: int
    service_level: float
    stock: int
    packs: int
    scored: int
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """Everything that a report shows. scores: None where nothing could be scored; own: the
    planner's own numbers so far (rows as in ``Overrides``, the newest target first); curves: the
    training loss of each network behind the forecast, None where none was trained."""

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
    """The summary of results. overrides: a planner's own numbers, shown beside ours."""
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
        engine=results.engine,
        sources=results.sources,
        lead=settings.spec.lead,
        service_level=settings.build.level,
        stock=len(settings.build.stock),
        packs=len(settings.build.packs),
        scored=settings.scored,
        excluded=settings.exclude,
    )
