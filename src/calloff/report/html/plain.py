"""Values for JSON: rounded, compact, and null where nothing is known.

Args:
    digits: how many after the point, at most.

Returns:
    Values that JSON knows; None for a number that is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

Plain = float | int | None


def number(value: Any, digits: int = 1) -> Plain:
    """Round the number ``value``; whole ones have no decimal point."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def numbers(values: Iterable[Any], digits: int = 1) -> list[Plain]:
    """Round all of ``values``."""
    return [number(value, digits) for value in values]


def iso(days: Iterable[Any]) -> list[str]:
    """Days as ISO texts, from ``days``."""
    return [str(day) for day in days]


def record(row: Mapping[str, Any], digits: int = 3) -> dict[str, Any]:
    """A ``row`` with plain values, by name."""
    return {name: _plain(value, digits) for name, value in row.items()}


def _plain(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return number(value, digits)
    return str(value) if isinstance(value, date) else value
