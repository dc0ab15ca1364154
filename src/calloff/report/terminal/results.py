"""A report in a few lines on the screen: what it says first, and where it is."""

from __future__ import annotations

from calloff.report import words
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.terminal.doubts import show_doubts
from calloff.report.terminal.forecast import show_choice, show_skipped
from calloff.report.terminal.screen import Screen


def show_results(found: ForecastSummary, screen: Screen) -> None:
    """Which plans to distrust, by which method, and the parts without a forecast."""
    screen = screen.of(weekly=found.weekly)
    days = found.targets[0], found.as_of
    target, as_of = (words.period(day, screen.lang, weekly=found.weekly) for day in days)
    screen.title("reporthelp.title", target=target, as_of=as_of)
    show_doubts(found, screen)
    show_choice(found.choice, screen)
    show_skipped(found.skipped, screen)
