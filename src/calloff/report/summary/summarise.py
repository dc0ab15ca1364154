"""The results of an as-of day as one frozen value: what terminal, HTML and workbook show.

Codes and numbers in no language, nothing rounded: quantities in pieces, shares between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calloff.data.part_tables import PartData
from calloff.ledger.scorecard import Scorecard
from calloff.overrides.table import Overrides
from calloff.planning.results import Results, Source
from calloff.report.summary.accuracy import AccuracySummary, accuracy
from calloff.report.summary.card import CardSummary, card_summary
from calloff.report.summary.curves import Curves, curves
from calloff.report.summary.findings import DataSummary, data_summary
from calloff.report.summary.forecast import ForecastSummary, Wanted, summarise_forecast, with_newest
from calloff.report.summary.labels import Labels, labels
from calloff.report.summary.part_pages import PartPages, part_pages
from calloff.report.summary.planning_figures import FiguresSummary, figures
from calloff.report.summary.scores import OwnScores, Scores, own_scores, scores
from calloff.texts.arguments import instance, require


@dataclass(frozen=True)
class Asked:
    """What was asked for, of which input, and of which version of calloff.

    Attributes:
        version: version of calloff.
        engine: what trained the networks behind the forecast, and its instruction set; empty
            without.
        sources: the input files.
        lead: days that the supplier needs to react.
        days: target days.
        service_level: chance that the call-offs are covered.
        stock: parts for which a stock was given.
        packs: parts for which a pack size was given.
        scored: past target days to score, at most.
        excluded: parts left out of scores and pooled statistics.
    """

    version: str
    engine: str
    sources: tuple[Source, ...]
    lead: int
    days: int
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
        forecast: the forecast, and what stands beside it.
        scores: how good the methods were; None where nothing could be scored.
        accuracy: how good the plans were.
        figures: the same in the planning trade's figures.
        own: the planner's own numbers so far, rows as in ``Overrides``, the newest target first.
        own_scores: how good these were; None without any.
        curves: training loss of each network behind the forecast; None where none was trained.
        parts: what is known of each part.
        data: what was read, and what was found in it.
        card: how good the forecasts were that were written down before their day; None without
            a store, or where none of them has come true.
        labels: what parts are sorted and added up by, and their names.
    """

    asked: Asked
    forecast: ForecastSummary
    scores: Scores | None
    accuracy: AccuracySummary
    figures: FiguresSummary
    own: tuple[Mapping[str, Any], ...]
    own_scores: OwnScores | None
    curves: Curves | None
    parts: PartPages
    data: DataSummary
    card: CardSummary | None = None
    labels: Labels = field(default_factory=Labels)


def summarise(
    results: Results,
    overrides: Overrides | None = None,
    master: Mapping[str, PartData] | None = None,
    card: Scorecard | None = None,
) -> Summary:
    """Sum up results.

    Args:
        results: all that is known as of one day.
        overrides: a planner's own numbers, to be shown beside ours.
        master: part -> master data; none by default.
        card: the scorecard of forecasts that were written down.

    Returns:
        What is shown, in no language and not rounded.

    Raises:
        CalloffError: an argument is of another type.
    """
    require(
        instance(results, "results", Results),
        instance(overrides, "overrides", Overrides, optional=True),
        instance(card, "card", Scorecard, optional=True),
        instance(master, "master", Mapping, optional=True),
    )
    mine, settings = overrides or Overrides(), results.settings
    pooled = accuracy(results.plan_accuracy, results.past)
    wanted = Wanted(settings.quantiles, settings.build, mine)
    return Summary(
        asked=_asked(results),
        forecast=with_newest(
            summarise_forecast(
                results.forecast, results.past, results.plan_accuracy, pooled, wanted
            ),
            results.triangle,
            settings.as_of,
        ),
        scores=scores(results),
        accuracy=pooled,
        figures=figures(results.figures, [plan.part for plan in pooled.today]),
        own=tuple(mine.table.reverse().to_dicts()),
        own_scores=own_scores(results, mine),
        curves=curves(results),
        parts=part_pages(results),
        data=data_summary(results),
        card=card_summary(card) if card else None,
        labels=labels(results.past, results.keys, master or {}),
    )


def _asked(results: Results) -> Asked:
    settings = results.settings
    return Asked(
        version=results.version,
        engine=results.engine,
        sources=results.sources,
        lead=settings.spec.lead,
        days=settings.days,
        service_level=settings.build.level,
        stock=len(settings.build.stock),
        packs=len(settings.build.packs),
        scored=settings.scored,
        excluded=settings.exclude,
    )
