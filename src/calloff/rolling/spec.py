"""What is asked of a forecast, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass

from calloff.texts.arguments import require, whole

LONGEST = 366  # days


@dataclass(frozen=True)
class Spec:
    """What is asked of a forecast.

    Attributes:
        lead: calendar days that the supplier needs to react, from 1 to 366.

    Raises:
        CalloffError: the lead is no such number.
    """

    lead: int = 3

    def __post_init__(self) -> None:
        require(whole(self.lead, "lead", 1, LONGEST))
