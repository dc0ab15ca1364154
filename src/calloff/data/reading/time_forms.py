"""The forms in which people and programs write days, weeks and months."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

TIME = (
    r"(?:[T ,]*(?P<am>AM|PM|오전|오후|a\.m\.|p\.m\.)?[ ]*(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,]\d+)?)?[ ]*(?P<pm>AM|PM|a\.m\.|p\.m\.)?"
    r"[ ]*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:[ ]Uhr)?"
    r"|[T ]*(?P<clock>\d{2}시\s?\d{2}분))?"
)
DAY = r"(?:[ ]*[(\[]?(?:월|화|수|목|금|토|일|[A-Za-z]{2,9}|[A-Za-z]{2}\.)[)\]])?"
PARTS = re.compile(r"(\d{1,4})[ ]?([./-])[ ]?(\d{1,2})[ ]?\2[ ]?(\d{1,4})\.?" + DAY + TIME,
                   re.IGNORECASE)  # fmt: skip
KOREAN = re.compile(r"(\d{4})년[ ]?(\d{1,2})월[ ]?(\d{1,2})일" + DAY + TIME, re.IGNORECASE)
NAMED = re.compile(
    r"(\d{1,2})[ .-]{1,2}([A-Za-zäÄé]{3,9})\.?[ ,-]{1,2}(\d{4}|\d{2})" + TIME, re.IGNORECASE
)
NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.?[ ](\d{1,2}),?[ ](\d{4})" + TIME, re.IGNORECASE)
MONTHS = {name: number for number, names in enumerate((
    ("jan", "jän"), ("feb",), ("mar", "mär", "mrz"), ("apr",), ("may", "mai"), ("jun",), ("jul",),
    ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez"),
), start=1) for name in names}  # fmt: skip
COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})[T ]?(?:(\d{2}):?(\d{2})(?::?(\d{2}))?)?(Z|[+-]\d{2}:?\d{2})?"
)
NUMBER = re.compile(r"[0-9]{5}(\.[0-9]+)?")
SPAN = (32874.0, 73051.0)  # Excel's day numbers of 1990 to 2099
WEEK = re.compile(r"(?:(?P<year>\d{4}|\d{2}(?=-))[-/. ]?)?"
                  r"(?:w|kw|cw|wk|week)[-. ]?(?P<week>\d{1,2})"
                  r"(?:[-/. ](?P<after>\d{4}|\d{2}))?|(?:(?P<ko>\d{4})년\s?)(?P<kw>\d{1,2})주차?",
                  re.IGNORECASE)  # fmt: skip
PERIOD_DIGITS = re.compile(r"(20\d{2})[/.]?(\d{2})|(\d{1,2})[/.](20\d{2})")
MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})|(?P<ko>\d{4})년\s?(?P<km>\d{1,2})월"
                   r"|(?P<first>\d{1,2})-(?P<after>\d{4})"
                   r"|(?P<name>[A-Za-zä]{3,9})\.? (?P<ny>\d{4})", re.IGNORECASE)  # fmt: skip
AFTERNOON = ("pm", "오후", "p.m.")


@dataclass(frozen=True)
class Stamp:
    """A time, or the first day of a week or month.

    Attributes:
        start: the time; with a zone where the text has one; None where it is faulty.
        days: how many days it is for.
        fault: name of what is wrong.
    """

    start: datetime | None = None
    days: int = 1
    fault: str = ""


@dataclass(frozen=True)
class Form:
    """A way of writing times.

    Attributes:
        name: what messages call it.
        read: the stamp of a text; None where it is not in this form.
        period: whether it names weeks or months.
    """

    name: str
    read: Callable[[str], Stamp | None]
    period: bool = False

    def fits(self, text: str) -> bool:
        """Whether a ``text`` is in this form."""
        return self.read(text) is not None


def strptime(text: str, wanted: str) -> Stamp | None:
    """A ``text`` in the ``wanted`` format; None where it is not."""
    try:
        return Stamp(datetime.strptime(text, wanted).replace(microsecond=0))
    except ValueError:
        return None


def has_zone(text: str) -> bool:
    """Whether a ``text`` ends with a time zone."""
    return bool(re.search(r"\d(Z|[ ]?UTC|[ ]?GMT|[+-]\d{2}:?\d{2})$", text))


def _made(year: int, month: int, day: int, found: re.Match[str]) -> Stamp | None:
    """A stamp of its day and the time in the match; None where there is no such."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["am"] or found["pm"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in AFTERNOON else 0)
    if found["clock"]:
        hour, minute = map(int, re.findall(r"\d{2}", found["clock"]))
    try:
        stamp = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return Stamp(stamp.replace(tzinfo=_zone(found["zone"])))


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span) if span < timedelta(hours=24) else None


def _year_first(text: str) -> Stamp | None:
    if found := KOREAN.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]), found)
    found = PARTS.fullmatch(text)
    if not found or len(found[1]) != 4:
        return None
    return _made(int(found[1]), int(found[3]), int(found[4]), found)


def _digits(text: str) -> Stamp | None:
    found = COMPACT.fullmatch(text) if text.isascii() else None
    if not found:
        return None
    numbers = [int(each or 0) for each in found.groups()[:6]]
    try:
        return Stamp(datetime(*numbers).replace(tzinfo=_zone(found[7])))  # type: ignore[arg-type]
    except ValueError:
        return None


def _ordered(day: int, month: int, year: int) -> Callable[[str], Stamp | None]:
    """A reader of three numbers in an order: the places (from 0) of day, month and year."""

    def read(text: str) -> Stamp | None:
        found = PARTS.fullmatch(text)
        if not found or len(found[1]) > 2 or len(found[4]) not in (2, 4):
            return None
        if found[2] == "." and month == 0:  # nobody writes the month first with dots
            return None
        if year == 0 and len(found[4]) == 4:
            return None
        numbers = [int(found[at]) for at in (1, 3, 4)]
        full = numbers[year] + (2000 if numbers[year] < 100 else 0)
        return _made(full, numbers[month], numbers[day], found)

    return read


def _named(text: str) -> Stamp | None:
    found = NAMED.fullmatch(text)
    if found:
        day, name, year = found[1], found[2], found[3]
    elif found := NAMED_FIRST.fullmatch(text):
        name, day, year = found[1], found[2], found[3]
    else:
        return None
    month = MONTHS.get(name.lower()[:3])
    full = int(year) + (2000 if len(year) == 2 else 0)
    return _made(full, month, int(day), found) if month else None


def _serial(text: str) -> Stamp | None:
    if not (NUMBER.fullmatch(text) and text.isascii() and SPAN[0] <= float(text) <= SPAN[1]):
        return None
    seconds = round(float(text) * 86_400)
    return Stamp(datetime(1899, 12, 30) + timedelta(seconds=seconds))


def _week(text: str) -> Stamp | None:
    found = WEEK.fullmatch(text)
    if not found:
        return None
    year = found["year"] or found["after"] or found["ko"]
    week = int(found["week"] or found["kw"])
    if not year:
        return None
    full = int(year) + (2000 if len(year) == 2 else 0)
    try:
        start = date.fromisocalendar(full, week, 1)
    except ValueError:
        return None
    return Stamp(datetime(start.year, start.month, start.day), 7)


def _month(text: str) -> Stamp | None:
    found = MONTH.fullmatch(text)
    if not found:
        return None
    year = int(found["year"] or found["ko"] or found["after"] or found["ny"])
    named = MONTHS.get((found["name"] or "").lower()[:3], 0)
    month = int(found["month"] or found["km"] or found["first"] or named)
    if not 1 <= month <= 12 or not 1990 <= year < 2100:
        return None
    return Stamp(datetime(year, month, 1), monthrange(year, month)[1])


def _week_digits(text: str) -> Stamp | None:
    """202140, 2021/40 or 40/2021: only where a number is no month, or it is declared."""
    found = PERIOD_DIGITS.fullmatch(text)
    return _week(f"{found[1] or found[4]}-W{found[2] or found[3]}") if found else None


def _month_digits(text: str) -> Stamp | None:
    found = PERIOD_DIGITS.fullmatch(text)
    return _month(f"{found[1] or found[4]}-{found[2] or found[3]}") if found else None


SERIAL = Form("serial", _serial)
FORMS = (
    Form("year first", lambda text: _year_first(text) or _digits(text) or _named(text)),
    Form("day first", _ordered(0, 1, 2)),
    Form("month first", _ordered(1, 0, 2)),
    Form("short year first", _ordered(2, 1, 0)),
    SERIAL,
    Form("week", _week, period=True),
    Form("month", _month, period=True),
    Form("week digits", _week_digits, period=True),
    Form("month digits", _month_digits, period=True),
)
PERIODS = {"week": ("week", "week digits"), "month": ("month", "month digits")}
