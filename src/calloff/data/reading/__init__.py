"""Read the customer's plans: any kind of file, several at once, or a frame. Nothing is guessed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from calloff.data.layouts import Layout, Match, built_in, load_layout, match
from calloff.data.reading.cells import FAULTS, cell_text, is_blank
from calloff.data.reading.files import find_files, read_sheets
from calloff.data.reading.frames import frame_sheet, is_frame
from calloff.data.reading.plans import Parsed, Plans, parse_sheet
from calloff.data.reading.sheets import Sheet, as_cells, column_letter
from calloff.texts.arguments import flag, instance, require
from calloff.texts.errors import CalloffError, Problem, Where

HEADER_ROWS = 20  # a title or a date may stand above the header
COLUMNS = {"file": pl.String, "sheet": pl.String, "row": pl.Int64, "cell": pl.String,
          "column": pl.String, "value": pl.String, "reason": pl.String}  # fmt: skip

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class SheetInfo:
    """What was found in one sheet.

    Attributes:
        file: path of the file, or "frame 1" for the first frame.
        sheet: name of the sheet; empty where there is just one table.
        layout: name of the layout that fits.
        header_row: row of the header, from 1.
        rows: rows below it.
        ignored: columns that the layout does not know.
        buckets: columns that add up several days, which are not used.
        nulls: column -> blank cells.
    """

    file: str
    sheet: str
    layout: str
    header_row: int
    rows: int
    ignored: tuple[str, ...]
    buckets: tuple[str, ...]
    nulls: dict[str, int]


@dataclass(frozen=True)
class Reading:
    """Everything that was read.

    All rows are accounted for: ``rows == plans.rows.sum() + sum(set_aside.values())``.

    Attributes:
        plans: the sound ones.
        sheets: what was found in each sheet that was used.
        faults: every faulty cell, with file, sheet, row, cell, column, value and reason.
        set_aside: reason -> rows that are not used.
        skipped: sheets without a known header.
    """

    plans: Plans
    sheets: tuple[SheetInfo, ...]
    faults: pl.DataFrame
    set_aside: dict[str, int]
    skipped: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows below the headers of all sheets."""
        return sum(sheet.rows for sheet in self.sheets)


def read(
    *inputs: Any,
    layout: str | Path | Layout | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Reading:
    """Read the customer's plans.

    Args:
        inputs: files, folders, globs, or frames of pandas, polars or Arrow.
        layout: a TOML file or a Layout for columns that calloff does not know.
        strict: refuse the input where any cell is faulty, instead of setting its row aside.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        The plans, and what was wrong with the rest.

    Raises:
        CalloffError: with all problems of all inputs, or with all arguments that cannot be used.
    """
    require(
        instance(layout, "layout", str, os.PathLike, Layout, optional=True),
        flag(strict, "strict"),
        instance(progress, "progress", Callable, optional=True),  # type: ignore[arg-type]
    )
    wanted = layout if isinstance(layout, Layout) else load_layout(layout) if layout else None
    layouts = (wanted,) if wanted else built_in()
    sheets = _gather(inputs, progress or (lambda done, what: None))
    parsed, skipped = _parse_all(sheets, layouts)
    reading = _combine(parsed, skipped)
    if strict and reading.faults.height:
        raise CalloffError([_strict_problem(row) for row in reading.faults.iter_rows(named=True)])
    return reading


def _gather(inputs: Sequence[Any], progress: Progress) -> list[Sheet]:
    """The sheets of all inputs; the problems of all unusable files are raised together."""
    frames = [
        frame_sheet(thing, f"frame {i + 1}") for i, thing in enumerate(inputs) if is_frame(thing)
    ]
    paths = find_files([thing for thing in inputs if not is_frame(thing)])
    if not frames and not paths:
        raise CalloffError([Problem("file.no_input")])
    sheets: list[Sheet] = list(frames)
    problems: list[Problem] = []
    for index, path in enumerate(paths):
        progress(index / len(paths), path.name)
        try:
            sheets += read_sheets(path)
        except CalloffError as error:
            problems += error.problems
    if problems:
        raise CalloffError(problems)
    return sheets


def _parse_all(
    sheets: Sequence[Sheet], layouts: Sequence[Layout]
) -> tuple[list[tuple[Sheet, int, Match, Parsed]], list[str]]:
    """Parse the sheets whose header is known. A file in which none is known is a problem."""
    parsed: list[tuple[Sheet, int, Match, Parsed]] = []
    unknown: list[tuple[Sheet, int, Match]] = []
    for sheet in sheets:
        at, found = _find_header(sheet, layouts)
        if not found.fits:
            unknown.append((sheet, at, found))
            continue
        body = _trim(sheet.cells[at + 1 :])
        first = sheet.first_row + at + 1
        parsed.append((sheet, at, found, parse_sheet(body, found, first, len(parsed))))
    useful = {sheet.file for sheet, *_ in parsed}
    lost = [_unknown_problem(*entry) for entry in unknown if entry[0].file not in useful]
    if lost:
        raise CalloffError(lost)
    empty = [s for s, at, _, _ in parsed if not len(_trim(s.cells[at + 1 :]))]
    if len(empty) == len(parsed):
        raise CalloffError([Problem("file.no_rows", sheet.where()) for sheet in empty])
    return parsed, [f"{sheet.file}: {sheet.sheet}" for sheet, *_ in unknown]


def _find_header(sheet: Sheet, layouts: Sequence[Layout]) -> tuple[int, Match]:
    """The first row that fits a layout, else the row and layout that come nearest."""
    nearest: tuple[int, Match] | None = None
    for at in range(min(HEADER_ROWS, len(sheet.cells))):
        for layout in layouts:
            found = match(layout, sheet.cells[at].tolist())
            if found.fits:
                return at, found
            if nearest is None or found.matched > nearest[1].matched:
                nearest = at, found
    assert nearest is not None  # a sheet has a row, and there is a layout
    return nearest


def _trim(cells: Any) -> Any:
    """Rows without the blank ones at the end."""
    end = len(cells)
    while end and all(map(is_blank, cells[end - 1])):
        end -= 1
    return cells[:end]


def _unknown_problem(sheet: Sheet, at: int, found: Match) -> Problem:
    header = sheet.cells[at].tolist()
    others = [
        cell_text(h)
        for h, role in zip(header, found.roles, strict=True)
        if not (role or is_blank(h))
    ]
    facts = {
        "layout": found.layout.title,
        "missing": ", ".join(found.missing) or "-",
        "repeated": ", ".join(found.repeated) or "-",
        "others": _shorten(others),
    }
    code = "header.incomplete" if found.matched else "header.unknown"
    return Problem(code, Where(sheet.file, sheet.sheet, sheet.first_row + at), facts)


def _shorten(names: Sequence[str], most: int = 8) -> str:
    text = ", ".join(names[:most]) or "-"
    return f"{text}, ... ({len(names)})" if len(names) > most else text


def _combine(parsed: Sequence[tuple[Sheet, int, Match, Parsed]], skipped: Sequence[str]) -> Reading:
    set_aside: Counter[str] = Counter()
    for *_, result in parsed:
        set_aside.update(FAULTS[code] for code in result.fault[result.fault > 0].tolist())
    return Reading(
        plans=_join([result.plans for *_, result in parsed]),
        sheets=tuple(_info(*entry) for entry in parsed),
        faults=_fault_frame(parsed),
        set_aside=dict(sorted(set_aside.items())),
        skipped=tuple(skipped),
    )


def _info(sheet: Sheet, at: int, found: Match, result: Parsed) -> SheetInfo:
    header = sheet.cells[at].tolist()
    names = column_names(header)
    roles = list(zip(names, header, found.roles, strict=True))
    return SheetInfo(
        sheet.file,
        sheet.sheet,
        found.layout.name,
        sheet.first_row + at,
        len(result.fault),
        tuple(name for name, text, role in roles if role is None and not is_blank(text)),
        tuple(name for name, _, role in roles if role and role.name == "bucket"),
        dict(zip(names, result.blanks.tolist(), strict=True)),
    )


def column_names(header: Sequence[object]) -> list[str]:
    """Texts of a ``header``; one that stands there twice is told apart by its column letter."""
    texts = [" ".join(cell_text(text).split()) for text in header]
    count = Counter(texts)
    return [
        text if count[text] == 1 else f"{text} [{column_letter(index)}]".strip()
        for index, text in enumerate(texts)
    ]


def _fault_frame(parsed: Sequence[tuple[Sheet, int, Match, Parsed]]) -> pl.DataFrame:
    rows = []
    for sheet, at, _, result in parsed:
        names = column_names(sheet.cells[at].tolist())
        below = replace(sheet, first_row=sheet.first_row + at + 1, cells=sheet.cells[at + 1 :])
        for row, column, code in result.faulty.tolist():
            where = below.where(row, column)
            text = cell_text(below.cells[row, column])
            place = (where.file, where.sheet, where.row, where.cell, names[column])
            rows.append((*place, text, FAULTS[code]))
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _strict_problem(fault: dict[str, Any]) -> Problem:
    where = Where(fault["file"], fault["sheet"], fault["row"], fault["column"], fault["cell"])
    return Problem(f"cell.{fault['reason']}", where, {"value": fault["value"]})


def _join(parts: Sequence[Plans]) -> Plans:
    """Plans of several sheets on one axis of leads."""
    if len(parts) == 1:
        return parts[0]
    leads = sorted(set(chain.from_iterable(plans.leads.tolist() for plans in parts)))
    wide = [_spread(plans, leads) for plans in parts]
    names = ("part", "issued", "quantity", "slots", "detail", "source", "row", "rows")
    columns = {name: np.concatenate([getattr(plans, name) for plans in wide]) for name in names}
    return Plans(leads=np.array(leads, dtype=np.int64), **columns)


def _spread(plans: Plans, leads: Sequence[int]) -> Plans:
    at = np.searchsorted(np.array(leads), plans.leads)
    both = []
    for values in (plans.quantity, plans.slots):
        spread = np.full((len(plans), len(leads)), np.nan)
        spread[:, at] = values
        both.append(spread)
    return replace(plans, leads=np.array(leads, dtype=np.int64), quantity=both[0], slots=both[1])


__all__ = ["Reading", "SheetInfo", "as_cells", "column_names", "read"]
