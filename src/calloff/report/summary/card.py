"""The scorecard: how good the forecasts were that were written down before their day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from calloff.evaluation.figure_tables import FIGURES
from calloff.ledger.figures import scorecard_figures
from calloff.ledger.scorecard import FORECAST, Scorecard
from calloff.report.summary.planning_figures import FigureRow
from calloff.report.summary.scores import (
    GroupScores,
    MethodScore,
    group_scores,
    method_scores,
    worst_planned,
)
from calloff.rolling.answers import PLAN
from calloff.rolling.long_table import quantile_names

SHOWN = 30  # parts


@dataclass(frozen=True)
class CardSummary:
    """How good written forecasts were; methods are "forecast", "plan", "last" and "override".

    Attributes:
        first: first target day.
        last: last target day.
        targets: number of target days.
        methods: forecast, plan and last call-off, the least error first.
        own: the same with the planner's own numbers, on the pairs that have one.
        by_week: by the Monday of the target's week.
        by_lead: by calendar days from the plan to the target day.
        by_customer: by customer.
        by_part: by part, those with the worst plans first.
        figures: the planning trade's figures of the plan and of the forecast, as levels "plan" and
            "forecast".
    """

    first: date
    last: date
    targets: int
    methods: tuple[MethodScore, ...]
    own: tuple[MethodScore, ...]
    by_week: GroupScores
    by_lead: GroupScores
    by_customer: GroupScores
    by_part: GroupScores
    figures: tuple[FigureRow, ...]


def card_summary(card: Scorecard) -> CardSummary | None:
    """Sum up a scorecard.

    Args:
        card: the scorecard.

    Returns:
        What is shown; None where nothing has come true.
    """
    pairs = card.pairs
    if pairs.is_empty():
        return None
    days = pairs["target"].unique().sort()
    return CardSummary(
        first=days[0],
        last=days[-1],
        targets=len(days),
        methods=method_scores(pairs, ranges(pairs)),
        own=method_scores(card.own) if card.own.height else (),
        by_week=group_scores(pairs, "week"),
        by_lead=group_scores(card.ahead, "lead"),
        by_customer=group_scores(pairs, "customer"),
        by_part=group_scores(pairs, "part", worst_planned(pairs)["part"].head(SHOWN).to_list()),
        figures=card_figures(card),
    )


def ranges(pairs: pl.DataFrame) -> list[str]:
    """Columns of the quantiles among ``pairs``, rising; none where no range is known."""
    names = quantile_names(pairs.columns)
    return names if len(names) > 1 and pairs.drop_nulls(names).height else []


def card_figures(card: Scorecard) -> tuple[FigureRow, ...]:
    """The planning trade's figures of plan and forecast, over all parts.

    Args:
        card: the scorecard.

    Returns:
        A row for the plan and one for the forecast; none where nothing has come true.
    """
    found = {row["method"]: row for row in scorecard_figures(card).iter_rows(named=True)}
    return tuple(_row(name, "", found[name]) for name in (PLAN, FORECAST) if name in found)


def plan_figures(card: Scorecard, by: str) -> tuple[FigureRow, ...]:
    """The planning trade's figures of the plans of a ``card``, by "customer" or "part" (``by``)."""
    found = scorecard_figures(card, [by]).filter(method=PLAN)
    return tuple(_row(by, row[by], row) for row in found.iter_rows(named=True))


def _row(level: str, name: str, row: dict[str, Any]) -> FigureRow:
    return FigureRow(level, name, **{figure: row[figure] for figure in FIGURES})
