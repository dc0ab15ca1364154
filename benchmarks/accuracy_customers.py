"""The customers that methods are judged on: real ones, where their files are, and the bank."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import calloff
from calloff.synth import BANK, bank

FIRST_REAL = (
    "The public data set of a Korean supplier of car parts: 117 parts, 40 issue days of which 14 "
    "are stale copies, half days on which only some lines work."
)
SECOND_REAL = (
    "A maker of microprocessors, 301 parts over 120 weeks (Manary & Willems 2022): one plan for "
    "each week, four weeks before it, for some parts six times too high for years; many parts come "
    "and go."
)
QUICK = 4  # target days of a quick run


@dataclass(frozen=True)
class Case:
    """A customer and what is asked of it.

    customer: cases of one customer share it; lead: in calendar days; first and last: target days;
    targets: so many of the last of these only (0: all); file: of a real customer.
    """

    name: str
    customer: str
    about: str
    lead: int
    first: str | None = None
    last: str | None = None
    targets: int = 0
    file: str | None = None
    excluded: tuple[str, ...] = ()

    def triangle(self) -> calloff.Triangle:
        """Read it, or make it."""
        if self.file is None:
            return bank(self.customer).history.triangle()
        return calloff.load(data_folder() / self.file).triangle.excluding(self.excluded)

    @property
    def at_hand(self) -> bool:
        """Whether its file, if it needs one, is there."""
        return self.file is None or (data_folder() / self.file).exists()

    def span(self, triangle: calloff.Triangle, quick: bool = False) -> tuple[str, str]:
        """The first and the last target day to score."""
        days = triangle.target_days
        days = days[days >= np.datetime64(self.first)] if self.first else days
        days = days[days <= np.datetime64(self.last)] if self.last else days
        count = min(self.targets or len(days), QUICK if quick else len(days))
        return str(days[-count]), str(days[-1])


def data_folder() -> Path:
    """Where the real data is: CALLOFF_DATA, or ../shared/data beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("CALLOFF_DATA", beside))


def cases() -> tuple[Case, ...]:
    """All of them, the real ones first."""
    first = [
        Case(f"first-{lead}", "first", FIRST_REAL, lead, "2021-10-12", "2021-10-22",
             file="kamp_until_1022.xls", excluded=("Part 21", "Part 26"))
        for lead in (1, 2, 3, 5)
    ]  # fmt: skip
    second = Case("second", "second", SECOND_REAL, 28, "2017-01-02", "2018-04-23",
                  file="intel_until_w120.csv")  # fmt: skip
    made = [
        Case(each.name, each.name, each.about, each.lead, targets=each.targets) for each in BANK
    ]
    return (*first, second, *made)


def chosen(names: Iterable[str] | None) -> tuple[Case, ...]:
    """Cases by their names or by those of their customers; all of them by default."""
    if names is None:
        return cases()
    wanted = set(names)
    found = tuple(case for case in cases() if wanted & {case.name, case.customer})
    unknown = wanted - {name for case in found for name in (case.name, case.customer)}
    if unknown:
        known = ", ".join(case.name for case in cases())
        raise SystemExit(f"no such customer: {', '.join(sorted(unknown))}; there are {known}")
    return found
