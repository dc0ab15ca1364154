"""The planning trade's figures of a scorecard: of the plans as sent, and of the forecasts beside
them, on the same pairs at every distance to the target day that was forecast."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from calloff.data.days import WEEK
from calloff.evaluation.figure_tables import FIGURES, FigureOptions, planning_figures
from calloff.ledger.scorecard import FORECAST, Scorecard
from calloff.rolling.answers import PLAN

JUDGED = (PLAN, FORECAST)  # methods
PLAN_OF = ["method", "customer", "part", "target", "lead"]


def scorecard_figures(card: Scorecard, by: Sequence[str] = ()) -> pl.DataFrame:
    """Compute the figures of plans and forecasts.

    Args:
        card: the scorecard.
        by: columns of its pairs to split by, such as "customer" and "part"; none for all together.

    Returns:
        One row per method ("forecast", "plan") and value of ``by``, with the columns of
        ``planning_figures``; no rows where nothing has come true.

    Raises:
        CalloffError: the pairs have no such column.
    """
    if card.ahead.is_empty():
        names = {name: pl.String for name in ("method", *by)}
        return pl.DataFrame(schema={**names, **FIGURES})
    rows = card.ahead.filter(pl.col("method").is_in(JUDGED)).sort("cutoff", maintain_order=True)
    # Of one plan that several runs read, as over a weekend, the last forecast counts.
    once = rows.unique(PLAN_OF, keep="last", maintain_order=True)
    key = pl.concat_str("customer", "part", separator="\x1f")  # customers may have parts alike
    table = once.with_columns(name=pl.col("part"), part=key)
    found = planning_figures(
        table,
        ["method", *("name" if each == "part" else each for each in by)],
        FigureOptions(period=WEEK if once["weeks"].all() else 1),
        of="forecast",
        called_off="actual",
    )
    return found.rename({"name": "part"}, strict=False)
