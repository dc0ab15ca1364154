"""How a lead is written: 3 or 3d for days, 4w for weeks; and how it reads in a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calloff.texts.catalogue import WEEKS, say

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


def in_periods(days: int, *, weekly: bool) -> tuple[int, bool]:
    """Count a lead in weeks where the customer plans by weeks and it is whole weeks.

    Args:
        days: the lead, in calendar days.
        weekly: whether the customer plans by weeks.

    Returns:
        A number, and whether it is one of weeks.
    """
    whole = weekly and days % WEEK == 0
    return (days // WEEK if whole else days), whole


def reach_in_periods(
    code: str, lead: int, horizon: int, *, weekly: bool
) -> tuple[str, dict[str, Any]]:
    """Count what a refusal tells in weeks where all of it is whole weeks.

    Args:
        code: key of its text.
        lead: the lead, in days.
        horizon: how far the plans go, in days.
        weekly: whether the customer plans by weeks.

    Returns:
        The key of the text, with ``_weeks`` at its end where it is of weeks; lead and horizon as
        facts for it.
    """
    count, weeks = in_periods(lead, weekly=weekly and horizon % WEEK == 0)
    unit, name = (WEEK, f"{code}{WEEKS}") if weeks else (1, code)
    return name, {"lead": count, "horizon": horizon // unit}


def say_lead(days: int, lang: str, *, weekly: bool) -> str:
    """Say a lead, such as "3 days" or "4 weeks".

    Args:
        days: the lead, in calendar days.
        lang: language.
        weekly: whether the customer plans by weeks.

    Returns:
        The words.
    """
    count, weeks = in_periods(days, weekly=weekly)
    return say(f"lead.{'week' if weeks else 'day'}{'' if count == 1 else 's'}", lang, count=count)


def lead_names(days: Sequence[int]) -> list[str]:
    """Name several columns so many ``days`` ahead: by weeks where all are whole weeks."""
    weekly = whole_weeks(days)
    return [lead_name(each, weekly=weekly) for each in days]


def whole_weeks(days: Sequence[int]) -> bool:
    """Whether several columns so many ``days`` ahead are all whole weeks ahead."""
    return len(days) > 1 and all(each % WEEK == 0 for each in days)


def lead_name(days: int, *, weekly: bool = False) -> str:
    """Name a column so many ``days`` ahead: "D", "D+1", "D+2", ...; "W", "W+1", ... where the
    customer plans by weeks (``weekly``)."""
    count, weeks = in_periods(days, weekly=weekly)
    return f"{'W' if weeks else 'D'}{f'+{count}' if count else ''}"
