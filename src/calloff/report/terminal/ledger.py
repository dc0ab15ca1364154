"""Runs, forecasts made again, and the scorecard on the screen."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from calloff.evaluation.scores import score, score_quantiles
from calloff.evaluation.tracking import ALARM
from calloff.ledger.figures import scorecard_figures
from calloff.ledger.repeating import Repeated
from calloff.ledger.runs import Run
from calloff.ledger.scorecard import FORECAST, LAST, Scorecard
from calloff.overrides.table import METHOD as OWN
from calloff.report import words
from calloff.report.summary.card import card_figures, plan_figures, ranges
from calloff.report.summary.scores import group_scores, worst_planned
from calloff.report.terminal.planning_figures import HEADS, figure_cells
from calloff.report.terminal.scores import show_methods
from calloff.report.terminal.screen import Number, Screen, few
from calloff.rolling.answers import PLAN
from calloff.texts.leads import WEEK

NAMES = {FORECAST: "term.forecast", PLAN: "term.plan", LAST: "term.last", OWN: "term.own"}
GROUPS = ("week", "lead", "customer", "part")
FIGURES = ("all", "customer", "part")  # by which the planning trade's figures are shown
WORST = 10  # parts on the screen
RUNS = 30  # on the screen


def show_runs(found: Sequence[Run], screen: Screen) -> None:
    """Show the newest of the runs that were ``found``."""
    if not found:
        screen.say("ledger.none")
        return
    names = ("run", "customer", "as_of", "lead", "method", "made", "version", "engine")
    rows = [(run.id, run.customer, run.cutoff, run.lead, run.method, run.made, run.version,
             run.engine) for run in found[-RUNS:]]  # fmt: skip
    screen.table([f"ledger.{name}" for name in names], rows)
    if len(found) > RUNS:
        screen.note("ledger.older_runs", count=len(found) - RUNS)


def show_repeated(found: Repeated, screen: Screen) -> None:
    """Say whether a forecast that was made again, ``found``, is the same."""
    run = found.run
    facts = {"run": run.id, "customer": run.customer, "cutoff": run.cutoff}
    screen.say("ledger.repeated", rows=f"{run.rows}", **facts)
    if not found.intact:
        screen.say("ledger.changed", style="red", path=run.path)
    if found.equal:
        screen.say("ledger.equal", style="green")
        return
    if found.difference is None:
        screen.say("ledger.other_parts", style="red")
    else:
        screen.say("ledger.unequal", style="red", difference=f"{found.difference:,.6g}")
    if found.removed:
        screen.say("ledger.plans_removed", style="yellow")
    for name, then, now in (("version", run.version, found.version),
                            ("engine", run.engine, found.engine)):  # fmt: skip
        if then != now:
            screen.say(f"ledger.other_{name}", then=then or "-", now=now or "-")


def scorecard_table(card: Scorecard) -> pl.DataFrame:
    """All scores of a scorecard in one table.

    Args:
        card: the scorecard.

    Returns:
        One row per method and group with by ("all", "own numbers", "week", "lead", "customer" or
        "part"), group, and the columns of ``score``; of plans and forecasts, by all, customer and
        part, also those of ``planning_figures``. No rows where nothing has come true.
    """
    tables = []
    for by, table in (("all", card.pairs), ("own numbers", card.own)):
        if table.height:
            tables.append(score(table).with_columns(by=pl.lit(by), group=pl.lit("")))
    for name in GROUPS if card.pairs.height else ():
        scores = score(card.ahead if name == "lead" else card.pairs, [name])
        group = pl.col(name).cast(pl.String)
        tables.append(scores.with_columns(by=pl.lit(name), group=group).drop(name))
    if not tables:
        return pl.DataFrame(schema=dict.fromkeys(("by", "group", "method"), pl.String))
    first = ["by", "group"]
    scores = pl.concat(each.select(*first, pl.exclude(first)) for each in tables)
    figures = pl.concat(_figures(card, name) for name in FIGURES)
    return scores.join(figures, on=[*first, "method"], how="left", maintain_order="left")


def _figures(card: Scorecard, by: str) -> pl.DataFrame:
    """The planning trade's figures, as rows of the table of scores."""
    found = scorecard_figures(card, [] if by == "all" else [by])
    group = pl.lit("") if by == "all" else pl.col(by)
    named = found.with_columns(by=pl.lit(by), group=group).drop(by, "targets", strict=False)
    return named


def show_scorecard(card: Scorecard, screen: Screen) -> None:
    """Show a scorecard.

    Args:
        card: the scorecard.
        screen: where.
    """
    screen = screen.of(weekly=_weekly(card))
    if card.pairs.is_empty():
        screen.say("ledger.nothing_came", waiting=card.waiting)
    else:
        days = card.pairs["target"]
        facts = {"first": days.min(), "last": days.max(), "targets": days.n_unique()}
        screen.title("ledger.title", **facts)
        _show_methods(card.pairs, screen)
        screen.say("scores.legend", style="dim")
        _show_coverage(card, screen)
        _show_own(card, screen)
        _show_figures(card, screen)
        for name in GROUPS:
            if name != "customer" or card.pairs["customer"].n_unique() > 1:
                _show_by(card, name, screen)
        _show_plan_figures(card, screen)
    if card.afterwards:
        screen.warn("ledger.afterwards", count=card.afterwards)
    if card.withdrawn:
        screen.note("ledger.withdrawn", count=card.withdrawn)
    if card.waiting and card.pairs.height:
        screen.note("ledger.waiting", count=card.waiting)
    if card.unscored:
        names = few([part for _, part in card.unscored])
        screen.say("scores.left_out", style="yellow", count=len(card.unscored), parts=names)


def _weekly(card: Scorecard) -> bool:
    """Whether all that came true is of weeks: Mondays, forecast whole weeks ahead."""
    ahead = card.ahead
    return bool(
        ahead.height
        and (ahead["target"].dt.weekday() == 1).all()
        and (ahead["lead"] % WEEK == 0).all()
    )


def _show_methods(table: pl.DataFrame, screen: Screen) -> None:
    """The methods of a long table overall. They get their names when they have been scored, as the
    scores know the plan by its own."""
    names = {method: screen.text(key) for method, key in NAMES.items()}
    show_methods(score(table).with_columns(pl.col("method").replace(names)), screen)


def _show_coverage(card: Scorecard, screen: Screen) -> None:
    """How many call-offs lay within the range."""
    ours = card.pairs.filter(pl.col("method") == FORECAST)
    if not (levels := ranges(ours)):
        return
    (found,) = score_quantiles(ours, levels).iter_rows(named=True)
    low, high = (f"{float(levels[at][1:]):g} %" for at in (0, -1))
    facts = {"low": low, "high": high, "coverage": f"{found['coverage']:.1%}"}
    screen.say("ledger.coverage", pairs=found["pairs"], **facts)


def _show_own(card: Scorecard, screen: Screen) -> None:
    if card.own.height:
        screen.title("ledger.own_title")
        _show_methods(card.own, screen)


def _show_figures(card: Scorecard, screen: Screen) -> None:
    """The planning trade's figures of plan and forecast."""
    screen.title("ledger.figures_title")
    rows = [figure_cells(screen.text(NAMES[row.level]), row) for row in card_figures(card)]
    screen.table(["term.method", *(f"term.{name}" for name in HEADS[1:])], rows)
    screen.say("figures.legend", style="dim", alarm=f"{ALARM:g}", mark=words.ALARM)


def _show_plan_figures(card: Scorecard, screen: Screen) -> None:
    """Those of the plans of each customer where there are several, and of the parts with the
    largest plan error."""
    worst = worst_planned(card.ahead)["part"].head(WORST).to_list()
    customers = plan_figures(card, "customer")
    parts = {row.name: row for row in plan_figures(card, "part")}
    shown = [*(customers if len(customers) > 1 else ()), *(parts[name] for name in worst)]
    screen.title("ledger.plan_figures_title", count=len(worst))
    rows = [figure_cells(row.name, row) for row in shown]
    screen.table([f"term.{name}" for name in HEADS], rows)


def _show_by(card: Scorecard, by: str, screen: Screen) -> None:
    """Errors by group; of parts those with the largest plan error."""
    table = card.ahead if by == "lead" else card.pairs
    worst = worst_planned(table)["part"].head(WORST).to_list() if by == "part" else None
    found = group_scores(table, by, worst)
    screen.title(f"ledger.by_{by}", count=WORST)
    rows = [
        (Number(str(key)) if by == "lead" else str(key), found.pairs[at],
         *(mae[at] for mae in found.mae.values()))
        for at, key in enumerate(found.keys)
    ]  # fmt: skip
    head = f"ledger.{by}" if by in ("week", "customer") else f"term.{by}"
    screen.table((head, "term.pairs", *(NAMES[method] for method in found.mae)), rows)
