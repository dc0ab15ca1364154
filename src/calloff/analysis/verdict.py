"""Whether to believe a plan, given what was forecast: one rule for everything that shows one."""

from __future__ import annotations

VERDICTS = ("distrust", "differs", "agrees")
HALF = 0.5  # half a piece is no news


def verdict(
    plan: float, forecast: float, low: float | None, high: float | None, tolerance: float
) -> str:
    """What to make of a plan, all in pieces. "distrust": it lies outside the range from low to
    high (None where unknown); "differs": it is further from the forecast than ``tolerance`` (a
    share of the plan); "agrees": neither."""
    if low is not None and high is not None and not low - HALF <= plan <= high + HALF:
        return "distrust"
    return "differs" if abs(forecast - plan) > max(tolerance * plan, HALF) else "agrees"
