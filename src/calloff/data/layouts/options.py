"""What a layout may declare about how a customer writes: numbers, blanks, encodings, zones."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from calloff.texts.errors import Problem, Where

SIGNS = {"decimal": (".", ","), "thousands": (".", ",", " ", "'")}
PERIODS = ("day", "week", "month")
SUMMED = "plan"  # running totals that begin anew in each plan
UNKNOWN = "unknown"
MOST_ROWS = 1000  # that may stand above a header


@dataclass(frozen=True)
class Options:
    """How a customer writes; each name is a line of the layout file.

    Attributes:
        decimal: sign before decimals, "." or ","; empty to find it.
        thousands: sign between groups of three digits; empty to find it.
        blank: 0 where a blank quantity means that nothing is planned; None where it is unknown.
        unlisted: 0 where a day within a sent plan that has no row means that nothing is planned,
            "unknown" where it does not; None to find it.
        encoding: of a text file; empty to find it.
        zone: the plant's time zone, such as "Asia/Seoul", for stamps that carry one.
        cumulative: whether quantities are running totals; "plan" where those of each plan begin
            at 0 on its issue day; None to find it.
        period: what a quantity is for: "day", "week" or "month"; empty for what its date says.
        skip_rows: rows above the header that are not looked at.
        join_twins: whether names that differ in leading zeros, case and the like are one part.
        fractions: whether quantities may have decimals, as those in kilograms.
        add_up: whether rows of one part, issue day and day are added up, as of several orders;
            None to ask where they differ in columns that are not known.
        fill_down: whether a blank name of a part or plant means that of the row above.
    """

    decimal: str = ""
    thousands: str = ""
    blank: int | None = None
    unlisted: int | str | None = None
    encoding: str = ""
    zone: str = ""
    cumulative: bool | str | None = None
    period: str = ""
    skip_rows: int = 0
    join_twins: bool = False
    fill_down: bool = False
    add_up: bool | None = None
    fractions: bool = False


def _is_encoding(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(codecs.lookup(value))
    except LookupError:
        return False


def _is_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(value) and bool(ZoneInfo(value))
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError on some systems
        return False
    except KeyError:
        return False


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "decimal": (lambda value: value in SIGNS["decimal"], '"." / ","'),
    "thousands": (lambda value: value in SIGNS["thousands"], '"." / "," / " " / "\'"'),
    "blank": (lambda value: type(value) is int and value == 0, "0"),
    "unlisted": (
        lambda value: value == UNKNOWN or (type(value) is int and value == 0),
        f'0 / "{UNKNOWN}"',
    ),
    "encoding": (_is_encoding, '"utf-8", "cp949", "cp1252", ...'),
    "zone": (_is_zone, '"Asia/Seoul", "Europe/Berlin", ...'),
    "cumulative": (
        lambda value: isinstance(value, bool) or value == SUMMED,
        f'true / false / "{SUMMED}"',
    ),
    "period": (lambda value: value in PERIODS, " / ".join(f'"{name}"' for name in PERIODS)),
    "skip_rows": (lambda value: type(value) is int and 0 <= value <= MOST_ROWS, f"0 - {MOST_ROWS}"),
    "join_twins": (lambda value: isinstance(value, bool), "true / false"),
    "fractions": (lambda value: isinstance(value, bool), "true / false"),
    "add_up": (lambda value: isinstance(value, bool), "true / false"),
    "fill_down": (lambda value: isinstance(value, bool), "true / false"),
}


def options_of(declared: Mapping[str, Any]) -> Options:
    """Take the options out of a layout.

    Args:
        declared: the lines of its file, which were checked.

    Returns:
        The options.
    """
    return Options(**{name: declared[name] for name in CHECKS if name in declared})


def option_problems(declared: Mapping[str, Any], where: Where) -> list[Problem]:
    """Find what is wrong with the options of a layout.

    Args:
        declared: the lines of its file.
        where: the file, for messages.

    Returns:
        A problem for each option that cannot be used.
    """
    problems = [
        Problem("layout.option", where, {"name": name, "value": declared[name], "choices": choices})
        for name, (fits, choices) in CHECKS.items()
        if name in declared and not fits(declared[name])
    ]
    signs = declared.get("decimal"), declared.get("thousands")
    if not problems and signs[0] is not None and signs[0] == signs[1]:
        problems.append(Problem("layout.signs", where, {"value": signs[0]}))
    return problems
