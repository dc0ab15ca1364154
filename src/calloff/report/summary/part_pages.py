"""What is known of each part: its plans, call-offs, past forecasts, accuracy and findings.

Dimensions: P parts, G issue days kept (fresh), L leads, C days of call-offs, T scored target days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from calloff.data.triangle import Past, Quantity
from calloff.planning.results import Results
from calloff.report.summary.findings import Fact, part_findings
from calloff.rolling.long_table import quantile_name
from calloff.rolling.origins import IDLE

CELLS = 600_000  # of plans in a page: about 2 MB, whatever the number of parts
FEWEST = 8  # issue days that are kept however many parts there are
CALLED = 90  # fresh days of call-offs
ACCURACY = ("mae", "bias", "inside", "changed")

Figures = Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True)
class PartPage:
    """What is known of one part (G issue days kept, L leads, C days of call-offs, T scored days).

    Attributes:
        name: of the part.
        plans: pieces (G, L), NaN where nothing was sent.
        called: pieces called off (C), NaN where nothing was sent.
        past: forecast, plan and, where there is a range, low and high, each (T) in pieces; None
            without.
        accuracy: figures of the part's plans by lead, pairs among them; None without.
        findings: kinds and facts.
    """

    name: str
    plans: Quantity
    called: Quantity
    past: Figures | None
    accuracy: Figures | None
    findings: tuple[tuple[str, Fact], ...]


@dataclass(frozen=True)
class PartPages:
    """All parts, with the axes that they share.

    Attributes:
        issued: the issue days kept (G).
        known: number of all fresh issue days.
        leads: calendar days ahead (L).
        axis: the days worth showing: target days and, ahead, days that the newest plans do not
            leave idle.
        called: days of call-offs (C).
        called_target: whether each of these is a target day (C).
        scored: the scored target days (T).
        accuracy_leads: leads of the accuracy, in calendar days.
        pages: one for each part.
    """

    issued: tuple[date, ...]
    known: int
    leads: tuple[int, ...]
    axis: tuple[date, ...]
    called: tuple[date, ...]
    called_target: tuple[bool, ...]
    scored: tuple[date, ...]
    accuracy_leads: tuple[int, ...]
    pages: tuple[PartPage, ...]


def part_pages(results: Results) -> PartPages:
    """The pages of all parts in ``results``; of many parts only the last issue days are kept."""
    past, kept = results.past, issue_days(results.past)
    return PartPages(
        issued=_days(past.days[-kept:]),
        known=len(past.days),
        leads=tuple(past.leads.tolist()),
        axis=_axis(past, kept),
        called=_days(past.days[-CALLED:]),
        called_target=tuple(past.is_target[-CALLED:].tolist()),
        scored=_scored(results.pairs),
        accuracy_leads=tuple(lead for lead in past.leads.tolist() if lead > 0),
        pages=tuple(_pages(results, kept)),
    )


def _pages(results: Results, kept: int) -> Iterable[PartPage]:
    past, findings = results.past, part_findings(results)
    accuracy, scored = _accuracy(results), _past_forecasts(results)
    for part, name in enumerate(past.parts):
        yield PartPage(
            name=name,
            plans=_fixed(past.quantity[part, -kept:]),
            called=_fixed(past.calloffs[part, -CALLED:]),
            past=scored.get(name),
            accuracy=accuracy.get(name),
            findings=tuple(findings.get(name, ())),
        )


def _fixed(values: Quantity) -> Quantity:
    """A view that cannot be written to; the past stays as it is."""
    view = values[:]
    view.flags.writeable = False
    return view


def issue_days(past: Past) -> int:
    """Number of issue days of a ``past`` whose plans fit into a page, at least a few."""
    each = max(len(past.parts) * len(past.leads), 1)
    return min(max(CELLS // each, FEWEST), len(past.days))


def _axis(past: Past, kept: int) -> tuple[date, ...]:
    first = past.days[-kept]
    behind = past.days[past.is_target & (past.days >= first)]
    total = np.nansum(past.quantity[:, -1], axis=0)
    ahead = past.leads[(past.leads > 0) & (total > IDLE * total.max(initial=0))]
    return (*_days(behind), *_days(past.days[-1] + ahead.astype("timedelta64[D]")))


def _days(days: Any) -> tuple[date, ...]:
    return tuple(days.astype("datetime64[D]").astype(object))


def _scored(pairs: pl.DataFrame) -> tuple[date, ...]:
    return tuple(pairs["target"].unique().sort()) if len(pairs) else ()


def _accuracy(results: Results) -> dict[str, Figures]:
    """part -> figure -> by lead."""
    table = results.plan_accuracy.by_lead.sort("lead", maintain_order=True)
    names = ("pairs", *ACCURACY)
    lists = table.group_by("part", maintain_order=True).agg(pl.col(names))
    return {
        row["part"]: {name: tuple(row[name]) for name in names}
        for row in lists.iter_rows(named=True)
        if any(row["pairs"])
    }


def _past_forecasts(results: Results) -> dict[str, Figures]:
    """part -> the forecasts of the method that is used for the scored target days."""
    days = _scored(results.pairs)
    if not days:
        return {}
    place = {day: at for at, day in enumerate(days)}
    levels = sorted(set(results.settings.quantiles))
    names = {"forecast": "forecast", "plan": "plan"}
    if len(levels) > 1:
        names |= {"low": quantile_name(levels[0]), "high": quantile_name(levels[-1])}
    used = results.pairs.filter(method=results.forecast.choice.method.name)
    found: dict[str, dict[str, list[float | None]]] = {}
    for row in used.iter_rows(named=True):
        mine = found.setdefault(row["part"], {name: [None] * len(days) for name in names})
        for name, column in names.items():
            mine[name][place[row["target"]]] = row[column]
    return {
        part: {name: tuple(all_) for name, all_ in mine.items()} for part, mine in found.items()
    }
