"""From any input to its triangle in one call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calloff.data.cleaning import Cleaned, Policy, clean
from calloff.data.inspection import Inspection, inspect
from calloff.data.layouts import Layout
from calloff.data.reading import Progress, Reading, read
from calloff.data.triangle import Triangle, build_triangle


@dataclass(frozen=True)
class Loaded:
    """An input at every stage: as read, cleaned, and laid out."""

    reading: Reading
    cleaned: Cleaned
    triangle: Triangle

    def inspect(self) -> Inspection:
        """What is in the input, and what to distrust."""
        return inspect(self.reading, self.cleaned, self.triangle)


def load(
    *inputs: Any,
    layout: str | Path | Layout | None = None,
    strict: bool = False,
    policy: Policy | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Read, clean and lay out files, folders, globs or frames. Raises CalloffError as these do."""
    reading = read(*inputs, layout=layout, strict=strict, progress=progress)
    cleaned = clean(reading, policy)
    return Loaded(reading, cleaned, build_triangle(cleaned))
