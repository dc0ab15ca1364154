"""Values that have no column: in the name of the file, on the sheet's tab, in a cell above."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from calloff.data.reading.cells import as_text, is_blank
from calloff.data.reading.matching import Header
from calloff.data.reading.times import TimeOptions, parse_times
from calloff.texts.errors import CalloffError, Problem

DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}(?:[-._/년] ?| )?\d{1,2}(?:[-._/월] ?| )?\d{1,2}[일.]?"
    r"(?:[T_ -]?\d{2}[:.h]?\d{2}(?::?\d{2})?)?"
    r"|\d{1,2}[-._/]\d{1,2}[-._/](?:19|20)\d{2})(?!\d)"
)


def placed_values(header: Header) -> dict[str, object]:
    """Values of a sheet that stand beside its columns.

    Args:
        header: the sheet and its layout.

    Returns:
        Role -> value; a time of issue as a datetime64.

    Raises:
        CalloffError: no single date stands where the layout says.
    """
    found: dict[str, object] = {}
    for role, place in header.match.layout.places.items():
        texts = _texts(header, place)
        found[role] = _issued(header, texts, place) if role == "issued_at" else _name(texts)
    return found


def _texts(header: Header, place: str) -> list[object]:
    if place == "file":
        return [Path(header.sheet.file).stem]
    if place == "sheet":
        return [header.sheet.sheet]
    rows = header.sheet.head(header.at)
    return [cell for row in rows for cell in row if not is_blank(cell)]


def _name(texts: list[object]) -> str:
    return as_text(texts[0]) if texts else ""


def _issued(header: Header, texts: list[object], place: str) -> object:
    """The one date in some texts."""
    options = TimeOptions(header.match.layout.time_formats, header.match.layout.options.zone)
    dates: list[object] = []
    for text in texts:
        if isinstance(text, date):
            dates.append(text)
        else:
            dates += [_spelt(each) for each in DATE.findall(as_text(text))]
    times = parse_times(dates, options) if dates else None
    days = sorted(set(times.start[times.codes == 0].tolist())) if times else []
    if len(days) != 1:
        seen = ", ".join(str(day)[:16] for day in days) or "-"
        facts = {"place": place, "found": seen}
        raise CalloffError([Problem("layout.no_date", header.sheet.where(), facts)])
    return days[0].replace(microsecond=0) if isinstance(days[0], datetime) else days[0]


def _spelt(text: str) -> str:
    """A date in a name as it would stand in a cell: 2021_10_22-1830 -> 2021-10-22 18:30."""
    found = re.fullmatch(
        r"((?:19|20)\d{2})(?:[-._/년] ?| )?(\d{1,2})(?:[-._/월] ?| )?(\d{1,2})[일.]?"
        r"(?:[T_ -]?(\d{2})[:.h]?(\d{2})(?::?\d{2})?)?",
        text,
    )
    if not found:
        return text.replace("_", ".")
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}" if found[4] else day
