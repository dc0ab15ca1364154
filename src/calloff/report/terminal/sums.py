"""Sums of a forecast by plant, customer, product group or class, on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calloff.report import words
from calloff.report.summary.forecast import ForecastSummary
from calloff.report.summary.labels import Labels
from calloff.report.summary.plan_list import PlanRow, target_day
from calloff.report.terminal.screen import Number, Screen


def show_sums(found: ForecastSummary, labels: Labels, by: str, screen: Screen) -> None:
    """Plan, forecast and what is built of each plant, customer, product group or class (``by``),
    a line for each target day; that the parts do not differ in it, where they do not."""
    if by not in labels.texts:
        screen.warn("sums.none", name=by)
        return
    screen = screen.of(weekly=found.weekly)
    groups: dict[str, list[PlanRow]] = {}
    for row in found.rows:
        groups.setdefault(labels.of(by, row.part), []).append(row)
    screen.title("sums.title", by=screen.text(f"term.{by}"))
    named = sorted(groups, key=lambda name: (not name, name))
    lines = [
        (name or screen.text("sums.rest"), *cells)
        for name in named
        for cells in _lines(found, groups[name])
    ]
    heads = ["term.target", "sums.parts", "term.plan", "term.forecast", "term.deviation"]
    built = ["term.build", "term.final"] if found.building else []
    screen.table([f"term.{by}", *heads, *built], lines)
    if by == "abc":
        screen.say("sums.by_value" if labels.by_value else "sums.by_pieces")


def _lines(found: ForecastSummary, rows: Sequence[PlanRow]) -> list[tuple[object, ...]]:
    pieces: Callable[[float | None], Number] = lambda value: Number(words.pieces(value))  # noqa: E731
    days = [target_day(target, rows) for target in found.targets]
    return [
        (str(day.target), day.plans, pieces(day.plan), pieces(day.forecast), pieces(day.deviation),
         *((pieces(day.build), pieces(day.final)) if found.building else ()))
        for day in days if day.plans
    ]  # fmt: skip
