"""The planning trade's figures, on the screen."""

from __future__ import annotations

from calloff.evaluation.tracking import ALARM
from calloff.report import words
from calloff.report.summary.planning_figures import FigureRow, FiguresSummary
from calloff.report.terminal.screen import Number, Screen

WORST = 10  # parts on the screen
HEADS = ("part", "index_by_target", "index_by_volume", "weighted_bias", "instability",
         "tracking_signal", "trigg_signal")  # fmt: skip


def show_figures(found: FiguresSummary, screen: Screen) -> None:
    """All parts and each customer, then the parts with the largest usual error."""
    first = found.parts[:WORST]
    screen.title("figures.title", count=len(first), all=len(found.parts))
    rows = [figure_cells(words.figure_name(row.level, row.name, screen.lang), row)
            for row in (*found.groups, *first)]  # fmt: skip
    screen.table([f"term.{name}" for name in HEADS], rows)
    screen.say("figures.legend", style="dim", alarm=f"{ALARM:g}", mark=words.ALARM)


def figure_cells(name: str, row: FigureRow) -> tuple[object, ...]:
    """The cells of a line of figures.

    Args:
        name: what they are of.
        row: the figures.

    Returns:
        The name, and a cell for each figure.
    """
    colour = "red" if row.alarm else "default"
    return (
        name,
        Number(words.share(row.index_by_target)),
        Number(words.share(row.index_by_volume)),
        Number(words.signed(row.weighted_bias)),
        Number(words.share(row.instability)),
        Number(f"[{colour}]{words.tracking(row.tracking_signal, row.alarm)}[/]"),
        Number(words.signed(row.trigg_signal)),
    )
