"""A forecast on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from calloff.report import words
from calloff.report.summary.forecast import ChoiceSummary, ForecastSummary, Skipped
from calloff.report.summary.plan_list import PlanRow
from calloff.report.terminal.doubts import show_doubts
from calloff.report.terminal.screen import Number, Screen, few
from calloff.rolling.long_table import quantile_name
from calloff.texts.leads import lead_name
from calloff.uncertainty.conformal import DAYS

Cell = Callable[[PlanRow], object]
BUILD: dict[str, Cell] = {
    "build": lambda row: Number(words.pieces(row.build)),
    "shortage": lambda row: Number(words.pieces(row.shortage)),
    "surplus": lambda row: Number(words.pieces(row.surplus)),
}


def show_forecast(found: ForecastSummary, screen: Screen) -> None:
    """Every part with plan, last call-off, forecast and verdict, the largest deviation first; the
    plans to distrust, and why; then the parts without a forecast."""
    screen = screen.of(weekly=found.weekly)
    if found.newest:
        why = "copied" if found.copied else "unread"
        screen.say(f"older.{why}", style="yellow", newest=_period(found.newest, found, screen),
                   as_of=_period(found.as_of, found, screen))  # fmt: skip
    named = ", ".join(_named(day, found, screen) for day in found.targets)
    as_of = _period(found.as_of, found, screen)
    screen.title("forecast.title", targets=named, as_of=as_of)
    columns = _columns(found, screen)
    rows = [tuple(cell(row) for cell in columns.values()) for row in found.rows]
    screen.table(list(columns), rows)
    show_doubts(found, screen)
    show_choice(found.choice, screen)
    show_totals(found, screen)
    if found.levels and all(row.quantiles[0] is None for row in found.rows):
        screen.say("bands.short", style="yellow", days=DAYS)
    for days in found.covered:
        if len(days) > 1:
            covered = ", ".join(_named(day, found, screen) for day in days)
            screen.say("cover.days", count=len(days), days=covered)
    show_skipped(found.skipped, screen)


def _columns(found: ForecastSummary, screen: Screen) -> dict[str, Cell]:
    """Head -> cell. The heading names the target day; a column does where there are several."""
    own = any(row.override is not None for row in found.rows)
    several: dict[str, Cell] = {"term.target": lambda row: str(row.target)}
    final: dict[str, Cell] = {"term.final": lambda row: Number(words.pieces(row.final))}
    return {
        "term.part": lambda row: row.part,
        **(several if len(found.targets) > 1 else {}),
        "term.lag": lambda row: _lag(row.lag, screen),
        "term.plan": lambda row: Number(words.pieces(row.plan)),
        "term.last": lambda row: Number(words.pieces(row.last)),
        "term.forecast": lambda row: Number(f"[bold]{words.tenths(row.forecast)}[/]"),
        **{quantile_name(level): _quantile(at) for at, level in enumerate(found.levels)},
        **(_stock(screen) if found.building and found.stocked else {}),
        **({f"term.{name}": cell for name, cell in BUILD.items()} if found.building else {}),
        **({"term.own": lambda row: Number(words.pieces(row.override))} if own else {}),
        **(final if own and found.building else {}),
        "term.verdict": lambda row: words.verdict(row.verdict, screen.lang),
        "term.method": lambda row: row.method,
    }


def _stock(screen: Screen) -> dict[str, Cell]:
    """On hand, and what of it is there for the target day."""

    def cell(name: str) -> Cell:
        return lambda row: Number(words.stock(getattr(row, name), row.build, screen.lang))

    return {f"term.{name}": cell(name) for name in ("stock", "projected")}


def show_totals(found: ForecastSummary, screen: Screen) -> None:
    """What is built of all parts for each target day, and finally, where there are own numbers; the
    parts whose stock does not last until that day, or cannot be projected to it as a whole."""
    for day in found.days:
        if found.building and day.final is not None:
            names = ("plan", "forecast", "build")
            sums = {name: words.pieces(getattr(day, name)) for name in names}
            screen.say("total.build", target=_named(day.target, found, screen), **sums)
            if day.own:
                screen.say("total.final", final=words.pieces(day.final), count=day.own)
        _show_stock(found, day.target, screen)


def _show_stock(found: ForecastSummary, day: date, screen: Screen) -> None:
    lacking = [f"{row.part} ({words.pieces(row.projected)})" for row in found.lacking(day)]
    for key, parts in (("stock.lacking", lacking), ("stock.unsaid", found.unsaid.get(day, ()))):
        if parts:
            target = _named(day, found, screen)
            facts: dict[str, object] = {"count": len(parts), "target": target}
            screen.say(key, style="yellow", parts=few(parts), **facts)


def _lag(days: int, screen: Screen) -> object:
    return Number(lead_name(days, weekly=True)) if screen.weekly else days


def _quantile(at: int) -> Cell:
    return lambda row: Number(words.pieces(row.quantiles[at]))


def show_choice(found: ChoiceSummary, screen: Screen) -> None:
    """Which method, and why."""
    screen.out.print()
    screen.line(words.choice(found, screen.lang, weekly=screen.weekly))


def show_skipped(found: Sequence[Skipped], screen: Screen) -> None:
    """Parts that could not be forecast, by reason."""
    reasons: dict[str, dict[str, Skipped]] = {}
    for row in found:  # of several target days the first
        reasons.setdefault(row.reason, {}).setdefault(row.part, row)
    for reason, parts in reasons.items():
        names = [
            f"{name} ({row.since})" if row.since and reason == "horizon" else name
            for name, row in parts.items()
        ]
        facts = {"count": len(names), "parts": few(names)}
        screen.say("skip.all", style="yellow", reason=screen.text(f"skip.{reason}"), **facts)


def _period(day: date, found: ForecastSummary, screen: Screen) -> str:
    return words.period(day, screen.lang, weekly=found.weekly)


def _named(day: date, found: ForecastSummary, screen: Screen) -> str:
    """A target day with its weekday; the week that it begins, where the customer plans by weeks."""
    if found.weekly:
        return words.week(day, screen.lang)
    return f"{day} ({screen.text(f'weekday.{day.isoweekday()}')})"
