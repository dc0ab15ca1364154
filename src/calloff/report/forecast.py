"""A forecast on the screen."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from calloff.forecasting import Forecast
from calloff.report.inspection import few
from calloff.screen import Number, Screen


def show_forecast(found: Forecast, screen: Screen) -> None:
    """Every part with its plan, last call-off and forecast; then the parts without, and why."""
    days = ", ".join(f"{day} ({_weekday(day, screen)})" for day in found.targets)
    screen.title("forecast.title", targets=days, as_of=found.cutoff)
    rows = [
        (
            row["part"],
            str(row["target"]),
            str(row["origin"]),
            row["lead"],
            Number(f"{row['plan']:,.0f}"),
            None if row["last"] is None else Number(f"{row['last']:,.0f}"),
            Number(f"[bold]{row['forecast']:,.1f}[/]"),
            Number(_change(row["forecast"] - row["plan"])),
            row["method"],
        )
        for row in found.table.iter_rows(named=True)
    ]
    names = ("part", "target", "origin", "lag", "plan", "last", "forecast", "change", "method")
    screen.table([f"forecast.{name}" for name in names], rows)
    show_choice(found, screen)
    show_skipped(found, screen)


def show_choice(found: Forecast, screen: Screen) -> None:
    """Which method, and why."""
    screen.out.print()
    facts: dict[str, Any] = {"method": found.choice.method.name, "targets": found.choice.targets}
    if found.choice.why == "choice.best":
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


def _change(change: float) -> str:
    colour = "default" if abs(change) < 0.5 else "green" if change > 0 else "red"
    return f"[{colour}]{change:+,.1f}[/]"


def _weekday(day: np.datetime64, screen: Screen) -> str:
    return screen.text(f"weekday.{date.fromisoformat(str(day)).isoweekday()}")
