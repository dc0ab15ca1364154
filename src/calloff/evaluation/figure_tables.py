"""The planning trade's figures as tables: by part, customer, week or whatever is asked for.

``planning_figures`` reads a long table, one row for each part, target day and lead:

- part: its name, or any key; further columns may tell customers or plants apart
- target: the target day (any type that can be sorted)
- lead: calendar days from the plan to the target day
- plan, or forecast: pieces; ``of`` names the one that is judged
- called_off: pieces; null until the day has come

Dimensions: G groups, R pairs of a part and a target day, L leads, T target days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.frame_kinds import keeps_kind
from calloff.evaluation.planning_figures import (
    FADE,
    accuracy_index_by_target,
    accuracy_index_by_volume,
    nearness,
    schedule_instability,
    weighted_bias,
)
from calloff.evaluation.tracking import ALARM, SMOOTHING, latest, tracking_signal, trigg_signal
from calloff.texts.arguments import amounts, frame, instance, number, require, several, whole
from calloff.texts.errors import fail

Values = NDArray[np.float64]

FIGURES = {"targets": pl.Int64, "index_by_target": pl.Float64, "index_by_volume": pl.Float64,
           "weighted_bias": pl.Float64, "instability": pl.Float64, "tracking_signal": pl.Float64,
           "alarm": pl.Boolean, "trigg_signal": pl.Float64}  # fmt: skip
PIECES, CAME = "_pieces", "_called_off"  # columns beside those that are split by


@dataclass(frozen=True)
class FigureOptions:
    """What the figures have in common.

    Attributes:
        lead: days that the supplier needs to react. The tracking signals follow, for each target
            day, the plan with the shortest known lead that is at least this.
        fade: what one more period ahead counts in the accuracy index, the weighted bias and the
            schedule instability, above 0 up to 1.
        smoothing: weight of the newest error in Trigg's tracking signal, above 0 up to 1.
        period: days in a period: 7 where a customer plans by weeks.
        weights: lead in days -> its weight in accuracy index and weighted bias, where these are
            agreed on; other leads then count nothing there. By default the leads fade.
    """

    lead: int = 1
    fade: float = FADE
    smoothing: float = SMOOTHING
    period: int = 1
    weights: Mapping[int, float] | None = None

    def __post_init__(self) -> None:
        require(
            whole(self.lead, "lead", 0, 10_000),
            number(self.fade, "fade", 1e-3, 1),
            number(self.smoothing, "smoothing", 1e-3, 1),
            whole(self.period, "period", 1, 366),
            () if self.weights is None else amounts(self.weights, "weights", 0, 1e12),
        )

    def weights_of(self, leads: Sequence[int]) -> Values:
        """The weights (L) of ``leads`` in days (L)."""
        if self.weights is None:
            return nearness(np.asarray(leads, np.float64) / self.period, self.fade)
        return np.array([float(self.weights.get(lead, 0.0)) for lead in leads])


@keeps_kind
def planning_figures(
    table: pl.DataFrame,
    by: Sequence[str] = ("part",),
    options: FigureOptions | None = None,
    *,
    of: str = "plan",
    called_off: str = "called_off",
) -> pl.DataFrame:
    """Compute the figures of a long table, as a whole or split by columns.

    Rows without a number, and leads below 1, do not count; call-offs that are not known yet count
    in the schedule instability only.

    Args:
        table: the long table, a frame of any library; see the module.
        by: columns to split by; none for all rows together. Parts that are told apart by further
            columns (customer, plant) need these among them.
        options: leads, weights and smoothing.
        of: the column that is judged, such as "plan" or "forecast".
        called_off: the column of the call-offs.

    Returns:
        One row for each value of ``by``, sorted, with targets (days behind the tracking
        signals), index_by_target, index_by_volume, weighted_bias, instability, tracking_signal
        (after the last target day; errors of several parts are summed by day), alarm (whether it is
        beyond 4) and trigg_signal; null where not known.

    Raises:
        CalloffError: the table lacks a column, or has two rows for a part, target day and lead.
    """
    options = options or FigureOptions()
    needed = ("part", "target", "lead", of, called_off, *by)
    require(
        several(by, "by"),
        instance(options, "options", FigureOptions),
        frame(table, "table", needed, empty=True),
    )
    keys = list(dict.fromkeys((*by, "part", "target", "lead")))
    numbers = {PIECES: pl.col(of), CAME: pl.col(called_off)}
    rows = table.select(
        *keys, **{name: each.cast(pl.Float64).fill_nan(None) for name, each in numbers.items()}
    ).filter(pl.col("lead") > 0, pl.col(PIECES).is_not_null())
    twice = rows.select(keys).is_duplicated()
    if twice.any():
        facts = rows.filter(twice).row(0, named=True)
        raise fail("figures.twice", part=facts["part"], target=facts["target"], lead=facts["lead"])
    return _grouped(rows, list(dict.fromkeys(by)), options)


def _grouped(rows: pl.DataFrame, by: list[str], options: FigureOptions) -> pl.DataFrame:
    """The figures of each group, whose pairs of part and target are stacked (G, R, L)."""
    if rows.is_empty():
        return pl.DataFrame(schema={**rows.select(by).schema, **FIGURES})
    pair = list(dict.fromkeys((*by, "part", "target")))
    rows = rows.sort(*pair, "lead").with_columns(group=_runs(by), pair=_runs(pair))
    rows = rows.with_columns(at=pl.col("pair") - pl.col("pair").min().over("group"))
    leads = rows["lead"].unique().sort()
    size = int(rows["group"].max()) + 1, int(rows["at"].max()) + 1  # type: ignore[arg-type]
    plan, called = np.full((*size, len(leads)), np.nan), np.full(size, np.nan)
    plan[rows["group"], rows["at"], leads.search_sorted(rows["lead"])] = rows[PIECES]
    known = rows.drop_nulls(CAME)
    called[known["group"], known["at"]] = known[CAME]
    figures = figures_of(plan, called, _errors(rows, size[0], options), leads.to_list(), options)
    names = rows.unique("group", keep="first", maintain_order=True).select(by)
    return pl.concat([names, figures], how="horizontal")


def _runs(names: list[str]) -> pl.Expr:
    """Numbers of the runs of rows that are alike in some columns; 0 throughout without columns."""
    return pl.struct(names).rle_id().cast(pl.Int64) if names else pl.lit(0, pl.Int64)


def _errors(rows: pl.DataFrame, groups: int, options: FigureOptions) -> Values:
    """Errors of the plans that the supplier can still act on, summed by target day (G, T)."""
    known = rows.filter(pl.col("lead") >= options.lead).drop_nulls(CAME)
    nearest = known.unique("pair", keep="first", maintain_order=True)  # of those sorted by lead
    days = nearest.group_by("group", "target", maintain_order=True).agg(
        error=(pl.col(PIECES) - pl.col(CAME)).sum()
    )
    axis = rows["target"].unique().sort()
    errors = np.full((groups, len(axis)), np.nan)
    errors[days["group"], axis.search_sorted(days["target"])] = days["error"]
    return errors


def figures_of(
    plan: Values, called_off: Values, errors: Values, leads: Sequence[int], options: FigureOptions
) -> pl.DataFrame:
    """Compute all figures of groups that are laid out as arrays.

    Args:
        plan: pieces planned (G, R, L).
        called_off: pieces called off (G, R).
        errors: plan - call-off of each target day (G, T), oldest first, in pieces.
        leads: days ahead (L).
        options: leads, weights and smoothing.

    Returns:
        One row for each group, with the columns of ``planning_figures``.
    """
    weights = options.weights_of(leads)
    periods = np.asarray(leads, np.float64) / options.period
    signal = latest(tracking_signal(errors))
    columns = {
        "targets": (~np.isnan(errors)).sum(axis=1),
        "index_by_target": accuracy_index_by_target(plan, called_off, weights),
        "index_by_volume": accuracy_index_by_volume(plan, called_off, weights),
        "weighted_bias": weighted_bias(plan, called_off, weights),
        "instability": schedule_instability(plan, periods, options.fade),
        "tracking_signal": signal,
        "alarm": np.abs(signal) > ALARM,
        "trigg_signal": latest(trigg_signal(errors, options.smoothing)),
    }
    table = pl.DataFrame(columns, schema=FIGURES).with_columns(pl.col(pl.Float64).fill_nan(None))
    known = pl.col("tracking_signal").is_not_null()
    return table.with_columns(alarm=pl.when(known).then("alarm"))
