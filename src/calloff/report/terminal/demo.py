"""The demo's summary: what was found, and where to look."""

from __future__ import annotations

from calloff.report.demo import BACKTEST, EXPORT, FORECAST, INSPECTION, Demo
from calloff.report.terminal.doubts import show_doubts
from calloff.report.terminal.forecast import show_choice, show_skipped
from calloff.report.terminal.inspection import spans
from calloff.report.terminal.scores import show_methods
from calloff.report.terminal.screen import Screen

FILES = {
    EXPORT: "demo.export",
    INSPECTION: "demo.inspection",
    BACKTEST: "demo.backtest",
    FORECAST: "demo.forecast_file",
}


def show_demo(outcome: Demo, screen: Screen) -> None:
    """A page: the customer, the scores, the forecast, what to distrust, the files."""
    found, forecast = outcome.inspection, outcome.summary.forecast
    screen.title("demo.title")
    screen.say(
        "demo.found",
        rows=f"{found.rows:,}",
        used=f"{found.rows_used:,}",
        parts=found.parts,
        first=found.first_day,
        last=found.last_day,
    )
    stale = len(found.stale_days)
    screen.say("demo.stale", stale=stale, days=found.issue_days, span=spans(found.stale_days)[-1])
    screen.say("demo.conflicts", parts=", ".join(found.conflicts), cells=len(found.faults))
    screen.title("demo.scores", targets=outcome.targets)
    show_methods(outcome.scores, screen)
    screen.title("demo.forecast", targets=", ".join(map(str, forecast.targets)))
    show_doubts(forecast, screen)
    show_choice(forecast.choice, screen)
    show_skipped(forecast.skipped, screen)
    screen.title("demo.files", folder=outcome.folder)
    screen.table(
        ("demo.file", "demo.what"),
        [(str(outcome.folder / name), screen.text(key)) for name, key in FILES.items()],
    )
    screen.say("demo.next", file=outcome.folder / EXPORT)
