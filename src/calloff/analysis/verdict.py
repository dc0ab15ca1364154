"""Whether to believe a plan, given what was forecast: one rule for everything that shows one."""

from __future__ import annotations

VERDICTS = ("distrust", "differs", "agrees")
HALF = 0.5  # half a piece is no news


def verdict(
    plan: float, forecast: float, low: float | None, high: float | None, tolerance: float
) -> str:
    """Decide whether to believe a plan beside a forecast.

    Args:
        plan: the plan, in pieces.
        forecast: the forecast, in pieces.
        low: lower end of the forecast's range, in pieces; None where unknown.
        high: its upper end, in pieces; None where unknown.
        tolerance: share of the plan by which the two may differ.

    Returns:
        "distrust" where the plan lies outside the range by more than half a piece, "differs" where
        it is farther from the forecast than tolerance and half a piece, else "agrees".
    """
    if low is not None and high is not None and not low - HALF <= plan <= high + HALF:
        return "distrust"
    return "differs" if abs(forecast - plan) > max(tolerance * plan, HALF) else "agrees"
