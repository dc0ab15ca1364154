"""Columns of times to days, weeks or months. A column is read in one form; where two forms fit it
and give different days, it is asked for, never guessed.

Dimensions: R rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.cells import CODE, Codes, as_text, is_blank, is_error
from calloff.data.reading.distinct import distinct
from calloff.data.reading.sheets import Column
from calloff.data.reading.time_forms import FORMS, PERIODS, SERIAL, Form, Stamp, has_zone, strptime

EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)


@dataclass(frozen=True)
class TimeOptions:
    """What is known of the times of a table before they are read.

    Attributes:
        formats: as strptime reads them; the first that fits all of a column reads it.
        zone: the plant's time zone, for stamps that carry one.
        form: the form that another column of the table is in, for what can be read in two.
        periods: whether weeks and months may stand there, as in targets.
        period: "week" or "month" where that is declared, for what can be read as either.
        since_1904: whether day numbers count from 1904.
    """

    formats: tuple[str, ...] = ()
    zone: str = ""
    form: str = ""
    periods: bool = False
    period: str = ""
    since_1904: bool = False


@dataclass(frozen=True)
class Times:
    """A column of times.

    Attributes:
        start: the times (R) as datetime64[s], NaT where faulty; of weeks and months their first
            day.
        days: how many days each is for (R): 1, 7, or those of a month.
        codes: the fault of each cell (R).
        form: the form that it is in; "" for dates of a workbook.
    """

    start: NDArray[np.datetime64]
    days: NDArray[np.int64]
    codes: Codes
    form: str = ""


WEEKDAY = re.compile(
    r"^(?:(?!(?i:kw|cw|wk|week)\b)[A-Za-z]{2,9}[.,]{0,2}|[월화수목금토일]요?일?,?)"
    r"[ ](?=\d{1,4}[-./])"
)
DAYS_1904 = 1462  # from 1900 to 1904, as Excel counts them
PLAIN = TimeOptions()


def parse_times(column: Column, options: TimeOptions = PLAIN) -> Times:
    """Read a column of times, as local time.

    Args:
        column: its cells (R).
        options: what is known of them.

    Returns:
        The times, and what is wrong with each.
    """
    cells, index = distinct(column)
    stamps, form = _read(cells, options)
    start = np.array([stamp.start for stamp in stamps], dtype="datetime64[s]")
    days = np.array([stamp.days for stamp in stamps], dtype=np.int64)
    codes = np.array([CODE[stamp.fault] for stamp in stamps], dtype=np.int8)
    return Times(start[index], days[index], codes[index], form)


def parse_time(cell: object, formats: Sequence[str] = ()) -> tuple[datetime | None, str]:
    """Read one time stamp.

    Args:
        cell: the cell: a date, a time, or a text of digits or ISO or in one of the formats.
        formats: formats to try first, as strptime reads them.

    Returns:
        The time, None where faulty, and the name of the fault, or "".
    """
    ((stamp,), _) = _read([cell], TimeOptions(tuple(formats)))
    if stamp.fault == "" and _text(cell) and SERIAL.fits(_text(cell)):
        return None, "time_serial"  # a single number is no column of day numbers
    return stamp.start, stamp.fault


def _read(cells: list[object], options: TimeOptions) -> tuple[list[Stamp], str]:
    """Each cell's stamp, all texts in one form."""
    texts = {_text(cell): None for cell in cells if not is_blank(cell) and not _is_time(cell)}
    form, known = _formed(list(texts), options)
    dates = any(_is_time(cell) for cell in cells)
    if dates and form in ("day first", "month first"):
        # A spreadsheet turns those of these texts into dates that make sense in its own order.
        known = {text: Stamp(fault="time_mixed") for text in known}
    stamps = [_stamp(cell, known, options.zone) for cell in cells]
    if dates and any(stamp.fault == "time_mixed" for stamp in stamps):
        stamps = [s if s.fault else Stamp(fault="time_mixed") for s in stamps]
    return [_checked(stamp) for stamp in stamps], form


def _is_time(cell: object) -> bool:
    return isinstance(cell, date)  # a datetime is one too


def _text(cell: object) -> str:
    if is_blank(cell) or _is_time(cell):
        return ""
    return WEEKDAY.sub("", as_text(cell).strip().removesuffix(".0"))


def _stamp(cell: object, known: dict[str, Stamp], zone: str) -> Stamp:
    if is_blank(cell):
        return Stamp(fault="time_blank")
    if not isinstance(cell, date):
        return known[_text(cell)]
    if not isinstance(cell, datetime):
        return Stamp(datetime(cell.year, cell.month, cell.day))
    if cell.tzinfo is None:  # not cell.replace(): pandas' time stamps keep nanoseconds
        return Stamp(datetime(*cell.timetuple()[:6]))
    return _in_zone(datetime.fromisoformat(cell.isoformat()), zone)


def _in_zone(stamp: datetime, zone: str) -> Stamp:
    if not zone:
        return Stamp(fault="time_zone")
    try:
        return Stamp(stamp.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0))
    except OverflowError:
        return Stamp(fault="time_wrong")


def _formed(texts: list[str], options: TimeOptions) -> tuple[str, dict[str, Stamp]]:
    """The form that fits most texts, and what each means in it."""
    if not texts:
        return "", {}
    declared = {name: [strptime(text, name) for text in texts] for name in options.formats}
    best = max(declared, key=lambda name: _count(declared[name]), default="")
    if best and _count(declared[best]):
        return best, dict(zip(texts, _zoned(texts, declared[best], options.zone), strict=True))
    names = PERIODS.get(options.period, (*PERIODS["week"], *PERIODS["month"]))
    longer = [form for form in FORMS if form.name in names]
    named = [text for text in texts if options.periods and any(f.fits(text) for f in longer)]
    days = [text for text in texts if text not in set(named)]
    form, known = _in_forms(days, [form for form in FORMS if not form.period], options)
    return form, {**known, **_in_forms(named, longer, options)[1]}


def _in_forms(
    texts: list[str], usable: Sequence[Form], options: TimeOptions
) -> tuple[str, dict[str, Stamp]]:
    """The form among those that are usable that fits most texts, and what each means in it."""
    if not texts:
        return "", {}
    found = {form.name: [form.read(text) for text in texts] for form in usable}
    if options.since_1904 and "serial" in found:
        found["serial"] = [_later(stamp) for stamp in found["serial"]]
    if "serial" in found and not all(map(SERIAL.fits, texts)):  # single day numbers among dates
        found["serial"] = [Stamp(fault="time_serial") if SERIAL.fits(t) else None for t in texts]
    return _best(texts, found, options)


def _later(stamp: Stamp | None) -> Stamp | None:
    """A stamp of a day number that counts from 1904."""
    return stamp and Stamp(stamp.start and stamp.start + timedelta(days=DAYS_1904))


def _best(
    texts: list[str], found: dict[str, list[Stamp | None]], options: TimeOptions
) -> tuple[str, dict[str, Stamp]]:
    most = max(map(_count, found.values()))
    if not most:
        return "", {text: _no_time(text, found, at) for at, text in enumerate(texts)}
    names = [name for name, stamps in found.items() if _count(stamps) == most]
    if options.form in names:
        names = [options.form]
    chosen = found[names[0]]
    if any(found[name] != chosen for name in names):
        return "", dict.fromkeys(texts, Stamp(fault="time_ambiguous"))
    rest = {text: _no_time(text, found, at) for at, text in enumerate(texts)}
    stamps = zip(texts, _zoned(texts, chosen, options.zone), strict=True)
    return names[0], {text: rest[text] if stamp.fault else stamp for text, stamp in stamps}


def _no_time(text: str, found: dict[str, list[Stamp | None]], at: int) -> Stamp:
    """Why a text is no time in the form of its column."""
    if is_error(text):
        return Stamp(fault="error")
    if SERIAL.fits(text):
        return Stamp(fault="time_serial")
    if has_zone(text) and any(stamps[at] for stamps in found.values()):
        return Stamp(fault="time_zone")
    return Stamp(fault="time_wrong")


def _count(stamps: Sequence[Stamp | None]) -> int:
    return sum(stamp is not None and not stamp.fault and _checked(stamp) == stamp
               for stamp in stamps)  # fmt: skip


def _zoned(texts: list[str], stamps: Sequence[Stamp | None], zone: str) -> list[Stamp]:
    return [
        Stamp(fault="time_wrong")
        if stamp is None
        else _in_zone(stamp.start, zone)
        if stamp.start and stamp.start.tzinfo
        else stamp
        for text, stamp in zip(texts, stamps, strict=True)
    ]


def _checked(stamp: Stamp) -> Stamp:
    if stamp.start is None:
        return stamp
    bare = stamp.start.replace(tzinfo=None)
    return stamp if EARLIEST <= bare < LATEST else Stamp(fault="time_wrong")
