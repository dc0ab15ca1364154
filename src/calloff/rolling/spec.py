"""What is asked of a forecast, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass

from calloff.texts.errors import fail


@dataclass(frozen=True)
class Spec:
    """lead: days that the supplier needs to react, at least 1."""

    lead: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.lead <= 366:
            raise fail("option.range", name="lead", value=self.lead, low=1, high=366)
