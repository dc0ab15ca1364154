"""Which plans to distrust, and why, on the screen."""

from __future__ import annotations

from calloff.report import words
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.terminal.screen import Number, Screen

MOST = 10  # plans with their reasons; the report and the workbook have all


def show_doubts(found: ForecastSummary, screen: Screen) -> None:
    """How many plans for the first target day, and the largest of them with range and reasons."""
    screen.out.print()
    screen.line(words.counts(found, screen.lang))
    doubted = [row for row in found.first if row.verdict == "distrust"]
    if not doubted:
        return
    rows = [
        (
            row.part,
            Number(words.pieces(row.plan)),
            Number(words.span(row.low, row.high)),
            " · ".join(words.why(reason, screen.lang, weekly=screen.weekly) for reason in row.why),
        )
        for row in doubted[:MOST]
    ]
    screen.table([f"term.{name}" for name in ("part", "plan", "range", "why")], rows)
    if len(doubted) > MOST:
        screen.say("verdict.more", style="dim", count=len(doubted) - MOST)
