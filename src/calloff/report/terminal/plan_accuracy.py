"""How good the plans were, on the screen."""

from __future__ import annotations

from calloff.report import words
from calloff.report.summary.accuracy import AccuracySummary, LeadAccuracy, TodaysPlan
from calloff.report.terminal.screen import Number, Screen
from calloff.texts.leads import lead_name, say_lead

WORST = 20


def show_plan_accuracy(found: AccuracySummary, screen: Screen) -> None:
    """Today's plans, the largest usual error first; then all parts together, by lead."""
    screen = screen.of(weekly=found.weekly)
    within = screen.text("term.inside", tolerance=words.share(found.tolerance))
    if found.today:
        first = found.today[:WORST]
        count, lag = len(first), min(plan.lag for plan in found.today)
        target = words.period(first[0].target, screen.lang, weekly=found.weekly)
        screen.title("trust.title", target=target, count=count, all=len(found.today))
        heads = ("part", "lag", "plan", "expected", "usual", "inside", "changed", "days")
        screen.table(_heads(heads, within), [_today(plan, found.weekly) for plan in first])
        screen.say(
            "trust.legend",
            style="dim",
            lag=say_lead(lag, screen.lang, weekly=found.weekly),
            tolerance=words.share(found.tolerance),
        )
    screen.title("trust.leads")
    heads = ("lead", "bias", "wape", "inside", "changed", "change", "drift", "pairs")
    screen.table(_heads(heads, within), [_lead(each, found.weekly) for each in found.leads])


def _heads(names: tuple[str, ...], within: str) -> list[str]:
    return [within if name == "inside" else f"term.{name}" for name in names]


def _today(plan: TodaysPlan, weekly: bool) -> tuple[object, ...]:
    return (
        plan.part,
        Number(lead_name(plan.lag, weekly=True)) if weekly else plan.lag,
        Number(words.pieces(plan.plan)),
        Number(words.pieces(plan.expected)),
        Number(f"[bold]{words.tenths(plan.usual)}[/]"),
        Number(words.share(plan.inside)),
        Number(words.share(plan.changed)),
        plan.days,
    )


def _lead(each: LeadAccuracy, weekly: bool) -> tuple[object, ...]:
    return (
        Number(lead_name(each.lead, weekly=weekly)),
        _number(each.bias, "{:+,.2f}"),
        _number(each.wape, "{:.1%}"),
        Number(words.share(each.inside)),
        Number(words.share(each.changed)),
        Number(words.tenths(each.change)),
        _number(each.drift, "{:+,.2f}"),
        each.pairs,
    )


def _number(value: float | None, pattern: str) -> Number:
    return Number(words.UNKNOWN if value is None else pattern.format(value))
