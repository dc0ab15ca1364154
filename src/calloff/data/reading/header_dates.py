"""Columns whose headers are target days, weeks or months.

Dimensions: R rows, C columns.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from calloff.data.layouts import Match
from calloff.data.reading.months import month_of
from calloff.data.reading.plans import WEEK
from calloff.data.reading.time_forms import MONTHS
from calloff.data.reading.times import TimeOptions, Times, parse_times
from calloff.texts.errors import fail

PAIR = re.compile(r"(\d{1,2})[-/.](\d{1,2})\.?|(\d{1,2})월(\d{1,2})일")
BARE_WEEK = re.compile(r"(?:w|kw|cw|wk|week)[-. ]?(\d{1,2})|(\d{1,2})주차?", re.IGNORECASE)
BARE_MONTH = re.compile(r"(0?[1-9]|1[0-2])월")
NAMED = re.compile(r"(\d{1,2})[-.]?([A-Za-zäÄ]{3})[A-Za-z]*\.?")
ORDERS = ("day first", "month first", "short year first")
FAR = 70  # days ahead, where no plan begins
YEAR = 366  # days
MOST_APART = 31  # days between the days of neighbouring columns


@dataclass(frozen=True)
class HeaderDates:
    """What the columns of a sheet are for.

    Attributes:
        columns: their places in the sheet (C).
        start: the first day of each, for each row (R, C): without a year it is that year which lies
            nearest to the day of issue.
        days: how many days each is for (C).
    """

    columns: list[int]
    start: NDArray[np.datetime64]
    days: NDArray[np.int64]


def header_dates(
    match: Match, columns: Sequence[int], issued: NDArray[np.datetime64]
) -> HeaderDates:
    """Read the dates in headers.

    Args:
        match: the role of each column.
        columns: places of those with a quantity (C).
        issued: when each row was issued (R).

    Returns:
        The days that they stand for.

    Raises:
        CalloffError: the headers can be read in two ways, or not in one form.
    """
    texts = [role.date for at in columns if (role := match.roles[at])]
    days = issued.astype("datetime64[D]")
    years = _yearless(texts)
    if years:
        start = np.stack([_nearest(days, each) for each in years[0]], axis=1)
        away = (start[:, 0] - days).astype("timedelta64[D]").astype(np.int64)
        known = ~np.isnat(start[:, 0]) & ~np.isnat(days)
        if np.isnat(start[~np.isnat(days)]).all(axis=0).any() or (
            BARE_WEEK.fullmatch(texts[0]) and known.any() and away[known].min() > FAR
        ):  # weeks that are none of the year, or far ahead: they count from the issue day
            raise fail("header.weeks", found=", ".join(texts[:4]))
        return HeaderDates(list(columns), start, np.array(years[1], dtype=np.int64))
    times = _in_order(texts, match.layout.time_formats, match.layout.options.period)
    start = np.broadcast_to(times.start.astype("datetime64[D]"), (len(days), len(texts)))
    period = match.layout.options.period
    if period == "month":
        start = month_of(start)[0]
    of_period = {"week": np.full(len(texts), WEEK), "month": month_of(times.start)[1]}
    return HeaderDates(list(columns), start, of_period.get(period, times.days))


def _in_order(texts: Sequence[str], formats: tuple[str, ...], period: str) -> Times:
    """The days of headers; where they can be read in several ways, the one in which each lies soon
    after the one before it."""
    times = parse_times(texts, TimeOptions(formats, periods=True, period=period))
    if not times.codes.any():
        return times
    fitting = []
    for form in ORDERS:
        times = parse_times(texts, TimeOptions((), form=form))
        steps = np.diff(times.start.astype("datetime64[D]")).astype(int).tolist()
        if not times.codes.any() and _are_near(steps):
            fitting.append(times)
    if len(fitting) != 1:
        raise fail("header.dates", found=", ".join(texts[:4]))
    return fitting[0]


Maker = Callable[[int], date]  # a year -> the day in it


def _yearless(texts: Sequence[str]) -> tuple[list[Maker], list[int]] | None:
    """Makers of the days of headers without a year, and how many days each is for."""
    if weeks := _all(BARE_WEEK, texts):
        return [_week_in(int(w[1] or w[2])) for w in weeks], [WEEK] * len(texts)
    if months := _all(BARE_MONTH, texts):
        return [_day_in(int(m[1]), 1) for m in months], [
            monthrange(2021, int(m[1]))[1] for m in months
        ]
    if named := [(MONTHS.get(d[2].lower(), 0), int(d[1])) for d in _all(NAMED, texts)]:
        return ([_day_in(*each) for each in named], [1] * len(texts)) if _rises(named) else None
    pairs = _all(PAIR, texts)
    if not pairs:
        return None
    both = [(int(p[1] or p[3]), int(p[2] or p[4])) for p in pairs]
    orders = [both, [] if pairs[0][3] else [(b, a) for a, b in both]]
    fitting = [order for order in orders if order and _rises(order)]
    if len(fitting) != 1 and not (len(fitting) == 2 and fitting[0] == fitting[1]):
        raise fail("header.dates", found=", ".join(texts[:4]))
    return [_day_in(*each) for each in fitting[0]], [1] * len(texts)


def _all(form: re.Pattern[str], texts: Sequence[str]) -> list[re.Match[str]]:
    found = [form.fullmatch(text) for text in texts]
    return [each for each in found if each] if all(found) else []


def _rises(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether months and days are days of a year, one soon after the other."""
    try:
        days = [date(2020, month, day) for month, day in pairs]  # a leap year
    except ValueError:
        return False
    return _are_near([((b - a).days + YEAR) % YEAR for a, b in pairwise(days)])


def _are_near(steps: Sequence[int]) -> bool:
    """Whether days lie soon one after the other."""
    most = max(WEEK * len(steps), YEAR // 12)
    return all(0 < step <= MOST_APART for step in steps) and sum(steps) <= most


def _day_in(month: int, day: int) -> Maker:
    return lambda year: date(year, month, day)


def _week_in(week: int) -> Maker:
    return lambda year: date.fromisocalendar(year, week, 1)


def _in_year(made: Maker, year: int) -> np.datetime64:
    try:
        return np.datetime64(made(year), "D")
    except ValueError:  # 29 February, week 53
        return np.datetime64("NaT", "D")


def _nearest(days: NDArray[np.datetime64], made: Maker) -> NDArray[np.datetime64]:
    """For each day that one of its year, or of those beside it, which lies nearest."""
    out = np.full(len(days), np.datetime64("NaT", "D"))
    for day in np.unique(days[~np.isnat(days)]):
        year = day.astype(object).year
        tries = np.array([_in_year(made, each) for each in (year - 1, year, year + 1)])
        known = tries[~np.isnat(tries)]
        if len(known):
            out[days == day] = known[np.abs(known - day).argmin()]
    return out
