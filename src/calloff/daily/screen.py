"""The day's work on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from calloff.daily.overview import line
from calloff.daily.work import Day
from calloff.report.terminal.adding import show_added
from calloff.report.terminal.screen import Number, Screen, few
from calloff.report.words import pieces

CHANGES = 5  # of a customer on the screen


def show_day(day: Day, screen: Screen, out: Path | None = None) -> None:
    """Show what came of a day's work.

    Args:
        day: what came of it.
        screen: where.
        out: the folder of workbooks and reports; None for none.
    """
    fresh = [each for each in day.added.written if not each.known] if day.added else []
    if day.added and (fresh or day.added.refused):
        show_added(replace(day.added, written=tuple(fresh)), screen)
    else:
        screen.note("daily.no_files")
    done = [each.value for each in day.customers if each.value]
    for each in done:
        if each.changed:
            screen.title("daily.changed_of", customer=each.customer, since=each.since)
            heads = ("term.part", "term.target", "daily.plan_before", "term.plan",
                     "daily.forecast_before", "term.forecast")  # fmt: skip
            rows = [_change(row) for row in each.changed[:CHANGES]]
            screen.of(weekly=each.weeks).table(heads, rows)
            if len(each.changed) > CHANGES:
                screen.say("daily.more_changes", count=len(each.changed) - CHANGES, style="dim")
    if done:
        screen.title("daily.customers_head")
        names = ("customer", "as_of", "target", "parts", "plan", "forecast", "doubted", "error",
                 "x_plan")  # fmt: skip
        lines = [line(each, screen.lang) for each in done]
        rows = [(*texts[:3], *map(Number, texts[3:])) for texts in lines]
        screen.table([f"daily.{name}" for name in names], rows)
        screen.say("daily.legend", style="dim")
    _say_what_is_odd(day, screen)
    if out is not None:
        screen.note("daily.written", folder=out)


def _change(row: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("plan_before", "plan", "forecast_before", "forecast")
    return row["part"], str(row["target"]), *(Number(pieces(row[name])) for name in names)


def _say_what_is_odd(day: Day, screen: Screen) -> None:
    for problem in day.notices:
        screen.warned(problem.text(screen.lang))
    for outcome in day.customers:
        found = outcome.value
        if found and found.outdated:
            facts = {"customer": outcome.name, "cutoff": found.cutoff, "newest": found.outdated}
            screen.warn("daily.outdated", **facts)
        for problem in (*found.notices, *found.failed) if found else outcome.problems:
            screen.warned(f"{outcome.name}: {problem.text(screen.lang)}")
    unchanged = [each.name for each in day.customers if each.value and not each.value.new]
    if unchanged:
        screen.note("daily.unchanged", customers=few(unchanged))
