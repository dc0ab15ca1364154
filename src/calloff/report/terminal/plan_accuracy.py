"""PlanAccuracy in the plan on the screen."""

from __future__ import annotations

import polars as pl

from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.report.terminal.screen import Number, Screen

WORST = 20


def show_plan_accuracy(found: PlanAccuracy, screen: Screen) -> None:
    """Today's plans, the least believable first; then all parts together, by lead."""
    today = found.today
    tolerance = f"{found.tolerance:.0%}"
    if today.height:
        first = today.head(WORST)
        target, lead = today["target"][0], int(today["lead"].min())  # type: ignore[arg-type]
        screen.title("trust.title", target=target, count=first.height, all=today.height)
        rows = [_today(row) for row in first.iter_rows(named=True)]
        names = ("part", "lead", "plan", "expected", "deviation", "inside", "changed", "pairs")
        screen.table([f"trust.{name}" for name in names], rows)
        screen.say("trust.legend", style="dim", lead=lead, tolerance=tolerance)
    screen.title("trust.leads")
    names = ("lead", "bias", "wape", "inside", "changed", "change", "drift", "pairs")
    rows = [_lead(row) for row in by_lead(found).iter_rows(named=True)]
    screen.table([f"trust.{name}" for name in names], rows)


def by_lead(found: PlanAccuracy) -> pl.DataFrame:
    """All parts together: each figure weighted by the pairs or plans behind it."""

    def mean(name: str, weight: str) -> pl.Expr:
        known = pl.col(name).is_not_null()
        weights = pl.col(weight).filter(known)
        return (pl.col(name).filter(known) * weights).sum() / weights.sum()

    wape = (pl.col("mae") * pl.col("pairs")).sum() / (pl.col("call_off") * pl.col("pairs")).sum()
    table = found.by_lead.group_by("lead", maintain_order=True).agg(
        bias=mean("bias", "pairs"),
        wape=wape,
        inside=mean("inside", "pairs"),
        changed=mean("changed", "plans"),
        change=mean("change", "plans"),
        drift=mean("drift", "plans"),
        pairs=pl.col("pairs").sum(),
    )
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _today(row: dict[str, float]) -> tuple[object, ...]:
    return (
        row["part"],
        row["lead"],
        _number(row["plan"], "{:,.0f}"),
        _number(row["expected"], "{:,.0f}"),
        _number(row["deviation"], "[bold]{:,.1f}[/]"),
        _number(row["inside"], "{:.0%}"),
        _number(row["changed"], "{:.0%}"),
        row["pairs"],
    )


def _lead(row: dict[str, float]) -> tuple[object, ...]:
    return (
        Number(f"D+{row['lead']}"),
        _number(row["bias"], "{:+,.2f}"),
        _number(row["wape"], "{:.1%}"),
        _number(row["inside"], "{:.0%}"),
        _number(row["changed"], "{:.0%}"),
        _number(row["change"], "{:,.1f}"),
        _number(row["drift"], "{:+,.2f}"),
        row["pairs"],
    )


def _number(value: float | None, pattern: str) -> Number:
    return Number("–" if value is None else pattern.format(value))
