"""How a lead is written: 3 or 3d for days, 4w for weeks."""

from __future__ import annotations

WEEK = 7  # days


def read_lead(text: str) -> tuple[int, bool] | None:
    """Read a lead.

    Args:
        text: as it was written.

    Returns:
        Calendar days, and whether they were given in weeks; None where it is no lead.
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("d", "w") else (text, "d")
    if not number.isascii() or not number.isdigit() or int(number) < 1:
        return None
    return (int(number) * WEEK, True) if unit == "w" else (int(number), False)
