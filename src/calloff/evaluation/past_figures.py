"""The planning trade's figures of the plans that a past holds: all parts, each customer, each part.

Dimensions: P parts, T target days, L leads.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.triangle import Mask, Past, Quantity, as_days
from calloff.evaluation.figure_tables import FIGURES, FigureOptions, figures_of
from calloff.texts.arguments import instance, require, whole

LAST = 250  # target days, about a year: a tracking signal over ten of them would always alarm
BLOCK = 500  # parts at a time: their numbers then stay in the processor's cache
ALL, CUSTOMER, PART = "all", "customer", "part"  # levels of the table
SCHEMA = {"level": pl.String, "name": pl.String, **FIGURES}


def past_figures(
    past: Past, options: FigureOptions | None = None, *, last: int = LAST
) -> pl.DataFrame:
    """Compute the figures of the plans of a past, on its last target days.

    Args:
        past: what is known.
        options: leads, weights and smoothing; by default in the past's own periods.
        last: number of target days, at most.

    Returns:
        One row for all parts together (level "all", name ""), one for each customer, plant or
        series of files where there are several (level "customer"), and one for each part in their
        order (level "part"), with the figures of ``planning_figures``. Parts that do not count in
        statistics over all parts count in their own row only.

    Raises:
        CalloffError: an argument cannot be used.
    """
    options = options or FigureOptions(period=past.cadence)
    require(
        instance(past, "past", Past),
        instance(options, "options", FigureOptions),
        whole(last, "last", 1, 10_000),
    )
    targets = np.flatnonzero(past.is_target)[-last:]
    leads = past.leads[past.leads > 0]
    plan, called = _plans(past, targets, leads), past.calloffs[:, targets]
    errors = _errors(plan, called, leads >= options.lead)
    tables = []
    for level, name, rows in _groups(past):
        chosen = plan if rows.all() else plan[:, rows]
        stacked = _leads_last(chosen.reshape(len(leads), 1, -1))
        beside = called[rows].reshape(1, -1), _total(errors[rows])
        found = figures_of(stacked, *beside, leads.tolist(), options)
        tables.append(_named(found, level, [name]))
    for start in range(0, len(past.parts), BLOCK):
        block = slice(start, start + BLOCK)
        part = _leads_last(plan[:, block]), called[block], errors[block]
        found = figures_of(*part, leads.tolist(), options)
        tables.append(_named(found, PART, list(past.parts[block])))
    return pl.concat(tables)


def _plans(past: Past, targets: NDArray[np.int64], leads: NDArray[np.int64]) -> Quantity:
    """What was planned for target days at each lead (L, P, T)."""
    days = past.days[targets]
    plan = np.full((len(leads), len(past.parts), len(targets)), np.nan)
    for at, lead in enumerate(leads.tolist()):
        plan[at] = past.planned(days - as_days(lead), days)
    return plan


def _leads_last(plan: Quantity) -> Quantity:
    """Plans (L, ...) as a view (..., L), of which those of one lead lie together in memory: lead by
    lead is how the figures read them, several times as fast."""
    return np.moveaxis(plan, 0, -1)


def _errors(plan: Quantity, called: Quantity, late: Mask) -> Quantity:
    """Errors (P, T) of the plans with the shortest known lead that is long enough (L)."""
    found = np.full(called.shape, np.nan)
    for lead in np.flatnonzero(late):
        error = plan[lead] - called
        found = np.where(np.isnan(found), error, found)
    return found


def _total(errors: Quantity) -> Quantity:
    """Errors of several parts (P, T) summed by target day (1, T)."""
    known = ~np.isnan(errors)
    total = np.where(known, errors, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total, np.nan)[None]


def _groups(past: Past) -> Iterator[tuple[str, str, Mask]]:
    """All parts, and the customers where there are several; with those that count (P)."""
    yield ALL, "", past.pooled
    sources = np.array(past.known.sources, dtype=object)
    names = sorted(set(past.known.sources))
    for name in names if len(names) > 1 else ():
        yield CUSTOMER, name, past.pooled & (sources == name)


def _named(figures: pl.DataFrame, level: str, names: list[str]) -> pl.DataFrame:
    first = pl.DataFrame({"level": [level] * len(names), "name": names},
                         schema={"level": pl.String, "name": pl.String})  # fmt: skip
    return pl.concat([first, figures], how="horizontal")
