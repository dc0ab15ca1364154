"""A planner's own numbers in a backtest, on the screen."""

from __future__ import annotations

from calloff.evaluation.scores import score
from calloff.overrides.table import METHOD, Beside
from calloff.report.terminal.scores import show_methods
from calloff.report.terminal.screen import Screen
from calloff.rolling.spec import Spec
from calloff.texts.leads import say_lead


def show_beside(found: Beside, given: int, spec: Spec, screen: Screen) -> None:
    """All methods on the pairs that have an override; then what does not count, and why."""
    pairs = found.pairs.filter(method=METHOD).height if found.pairs.height else 0
    screen.title("overrides.title", pairs=pairs, given=given)
    if pairs:
        show_methods(score(found.pairs), screen)
    else:
        screen.say("overrides.none", given=given)
    for reason, group in found.refused.group_by("reason", maintain_order=True):
        facts = {
            "count": group.height,
            "lead": say_lead(spec.lead, screen.lang, weekly=screen.weekly),
        }
        screen.say(f"overrides.{reason[0]}", style="yellow", **facts)
