"""One rule for what to make of a plan."""

from __future__ import annotations

import pytest

from calloff.analysis.verdict import VERDICTS, verdict


@pytest.mark.parametrize(
    ("plan", "forecast", "low", "high", "says"),
    [
        (100, 150, 120, 180, "distrust"),
        (200, 150, 120, 180, "distrust"),
        (119.6, 150, 120, 180, "differs"),  # less than half a piece outside
        (120, 150, 120, 180, "differs"),
        (100, 111, None, None, "differs"),
        (100, 110, 90, 120, "agrees"),  # just within a tenth
        (100, 200, None, 120, "differs"),  # half a band is none
        (0, 0.4, 0, 3, "agrees"),
        (0, 0.6, 0, 3, "differs"),
    ],
)
def test_verdicts(
    plan: float, forecast: float, low: float | None, high: float | None, says: str
) -> None:
    assert says in VERDICTS
    assert verdict(plan, forecast, low, high, 0.1) == says
