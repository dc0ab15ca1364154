"""Forecast value added, step by step, on the screen."""

from __future__ import annotations

from typing import Any

import polars as pl

from calloff.evaluation.scores import SHARE
from calloff.report import words
from calloff.report.terminal.screen import Number, Screen


def show_value_added(found: pl.DataFrame, overridden: pl.DataFrame, screen: Screen) -> None:
    """One line per step on all pairs; then, where there are any, on the pairs with an own
    number."""
    screen.title("added.title", pairs=f"{found['pairs'][0]:,}")
    _table(found, screen)
    if overridden.height:
        screen.title("added.own_title", pairs=f"{overridden['pairs'][0]:,}")
        _table(overridden, screen)
    if found["added_low"].is_not_null().any():
        screen.say("added.interval_legend", style="dim", share=f"{SHARE:.0%}")
    else:
        screen.say("added.legend", style="dim")


def _table(found: pl.DataFrame, screen: Screen) -> None:
    rows = [
        (
            words.method(row["method"], screen.lang),
            Number(words.ratio(row["mae"])),
            Number(_coloured(row["added"])),
            Number(words.change(row["added_share"])),
            Number(_interval(row)),
        )
        for row in found.iter_rows(named=True)
    ]
    heads = ("step", "mae", "added", "added_share", "interval")
    ranged = found["added_low"].is_not_null().any()
    shown = len(heads) if ranged else -1
    screen.table([f"term.{name}" for name in heads[:shown]], [row[:shown] for row in rows])


def _coloured(added: float | None) -> str:
    text = words.signed(added)
    colour = "green" if text.startswith("+") else "red" if text.startswith("-") else "default"
    return f"[{colour}]{text}[/]"


def _interval(row: dict[str, Any]) -> str:
    if row["added_low"] is None:
        return words.UNKNOWN
    return f"{words.signed(row['added_low'])} – {words.signed(row['added_high'])}"
