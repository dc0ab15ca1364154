"""Quantities as text: digits and one decimal mark, nothing else that Python would take."""

from __future__ import annotations

import re

# 15 digits are what EDIFACT allows, and what a float64 holds to the digit.
NUMBER = re.compile(r"([+-]?)(\d{0,15})(?:([.,])(\d{1,9}))?", re.ASCII)
THOUSANDS = 3  # digits behind a mark that could separate thousands


def quantity(text: str, mark: str = ".", other: bool = False) -> float | None:
    """Read a quantity.

    Args:
        text: as it stands in the message.
        mark: the decimal mark of the message.
        other: whether the other decimal mark is taken too, where it cannot separate thousands.

    Returns:
        The quantity; None where the text is none, or could be two.
    """
    found = NUMBER.fullmatch(text.strip(" "))
    if not found or not (found[2] or found[4]):
        return None
    if found[3] and found[3] != mark and (not other or len(found[4]) == THOUSANDS):
        return None
    return float(f"{found[1]}{found[2] or '0'}.{found[4] or '0'}")
