"""An results in a few lines on the screen: what its report says, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calloff.planning.forecast import Forecast
from calloff.report.terminal.forecast import show_choice, show_skipped
from calloff.report.terminal.screen import Screen


def show_results(found: Forecast, rows: Sequence[dict[str, Any]], screen: Screen) -> None:
    """How many plans to distrust, and by which method; rows: the report's list."""
    target = str(found.targets[0])
    first = [row["verdict"] for row in rows if row["target"] == target]
    screen.title("reporthelp.title", target=target, as_of=found.cutoff)
    screen.say("reporthelp.distrust", count=first.count("distrust"), all=len(first))
    show_choice(found, screen)
    show_skipped(found, screen)
