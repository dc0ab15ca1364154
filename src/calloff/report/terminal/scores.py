"""A backtest's scores on the screen and as one long table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from calloff.data.triangle import Triangle
from calloff.evaluation.comparison import ENOUGH, compare
from calloff.evaluation.scores import SHARE, score, score_building, score_quantiles, score_ranges
from calloff.report import words
from calloff.report.summary.scores import group_scores, worst_planned
from calloff.report.terminal.screen import Number, Screen, few
from calloff.rolling.long_table import quantile_name
from calloff.rolling.spec import Spec
from calloff.texts.leads import lead_name, say_lead

GROUPS = ("lag", "weekday", "part")
WORST = 10  # parts on the screen


def all_scores(
    table: pl.DataFrame,
    overridden: pl.DataFrame | None = None,
    added: Sequence[pl.DataFrame] = (),
) -> pl.DataFrame:
    """Scores overall, by lag, weekday and part in one table: by, group, method, mae, ...; and
    those of ``overridden`` pairs alone, where all methods stand beside the planner's numbers.
    The interval of the ratio to the plan is known overall only. Last the steps of the value
    ``added``, on all pairs and on those with an own number."""
    tables = [_with_intervals(table).with_columns(by=pl.lit("all"), group=pl.lit(""))]
    if overridden is not None and overridden.height:
        scores = _with_intervals(overridden)
        tables.append(scores.with_columns(by=pl.lit("overridden"), group=pl.lit("")))
    for name in GROUPS:
        scores = score(table, [name])
        group = pl.col(name).cast(pl.String)
        tables.append(scores.with_columns(by=pl.lit(name), group=group).drop(name))
    for pairs, steps in zip(("all", "overridden"), added, strict=False):
        tables.append(steps.with_columns(by=pl.lit("value_added"), group=pl.lit(pairs)))
    first = ["by", "group"]
    return pl.concat((t.select(*first, pl.exclude(first)) for t in tables), how="diagonal")


def show_scores(table: pl.DataFrame, triangle: Triangle, spec: Spec, screen: Screen) -> None:
    """The methods overall, then their errors by lag, weekday and part."""
    targets = table["target"].unique().sort()
    weekly = screen.weekly
    first, last = (words.period(targets[at], screen.lang, weekly=weekly) for at in (0, -1))
    lead = say_lead(spec.lead, screen.lang, weekly=True) if weekly else spec.lead
    screen.title("scores.title", lead=lead, first=first, last=last, targets=len(targets))
    scores = _with_intervals(table)
    show_methods(scores, screen)
    screen.say("scores.legend", style="dim")
    if _has_interval(scores):
        screen.say("scores.interval_legend", style="dim", share=f"{SHARE:.0%}")
    weekday = lambda number: screen.text(f"weekday.{number}")  # noqa: E731
    _show_by(table, "lag", screen, lambda lag: lead_name(lag, weekly=True) if weekly else f"{lag}")
    if not weekly:  # a week's plan belongs to its week, whatever day it is written as
        _show_by(table, "weekday", screen, weekday)
    _show_by(table, "part", screen, str)
    left_out = [p for p, out in zip(triangle.parts, triangle.unscored, strict=True) if out]
    if left_out:
        screen.out.print()
        screen.say("scores.left_out", style="yellow", count=len(left_out), parts=few(left_out))


def show_methods(scores: pl.DataFrame, screen: Screen) -> None:
    """One line per method: error, ratio to the plan and (where known) its interval, bias, WAPE,
    pairs."""
    ranged = _has_interval(scores)
    rows = [
        (
            words.method(row["method"], screen.lang),
            row["mae"],
            Number(_ratio(row["x_plan"])),
            *([_interval(row)] if ranged else []),
            Number(f"{row['bias']:+,.2f}"),
            Number("–" if row["wape"] is None else f"{row['wape']:.1%}"),
            row["pairs"],
            row["stand_ins"],
        )
        for row in scores.iter_rows(named=True)
    ]
    names = ["method", "mae", "x_plan", "bias", "wape", "pairs", "stand_ins"]
    if ranged:
        names.insert(3, "interval")
    screen.table([f"term.{name}" for name in names], rows)


def show_comparison(table: pl.DataFrame, triangle: Triangle, spec: Spec, screen: Screen) -> None:
    """How far each method is from the best one, and whether the days can tell."""
    best = score(table).sort("mae", maintain_order=True)["method"][0]
    found = compare(table, best, steps=-(-spec.lead // triangle.cadence))
    known = found.drop_nulls("low").sort("difference", maintain_order=True)
    if not len(known):
        return
    screen.title("compare.title", method=words.method(best, screen.lang))
    rows = [
        (
            words.method(row["method"], screen.lang),
            row["difference"],
            Number(f"{row['low']:+,.2f} – {row['high']:+,.2f}"),
            Number("–" if row["p"] is None else f"{row['p']:.3f}"),
        )
        for row in known.iter_rows(named=True)
    ]
    screen.table([f"term.{name}" for name in ("method", "difference", "interval", "p")], rows)
    screen.say("compare.legend", style="dim", share=f"{SHARE:.0%}", days=ENOUGH)


def show_quantiles(table: pl.DataFrame, levels: Sequence[float], screen: Screen) -> None:
    """How sure each method was, and whether it had a right to be."""
    names = [quantile_name(level) for level in levels]
    scores = score_quantiles(table, names)
    share = f"{max(levels) - min(levels):.0%}"
    screen.title("quantiles.title", low=f"{min(levels):.0%}", high=f"{max(levels):.0%}")
    rows = [
        (
            row["method"],
            row["pinball"],
            Number(f"{row['coverage']:.1%}"),
            row["width"],
            row["pairs"],
        )
        for row in scores.iter_rows(named=True)
    ]
    heads = ("method", "pinball", "coverage", "width", "pairs")
    screen.table([f"term.{name}" for name in heads], rows)
    screen.say("quantiles.legend", style="dim", share=share)


def show_building(table: pl.DataFrame, level: float, screen: Screen) -> None:
    """What building to a quantile would have given."""
    screen.title("building.title", level=f"{level:.0%}")
    _building(table, level, screen)


def show_cover(table: pl.DataFrame, days: int, level: float, screen: Screen) -> None:
    """The same of building for several target days together."""
    count = table["evening"].n_unique()
    screen.title("cover.title", days=days, level=f"{level:.0%}", count=count)
    _building(table, level, screen)


def _building(table: pl.DataFrame, level: float, screen: Screen) -> None:
    scores = score_building(table, quantile_name(level))
    rows = [
        (
            row["method"],
            Number(f"{row['served']:.1%}"),
            int(row["short"]),
            int(row["over"]),
            row["pairs"],
        )
        for row in scores.iter_rows(named=True)
    ]
    figures = [f"building.{name}" for name in ("served", "short", "over")]
    screen.table(["term.method", *figures, "term.pairs"], rows)


def _with_intervals(table: pl.DataFrame) -> pl.DataFrame:
    """The scores of each method, with x_low and x_high beside x_plan."""
    return score(table).join(score_ranges(table), on="method", how="left", maintain_order="left")


def _has_interval(scores: pl.DataFrame) -> bool:
    """Whether an interval is known for any method."""
    return "x_low" in scores.columns and scores["x_low"].is_not_null().any()


def _interval(row: dict[str, Any]) -> Number:
    if row["x_low"] is None:
        return Number("–")
    return Number(f"{row['x_low']:.2f}–{row['x_high']:.2f}")


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "–"
    colour = "green" if ratio < 0.995 else "red" if ratio > 1.005 else "default"
    return f"[{colour}]{ratio:.2f}[/]"


def _show_by(table: pl.DataFrame, by: str, screen: Screen, name: Callable[[int], str]) -> None:
    """Errors of all methods, one line per group; of parts those with the largest plan error."""
    worst = worst_planned(table)["part"].head(WORST).to_list() if by == "part" else None
    found = group_scores(table, by, worst)
    screen.title(f"scores.by_{by}", count=WORST)
    rows = [
        (name(key), found.pairs[at], *(mae[at] for mae in found.mae.values()))
        for at, key in enumerate(found.keys)
    ]
    screen.table((f"term.{by}", "term.pairs", *found.mae), rows)
