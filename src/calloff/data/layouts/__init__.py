"""Layouts: which column of a customer's file means what. Data, not code: one TOML file each."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from calloff.data.layouts.headers import header_date
from calloff.data.layouts.options import CHECKS, Options, option_problems, options_of
from calloff.texts import arguments
from calloff.texts.errors import CalloffError, Problem, Where, fail

# The names that a layout file may use, by kind. Those marked True must be there.
KEY = {"part": True, "plant": False, "customer": False, "issued_at": True}
FIELDS = {
    "wide": {**KEY, "total": True, "slot": False, "bucket": False},
    "long": {**KEY, "target": True, "quantity": True, "days": False, "status": False},
}
NUMBERED = re.compile(r"(?:(?<=[^\d.])\.\d+|_duplicated_\d+)$")  # by pandas; by polars
FARTHEST = 366  # days ahead; a target beyond is taken for a wrong date
SINGLE = (*KEY, "target", "quantity", "days", "status")  # at most one column each
BESIDE = (
    "plant",
    "customer",
    "days",
    "status",
)  # of several such columns the first that is declared
BUILT_IN = ("export", "wide", "long", "dates")
# Where a value stands that has no column: in the file's name, in a cell above, on the sheet's tab.
PLACES = {"{file}": "file", "{title}": "title", "{sheet}": "sheet"}
PLACED = ("issued_at", "plant", "customer")
DATE = "{date}"  # in the header of a column: its target day, week or month


@dataclass(frozen=True)
class Pattern:
    """A header text to look for.

    Attributes:
        text: the text as it was declared; "*" stands for anything, "{lead}" for a number of days,
            "{date}" for a target day, week or month.
        regex: the same, for a header as ``normal`` gives it.
        lead: days ahead of such a column; None where the header itself says it.
    """

    text: str
    regex: re.Pattern[str]
    lead: int | None

    @property
    def wild(self) -> bool:
        """Whether it stands for more than one text."""
        return any(sign in self.text for sign in ("*", "{lead}", DATE))


@dataclass(frozen=True)
class Layout:
    """What the columns of one kind of file are called.

    Attributes:
        name: name of the layout.
        title: the same for messages.
        kind: "wide" (a column for each lead) or "long" (a row for each target day).
        patterns: role -> header texts of its columns; the roles are those of ``FIELDS``.
        time_formats: formats of time stamps, as strptime reads them: the first that fits a whole
            column reads it.
        places: role -> where its value stands that has no column: "file", "title" or "sheet".
        options: how the customer writes.
    """

    name: str
    title: str
    kind: str
    patterns: Mapping[str, tuple[Pattern, ...]]
    time_formats: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    def needs(self, name: str) -> bool:
        """Whether there must be a column of a role.

        Args:
            name: of the role.

        Returns:
            Whether a header without it does not fit.
        """
        return FIELDS[self.kind][name] and name not in self.places

    @cached_property
    def known(self) -> Mapping[str, tuple[int, str, int, Pattern]]:
        """Header texts that stand for nothing but themselves -> order, role, place and pattern."""
        found: dict[str, tuple[int, str, int, Pattern]] = {}
        for order, (name, place, pattern) in enumerate(self._listed()):
            if not pattern.wild:
                found.setdefault(normal(pattern.text), (order, name, place, pattern))
        return found

    @cached_property
    def open(self) -> Sequence[tuple[int, str, int, Pattern]]:
        """The other patterns, likewise."""
        every = enumerate(self._listed())
        return [(order, *each) for order, each in every if each[2].wild]

    def _listed(self) -> Iterator[tuple[str, int, Pattern]]:
        for name, patterns in self.patterns.items():
            for place, pattern in enumerate(patterns):
                yield name, place, pattern

    @property
    def dated(self) -> bool:
        """Whether the headers of its columns are target days."""
        return any(DATE in pattern.text for pattern in self.patterns.get("total", ()))


@dataclass(frozen=True)
class Role:
    """What a column is: the ``name`` of its role in the layout, and its ``lead`` in days if any.

    Attributes:
        name: of the role.
        lead: days ahead; of columns with a date, their place among them.
        date: the text of the target day, week or month in the header.
    """

    name: str
    lead: int = 0
    date: str = ""


@dataclass(frozen=True)
class Match:
    """How a header fits a layout.

    Attributes:
        layout: the layout.
        roles: role of each column; None where the layout does not know it.
        missing: header texts that the layout needs and the header lacks.
        repeated: header texts that may stand once and stand there more often.
        matched: how many of the layout's roles are there; bare numbers, as in data, do not count.
        width: columns up to the last one with a header text.
    """

    layout: Layout
    roles: tuple[Role | None, ...]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    matched: int
    width: int

    @property
    def fits(self) -> bool:
        """Whether the header can be used: nothing is missing, nothing is there twice."""
        return not self.missing and not self.repeated


def normal(header: object) -> str:
    """A ``header`` for comparing: its text without spaces or case, in one form (NFKC)."""
    if isinstance(header, float) and header.is_integer():
        header = int(header)
    return "".join(unicodedata.normalize("NFKC", str(header)).casefold().split())


def match(layout: Layout, header: Sequence[object]) -> Match:
    """Find the role of every column of a header.

    Args:
        layout: the layout to try.
        header: cells of the header, one for each column.

    Returns:
        How the header fits.
    """
    spelt = list(map(normal, header))
    texts = set(spelt)
    each = {(type(text), str(text)): text for text in header}  # exports repeat most of them
    role_of = {key: header_role(layout, text, beside=texts) for key, text in each.items()}
    roles = _first_of_several(layout, [role_of[type(text), str(text)] for text in header])
    found = [role.name for role in roles if role]
    missing = [
        patterns[0].text
        for name, patterns in layout.patterns.items()
        if layout.needs(name) and found.count(name) < (DATED if layout.dated else {}).get(name, 1)
    ]
    relative = layout.kind == "wide" and not layout.dated
    if relative and "total" in found and Role("total", 0) not in roles:
        missing.append(layout.patterns["total"][0].text)
    once = Counter(role for role in roles if role and role.name in (*SINGLE, "total"))
    repeated = {
        str(text) for text, role in zip(header, roles, strict=True) if role and once[role] > 1
    }
    both = zip(spelt, roles, strict=True)
    named = {role.name for text, role in both if role and not (role.date or text.isdecimal())}
    width = max((at + 1 for at, text in enumerate(spelt) if text), default=0)
    return Match(layout, roles, tuple(missing), tuple(sorted(repeated)), len(named), width)


DATED = {"total": 2}  # a single date above data is no header


def _first_of_several(layout: Layout, roles: list[Role | None]) -> tuple[Role | None, ...]:
    """Of several columns of plants the first that is declared; columns with dates numbered."""
    kept, place = list(roles), 0
    for at, role in enumerate(roles):
        if role and role.date:
            kept[at], place = replace(role, lead=place), place + 1
    for name in BESIDE:
        found = [(role.lead, at) for at, role in enumerate(roles) if role and role.name == name]
        for each in found:
            kept[each[1]] = Role(name) if each == min(found) else None
    return tuple(kept)


def built_in() -> tuple[Layout, ...]:
    """The layouts that come with calloff, in the order in which they are tried."""
    return tuple(_built_in(name) for name in BUILT_IN)


@cache
def _built_in(name: str) -> Layout:
    text = (files("calloff.data.layouts") / f"{name}.toml").read_text(encoding="utf-8")
    return parse_layout(tomllib.loads(text), name)


def load_layout(path: str | Path) -> Layout:
    """Read a layout from a TOML file of the user's.

    Args:
        path: the file, in UTF-8.

    Returns:
        The layout, for ``read`` or ``load``.

    Raises:
        CalloffError: the file cannot be read or is no TOML, or with all that is wrong in it.
    """
    arguments.require(arguments.path(path, "path"))
    where = Where(file=str(path))
    try:
        declared = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))  # Notepad's mark
    except (OSError, ValueError, RecursionError) as error:  # ValueError: encoding, TOML
        raise fail("layout.unreadable", where, error=error) from error
    return parse_layout(declared, str(path))


def parse_layout(declared: Mapping[str, Any], source: str) -> Layout:
    """Make a layout of the contents of its file.

    Args:
        declared: the tables of the TOML file.
        source: the file, for messages; its stem names a layout without a name.

    Returns:
        The layout.

    Raises:
        CalloffError: with all names that are unknown or missing, and all texts that are no headers.
    """
    arguments.require(arguments.instance(declared, "declared", Mapping))
    kind = declared.get("kind", "wide")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise fail("layout.kind", Where(file=source), value=kind, choices=", ".join(FIELDS))
    problems = _layout_problems(declared, kind, source)
    if problems:
        raise CalloffError(problems)
    places = {role: PLACES[entry] for role, entry in _placed(declared).items()}
    patterns = {
        name: tuple(map(_pattern, declared[name]))
        for name in FIELDS[kind]
        if name in declared and name not in places
    }
    name = str(declared.get("name", Path(source).stem))
    title, formats = str(declared.get("title", name)), tuple(declared.get("time_formats", ()))
    return Layout(name, title, kind, patterns, formats, places, options_of(declared))


def _placed(declared: Mapping[str, Any]) -> dict[str, str]:
    """Roles whose value has no column, and what is declared instead."""
    given = {name: declared[name] for name in PLACED if name in declared}
    single = {name: texts[0] for name, texts in given.items() if isinstance(texts, list) and texts}
    return {name: text for name, text in single.items() if text in tuple(PLACES)}


def _layout_problems(declared: Mapping[str, Any], kind: str, source: str) -> list[Problem]:
    where = Where(file=source)
    known = {*FIELDS[kind], "name", "title", "kind", "time_formats", *CHECKS}
    problems = [
        Problem("layout.unknown", where, {"name": name, "choices": ", ".join(sorted(known))})
        for name in declared
        if name not in known
    ]
    for name, needed in FIELDS[kind].items():
        if name not in declared and needed:
            problems.append(Problem("layout.missing", where, {"name": name}))
        elif name in declared and not _are_patterns(declared[name], single=name in SINGLE):
            code = "layout.texts" if name in SINGLE else "layout.pattern"
            problems.append(Problem(code, where, {"name": name}))
    problems += option_problems(declared, where)
    formats = declared.get("time_formats", [])
    if not isinstance(formats, list) or not all(map(_is_time_format, formats)):
        problems.append(Problem("layout.time_formats", where))
    return problems


def _are_patterns(entries: object, *, single: bool) -> bool:
    good = _is_text if single else _is_pattern
    return isinstance(entries, list) and bool(entries) and all(map(good, entries))


def _is_text(entry: object) -> bool:
    return isinstance(entry, str) and bool(entry.strip()) and "{lead}" not in entry


def _is_pattern(entry: object) -> bool:
    if isinstance(entry, dict):
        lead = entry.get("lead")
        fits = type(lead) is int and 0 <= lead <= FARTHEST
        return set(entry) == {"header", "lead"} and _is_text(entry["header"]) and fits
    signs = entry.count("{lead}") + entry.count(DATE) if isinstance(entry, str) else 2
    return isinstance(entry, str) and bool(entry.strip()) and signs <= 1


def _is_time_format(entry: object) -> bool:
    """Whether it reads back what it writes, down to the day at least."""
    day = datetime(2021, 10, 22)
    try:
        if not isinstance(entry, str) or day.strftime(entry) == day.replace(2049).strftime(entry):
            return False  # no year: in 2049 each day has the same weekday; strptime would warn
        return datetime.strptime(day.strftime(entry), entry) == day
    except (ValueError, re.error):  # a sign that strptime lacks; one that stands twice
        return False


def _pattern(entry: str | Mapping[str, Any]) -> Pattern:
    text, lead = (entry, 0) if isinstance(entry, str) else (entry["header"], entry["lead"])
    pieces = re.split(r"(\{lead\}|\{date\}|\*)", normal(text))
    wild = {"{lead}": r"(?P<lead>\d{1,3})", DATE: r"(?P<date>.+)", "*": ".*"}
    body = "".join(wild.get(piece, re.escape(piece)) for piece in pieces)
    return Pattern(text, re.compile(body), None if "{lead}" in text else lead)


def header_role(layout: Layout, text: object, beside: Set[str] = frozenset()) -> Role | None:
    """Find what a column of a header text is.

    pandas and polars number header texts that repeat; the numbered ones mean the same as the
    first, which must be among those ``beside`` them.

    Args:
        layout: the layout.
        text: the header's cell.
        beside: all header texts of the sheet, as ``normal`` gives them.

    Returns:
        The role; None where the layout does not know the column.
    """
    header = normal(text)
    first = NUMBERED.sub("", header)
    found = _role(layout, header, text)
    return found or (_role(layout, first, text) if first in beside else None)


def _role(layout: Layout, header: str, text: object) -> Role | None:
    exact = layout.known.get(header)
    for order, name, place, pattern in layout.open:
        if exact and exact[0] < order:
            break
        if not (found := pattern.regex.fullmatch(header)):
            continue
        if DATE not in pattern.text:
            return _made(name, place, pattern, found)
        date = header_date(text if pattern.text.strip() == DATE else found["date"])
        if date:
            return Role(name, 0, date)
    return _made(*exact[1:], None) if exact else None


def _made(name: str, place: int, pattern: Pattern, found: re.Match[str] | None) -> Role:
    if name in BESIDE:
        return Role(name, place)
    return Role(name, int(found["lead"]) if found and pattern.lead is None else pattern.lead or 0)
