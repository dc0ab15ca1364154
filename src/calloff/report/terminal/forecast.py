"""A forecast on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from calloff.overrides.table import METHOD as OVERRIDE
from calloff.planning.forecast import Forecast
from calloff.planning.tables import BUILD
from calloff.report.terminal.inspection import few
from calloff.report.terminal.screen import Number, Screen
from calloff.uncertainty.conformal import DAYS

Row = dict[str, Any]
COLUMNS: dict[str, Callable[[Row], object]] = {
    "part": lambda row: row["part"],
    "target": lambda row: str(row["target"]),
    "lead": lambda row: row["lead"],
    "plan": lambda row: _pieces(row["plan"]),
    "last": lambda row: _pieces(row["last"]),
    "forecast": lambda row: Number(f"[bold]{row['forecast']:,.1f}[/]"),
    "method": lambda row: row["method"],
}


def show_forecast(found: Forecast, screen: Screen) -> None:
    """Every part with its plan, last call-off and forecast; then the parts without, and why."""
    days = ", ".join(f"{day} ({_weekday(day, screen)})" for day in found.targets)
    screen.title("forecast.title", targets=days, as_of=found.cutoff)
    columns = [name for name in COLUMNS if name in found.table.columns]
    quantiles = [name for name in found.table.columns if re.fullmatch(r"q[0-9.]+", name)]
    rows = [
        (*(COLUMNS[name](row) for name in columns[:-1]),
         *(_pieces(row[name]) for name in quantiles),
         *(_pieces(row[name]) for name in (*BUILD, OVERRIDE) if name in row),
         row["method"])
        for row in found.table.iter_rows(named=True)
    ]  # fmt: skip
    build = [f"forecast.{name}" for name in BUILD if name in found.table.columns]
    build += ["bookhead.override"] if OVERRIDE in found.table.columns else []
    heads = [f"forecast.{name}" for name in columns[:-1]]
    screen.table([*heads, *quantiles, *build, "forecast.method"], rows)
    show_choice(found, screen)
    if quantiles and found.table[quantiles[0]].is_null().all():
        screen.say("bands.short", style="yellow", days=DAYS)
    if len(found.covered) > 1:
        covered = ", ".join(f"{day} ({_weekday(day, screen)})" for day in found.covered)
        screen.say("cover.days", count=len(found.covered), days=covered)
    show_skipped(found, screen)


def show_choice(found: Forecast, screen: Screen) -> None:
    """Which method, and why."""
    screen.out.print()
    facts: dict[str, Any] = {"method": found.choice.method.name, "targets": found.choice.targets}
    if found.choice.why in ("choice.best", "choice.auto"):
        best = found.choice.scores.row(0, named=True)
        facts |= {"mae": f"{best['mae']:.2f}", "ratio": f"{best['x_plan']:.2f}"}
    screen.say(found.choice.why, **facts)


def show_skipped(found: Forecast, screen: Screen) -> None:
    """Parts that could not be forecast, by reason."""
    parts = found.skipped.unique(["part", "reason"], maintain_order=True)
    for (reason,), group in parts.group_by("reason", maintain_order=True):
        names = [
            f"{row['part']} ({row['since']})"
            if row["since"] and reason == "horizon"
            else row["part"]
            for row in group.iter_rows(named=True)
        ]
        screen.say(f"skipped.{reason}", style="yellow", count=len(names), parts=few(names))


def _pieces(value: float | None) -> Number:
    return Number("–" if value is None else f"{value:,.0f}")


def _weekday(day: np.datetime64, screen: Screen) -> str:
    return screen.text(f"weekday.{date.fromisoformat(str(day)).isoweekday()}")
