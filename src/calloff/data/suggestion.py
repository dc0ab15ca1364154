"""A layout file that would read an input, for its user to look at and keep.

What a column is, is told from its header and from what stands below it. What nobody can know from
the file, such as the plant's time zone, stands there as a comment to choose from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calloff.data.layouts import Layout, built_in, normal, parse_layout
from calloff.data.layouts.headers import header_date
from calloff.data.reading import Reading, read
from calloff.data.reading.cells import CODE, FAULTS, as_text, is_blank
from calloff.data.reading.files import TextOptions, find_files, read_sheets
from calloff.data.reading.matching import HEADER_ROWS, find_header, fitting_columns
from calloff.data.reading.numbers import parse_columns
from calloff.data.reading.placed import DATE
from calloff.data.reading.sheets import Sheet
from calloff.data.reading.times import TimeOptions, parse_times
from calloff.texts.errors import CalloffError

SAMPLE = 400  # rows that are looked at
MOST = 0.9  # of the cells of a column are of a kind
NUMBERED = re.compile(r"(.*?)(\d{1,3})(\D*)", re.DOTALL)
TODAY = ("d", "d0", "today", "heute", "당일", "금일", "오늘", "d일", "0")
NAMES = ("part", "plant", "customer", "issued_at", "target", "quantity")

# Code of a problem -> lines that a layout needs then; "# " before those that are to be chosen from.
LINES = {
    "unused.ambiguous": ('# decimal = ","    # or "."', '# thousands = ","  # or "."'),
    "unused.fractional": ("# fractions = true  # kilograms, metres; or:",
                          '# thousands = ","  # or "."'),
    "unused.time_ambiguous": ('# time_formats = ["%d/%m/%Y %H:%M"]  # or the other order:',
                              '# time_formats = ["%m/%d/%Y %H:%M"]'),
    "unused.time_wrong": ('# time_formats = ["%d.%m.%Y %H:%M"]',),
    "unused.time_zone": ('# zone = "Asia/Seoul"  # where the plant is',),
    "file.cumulative": ("cumulative = true",),
    "file.summed": ('cumulative = "plan"',),
    "file.parts_blank": ("fill_down = true",),
    "file.several_rows": ("add_up = true",),
    "file.two_plans": ('plant = ["{file}"]  # the plant from the name of the file',),
    "file.encoding": ('# encoding = "cp1252"  # or "cp949", "utf-8", ...',),
}  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """A layout that would read an input.

    Attributes:
        text: the TOML file.
        needed: whether the input cannot be read, or not as well, without it.
        complete: whether nothing in it has to be chosen.
    """

    text: str
    needed: bool
    complete: bool


@dataclass(frozen=True)
class _Guess:
    declared: dict[str, Any] = field(default_factory=dict)
    known: bool = False


def suggest_layout(inputs: Sequence[str | Path]) -> Suggestion | None:
    """Guess a layout for files that calloff was not told about.

    Args:
        inputs: files, folders or globs.

    Returns:
        The layout; None where no table is found, or nothing in it is recognised.
    """
    options = TextOptions(fits=lambda rows: fitting_columns(rows, built_in()))
    try:
        sheets = [sheet for path in find_files(inputs) for sheet in read_sheets(path, options)]
    except CalloffError as error:
        lines = _lines(error)
        return Suggestion("\n".join(lines) + "\n", True, False) if lines else None
    usable = [sheet for sheet in sheets if not sheet.marks.unused and sheet.rows > 1]
    guess = next((found for sheet in usable if (found := _guess(sheet))), None)
    return _tried(guess, inputs) if guess else None


def is_worth_it(reading: Reading) -> bool:
    """Whether a layout could say more than what was found by one that comes with calloff.

    Args:
        reading: what was read.

    Returns:
        Whether there are names that may be one part, or days that are 0 as nothing is declared.
    """
    built = {layout.name for layout in built_in()}
    known = any(sheet.layout in built for sheet in reading.sheets)
    return known and (bool(reading.twins) or reading.unlisted.found)


def _tried(guess: _Guess, inputs: Sequence[str | Path]) -> Suggestion | None:
    """The guess, with what is missing for it to be read."""
    lines: list[str] = []
    try:
        reading = read(*inputs, layout=parse_layout(guess.declared, "guess.toml"))
        lines += ["join_twins = true"] if reading.twins else []
        lines += ["unlisted = 0"] if reading.unlisted.found else []
    except CalloffError as error:
        lines += _lines(error)
        if not lines and any(each.code.startswith("layout.") for each in error.problems):
            return None
    text = "".join(f"{name} = {_toml(value)}\n" for name, value in guess.declared.items())
    text += "".join(f"{line}\n" for line in lines)
    return Suggestion(
        text, not guess.known or bool(lines), not any(each[0] == "#" for each in lines)
    )


def _lines(error: CalloffError) -> list[str]:
    found = dict.fromkeys(line for each in error.problems for line in LINES.get(each.code, ()))
    return list(found)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _guess(sheet: Sheet) -> _Guess | None:
    header = find_header(sheet, built_in())
    if header.match.fits:
        return _Guess(_as_declared(header.match.layout, header.texts, header.match.roles), True)
    best = max(range(min(HEADER_ROWS, sheet.rows - 1)), default=0,
               key=lambda at: _texts_in(sheet, at))  # fmt: skip
    return _by_content(sheet, best)


def _texts_in(sheet: Sheet, row: int) -> int:
    """How many cells of a row are headers rather than data: texts that are no numbers."""
    cells = [as_text(column[row]) for column in sheet.columns if not is_blank(column[row])]
    numbers = re.compile(r"[\d.,:+\- /]+")
    return sum(not numbers.fullmatch(cell) or bool(header_date(cell)) for cell in cells)


def _as_declared(layout: Layout, texts: Sequence[object], roles: Sequence[Any]) -> dict[str, Any]:
    """A layout that is known, with the headers that stand there."""
    declared: dict[str, Any] = {"kind": layout.kind}
    for text, role in zip(texts, roles, strict=True):
        if role and role.name in NAMES:
            declared[role.name] = [" ".join(as_text(text).split())]
    for name in ("total", "slot", "bucket"):
        if name in layout.patterns and any(role and role.name == name for role in roles):
            declared[name] = [pattern.text for pattern in layout.patterns[name]]
    return declared


def _by_content(sheet: Sheet, row: int) -> _Guess | None:
    texts = [column[row] for column in sheet.columns]
    below = sheet.below(row + 1)
    columns = [column[:SAMPLE] for column in below.columns]
    named = _by_name(texts)
    dates = [at for at, column in enumerate(columns) if _share_of_times(column) >= MOST]
    rest = [at for at in range(len(columns)) if at not in {*named.values(), *dates}]
    ahead = _ahead(texts, rest)
    dated = [at for at in rest if header_date(texts[at])]
    declared: dict[str, Any] = {"kind": "wide" if ahead or len(dated) > 1 else "long"}
    numbers = [at for at in rest if _share_of_numbers(columns[at]) >= MOST]
    if "part" not in named:
        others = [at for at in rest if at not in numbers and at not in dated]
        named |= {"part": others[0]} if others else {}
    if "issued_at" not in named and dates:
        named["issued_at"] = dates[0]
    if declared["kind"] == "long":
        free = [at for at in dates if at != named.get("issued_at")]
        named |= {"target": free[0]} if free and "target" not in named else {}
        named |= {"quantity": numbers[0]} if numbers and "quantity" not in named else {}
    for name in NAMES:
        if name in named:
            declared[name] = [" ".join(as_text(texts[named[name]]).split())]
    if "issued_at" not in declared:
        declared["issued_at"] = ["{file}" if DATE.search(Path(sheet.file).stem) else "{title}"]
    if declared["kind"] == "wide":
        declared["total"] = ahead or ["{date}"]
    needed = {"part", *(("target", "quantity") if declared["kind"] == "long" else ())}
    return _Guess(declared) if needed <= set(declared) else None


def _by_name(texts: Sequence[object]) -> dict[str, int]:
    """Columns whose header is a usual one for a role in any layout, or holds one."""
    found: dict[str, int] = {}
    usual = {name: {normal(p.text) for layout in built_in() for p in layout.patterns.get(name, ())}
             for name in NAMES}  # fmt: skip
    for exact in (True, False):
        for name, names in usual.items():
            for at, text in enumerate(map(normal, texts)):
                fits = text in names if exact else any(len(n) > 3 and n in text for n in names)
                if fits and at not in found.values():
                    found.setdefault(name, at)
    return found


def _ahead(texts: Sequence[object], rest: Sequence[int]) -> list[object]:
    """Header texts of columns that are so many days ahead: a pattern for those that are numbered,
    and the text of today's."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at in rest:
        if found := NUMBERED.fullmatch(" ".join(as_text(texts[at]).split())):
            groups.setdefault((found[1], found[3]), []).append(int(found[2]))
    if not groups:
        return []
    (before, after), leads = max(groups.items(), key=lambda each: len(each[1]))
    if len(leads) < 2 or (before == "" and after == ""):
        return []
    pattern = f"{before}{{lead}}{after}"
    if 0 in leads:
        return [pattern]
    today = next((" ".join(as_text(texts[at]).split()) for at in rest
                  if normal(texts[at]).strip("+-") in TODAY), "")  # fmt: skip
    return [{"header": today, "lead": 0}, pattern] if today else []


def _share_of_times(column: Any) -> float:
    cells = [cell for cell in column if not is_blank(cell)]
    if not cells:
        return 0.0
    codes = parse_times(cells, TimeOptions(periods=True)).codes
    wrong = {"time_wrong", "time_serial"}
    return sum(FAULTS[code] not in wrong for code in codes.tolist()) / len(cells)


def _share_of_numbers(column: Any) -> float:
    cells = [cell for cell in column if not is_blank(cell)]
    codes = parse_columns([cells])[1] if cells else None
    return 0.0 if codes is None else float((codes != CODE["text"]).mean())
