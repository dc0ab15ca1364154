"""A correlation on the screen and as a table."""

from __future__ import annotations

import numpy as np
import polars as pl

from calloff.analysis.correlation import Correlation
from calloff.report.terminal.screen import Screen
from calloff.texts.leads import WEEK, lead_name, lead_names, whole_weeks

HEAD = 5


def show_correlation(found: Correlation, max_lead: int, screen: Screen) -> None:
    """The first aligned rows, the coefficients, and how many pairs stand behind each."""
    aligned = found.aligned
    names = lead_names(aligned.leads)
    screen = screen.of(weekly=whole_weeks(aligned.leads))
    screen.title("correlate.aligned", part=aligned.part, rows=len(aligned.days))
    mode = "correlate.by_row" if aligned.keep_stale else "correlate.by_calendar"
    most = max_lead // WEEK if screen.weekly and not aligned.keep_stale else max_lead
    screen.say(mode, style="dim", max_lead=most)
    head = zip(aligned.days[:HEAD], aligned.values[:HEAD], strict=True)
    rows = [(str(day), *(_whole(value) for value in row)) for day, row in head]
    screen.table(("correlate.target", *names), rows)
    screen.title("correlate.coefficients")
    coefficients = zip(names, found.coefficient, strict=True)
    screen.table(("correlate.lead", *names), [(n, *map(_six, row)) for n, row in coefficients])
    low, high = int(found.pairs.min()), int(found.pairs.max())
    if low == high:
        screen.say("correlate.pairs_all", pairs=low)
        return
    screen.title("correlate.pairs")
    pairs = zip(names, found.pairs.tolist(), strict=True)
    screen.table(("correlate.lead", *names), [(name, *row) for name, row in pairs])


def correlation_table(found: Correlation) -> pl.DataFrame:
    """One row per lead: the coefficients with every lead, then the pairs behind them."""
    names = [lead_name(lead) for lead in found.aligned.leads]
    columns: dict[str, list[object]] = {"lead": list(names)}
    for index, name in enumerate(names):
        values = found.coefficient[:, index].tolist()
        columns[name] = [None if value != value else value for value in values]
    for index, name in enumerate(names):
        columns[f"pairs {name}"] = found.pairs[:, index].tolist()
    return pl.DataFrame(columns)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _six(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.6f}"
