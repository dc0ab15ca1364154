"""Days, weeks, months and spans as each format writes them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

WEEK = 7
PIVOT = 70  # two-digit years from here on are of the last century: "990103" is 1999
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST = 3660  # days of a span
DAY_CODES = ("", "D", "Y")  # of a bucket: a day, unless the date itself says more
SPAN_CODES = ("F", "X")  # flexible: from a day to a day
MONTHS = {"M": 1, "Q": 3}

# EDIFACT's codes of date formats (code list 2379): one point or period, and spans of two.
FORMATS = {
    "101": "yyMMDD", "102": "YYYYMMDD", "201": "yyMMDDhhmm", "202": "yyMMDDhhmmss",
    "203": "YYYYMMDDhhmm", "204": "YYYYMMDDhhmmss", "303": "YYYYMMDDhhmm",
    "304": "YYYYMMDDhhmmss", "609": "yyMM", "610": "YYYYMM", "615": "yyWW", "616": "YYYYWW",
}  # fmt: skip
ZONED = ("303", "304")  # a zone follows: the plant's own time, so it is left off
SPANS = {"708": "609", "710": "610", "711": "102", "713": "201", "715": "615", "716": "616",
         "717": "101", "718": "102", "719": "203"}  # fmt: skip


class Period(NamedTuple):
    """A day or more.

    Attributes:
        start: its first day, with the time of day where one was given.
        days: how many days.
        timed: whether a time of day was given.
    """

    start: datetime
    days: int
    timed: bool = False

    @property
    def day(self) -> date:
        """The first day."""
        return self.start.date()

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.day + timedelta(days=self.days)


@lru_cache(maxsize=1024)
def edifact_period(value: str, code: str) -> Period | None:
    """Read a date of EDIFACT.

    Args:
        value: the date.
        code: of its format. One that was left out is known by the number of digits, where that
            allows one reading only.

    Returns:
        The day, week, month or span; None where it is no date.
    """
    value = value.strip(" ")
    if code in SPANS:
        first, _, last = value.partition("-")
        begin, end = edifact_period(first, SPANS[code]), edifact_period(last, SPANS[code])
        return joined(begin, end) if begin and end else None
    layout = FORMATS.get(code or {8: "102", 12: "203"}.get(len(value), ""), "")
    return point(value[: len(layout)] if code in ZONED else value, layout) if layout else None


@lru_cache(maxsize=1024)
def point(digits: str, layout: str) -> Period | None:
    """Read a day, week or month.

    Args:
        digits: the date.
        layout: what its digits are, such as "yyMMDD".

    Returns:
        The day, week or month; None where it is no date.
    """
    if len(digits) != len(layout) or not (digits.isascii() and digits.isdigit()):
        return None
    parts = {
        part: int(digits[at : at + len(part)])
        for part in ("YYYY", "yy", "MM", "DD", "WW", "hh", "mm", "ss")
        if (at := layout.find(part)) >= 0
    }
    year = parts.get("YYYY", _century(parts.get("yy", 0)))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return _period(year, parts)
    except ValueError:
        return None


def _century(year: int) -> int:
    return year + (1900 if year >= PIVOT else 2000)


def _period(year: int, parts: dict[str, int]) -> Period:
    if "WW" in parts:
        monday = date.fromisocalendar(year, parts["WW"], 1)
        return Period(datetime(monday.year, monday.month, monday.day), WEEK)
    if "DD" not in parts:
        return Period(datetime(year, parts["MM"], 1), monthrange(year, parts["MM"])[1])
    day = datetime(year, parts["MM"], parts["DD"])
    if "hh" not in parts:
        return Period(day, 1)
    hour, minute = parts["hh"], parts["mm"]
    if (hour, minute) == (24, 0):  # the end of that day
        hour, minute = 23, 59
    return Period(day.replace(hour=hour, minute=minute, second=parts.get("ss", 0)), 1, True)


def joined(first: Period, last: Period) -> Period | None:
    """From the begin of ``first`` to the end of ``last``; None where that is no span."""
    days = (last.day - first.day).days + last.days
    return Period(first.start, days, first.timed) if 1 <= days <= LONGEST else None


def bucket(code: str, first: Period, last: Period | None = None) -> Period | None:
    """Give a quantity the days that it stands for.

    Args:
        code: how the message calls its bucket: D or Y a day, W a week, M a month, Q three months,
            F or X from one day to another; empty where it does not say.
        first: the day, week or month of the quantity.
        last: the end of its span, where one is given.

    Returns:
        The days; None where the code is not known, or the dates are no such span.
    """
    span = joined(first, last) if last else first
    if span is None or (code in SPAN_CODES and last is None and first.days == 1):
        return None
    if code in DAY_CODES or code in SPAN_CODES:
        return span
    if code == "W":  # from Monday to Friday is a week too
        return span._replace(days=max(WEEK, span.days))
    if code not in MONTHS:
        return None
    days = _month_days(span.day, MONTHS[code])
    return span._replace(days=span.days if span.days >= min(28, days) else days)


def _month_days(first: date, months: int) -> int:
    """Days of so many months from that of a day on."""
    days = 0
    for _ in range(months):
        days += monthrange(first.year, first.month)[1]
        first = first.replace(day=1) + timedelta(days=31)
    return days
