"""From any input to its triangle in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calloff.data.building import build_triangle
from calloff.data.cleaning import Cleaned, Policy, clean
from calloff.data.inspection import Inspection, inspect
from calloff.data.layouts import Layout
from calloff.data.reading import Progress, Reading, read
from calloff.data.triangle import Triangle
from calloff.data.weeks import build_weeks
from calloff.texts.arguments import instance, require


@dataclass(frozen=True)
class Loaded:
    """An input at every stage.

    Attributes:
        reading: as read.
        cleaned: after cleaning.
        triangle: laid out on its axes: plans of days; of weeks where there are none of days.
        weeks: plans of weeks; None without any.
    """

    reading: Reading
    cleaned: Cleaned
    triangle: Triangle
    weeks: Triangle | None = None

    def by_week(self) -> Loaded:
        """The same with plans of weeks as its triangle, where there are any."""
        return self if self.weeks is None else replace(self, triangle=self.weeks)

    def inspect(self) -> Inspection:
        """Put together what is in the input, and what to distrust."""
        return inspect(self.reading, self.cleaned, self.triangle)


def load(
    *inputs: Any,
    layout: str | Path | Layout | None = None,
    strict: bool = False,
    policy: Policy | None = None,
    plant: str | None = None,
    customer: str | None = None,
    shipments: str | Path | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Read, clean and lay out the customer's plans.

    Args:
        inputs: files, folders, globs, or frames of pandas, polars, Arrow or DuckDB.
        layout: a TOML file or a Layout for columns that calloff does not know.
        strict: refuse the input where any cell is faulty, instead of setting it aside.
        policy: how to settle conflicts and totals; by default, quarantine and total.
        plant: only plans for this plant; None for all.
        customer: only plans from this customer; None for all.
        shipments: a table of what the supplier shipped, for plans that do not hold the day itself.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        The input as read, cleaned, and laid out.

    Raises:
        CalloffError: with all problems of all inputs, or with all arguments that cannot be used.
    """
    require(instance(policy, "policy", Policy, optional=True))
    chosen: dict[str, Any] = {"plant": plant, "customer": customer, "shipments": shipments}
    reading = read(*inputs, layout=layout, strict=strict, progress=progress, **chosen)
    return lay_out(reading, policy)


def lay_out(reading: Reading, policy: Policy | None = None) -> Loaded:
    """Clean and lay out plans that were read.

    Args:
        reading: what was read.
        policy: how to settle conflicts and totals; by default, quarantine and total.

    Returns:
        The input as read, cleaned, and laid out.
    """
    cleaned = clean(reading, policy)
    weeks = build_weeks(reading, cleaned)
    days = weeks if weeks and not len(cleaned.plans) else build_triangle(cleaned)
    return Loaded(reading, cleaned, days, weeks)
