"""Overrides out of workbooks that calloff wrote and a planner saved, in whatever language.

A hidden sheet of the workbook says up to which day its forecast knew the plans (``evening``) and
how its columns are headed, so that sheets and columns may be renamed, moved and sorted, and the
catalogue may change its words. It also holds the overrides that were in the workbook at first.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.reading.cells import cell_text, is_blank, parse_part
from calloff.data.reading.files import OWN, read_sheets
from calloff.data.reading.matching import uncalculated
from calloff.data.reading.numbers import parse_quantity
from calloff.data.reading.sheets import Sheet
from calloff.data.reading.times import parse_time
from calloff.overrides.table import KEY, SCHEMA, Overrides
from calloff.texts import arguments
from calloff.texts.arguments import require, several
from calloff.texts.errors import CalloffError, Problem, Where, fail

FORMAT = "1"
BUILD = ("part", "target", "plan", "forecast", "override")  # columns of the sheet to write in
MARK = OWN  # the first cell of the hidden sheet
FIRST = "own"  # of its rows with an override; part, target, evening and pieces follow
WRITTEN = ("part", "target", "override")  # of these, what says which number is whose
KEPT = tuple(SCHEMA)  # and of the sheet with the overrides so far
HEADER_ROWS = 20  # a header may have been pushed down so far
SAVED = re.compile(rb"<dcterms:(created|modified)[^>]*>(\d{4}-\d\d-\d\d)")

Row = dict[str, Any]


@dataclass(frozen=True)
class _Table:
    """A sheet whose columns were found: name -> index; ``top`` is the header's row."""

    sheet: Sheet
    top: int
    columns: Mapping[str, int]


def read_overrides(paths: Iterable[str | Path], parts: Sequence[str] | None = None) -> Overrides:
    """Read a planner's overrides from workbooks that calloff wrote.

    Args:
        paths: the workbooks; a later one wins over an earlier one.
        parts: parts of the input; by default any part may be overridden.

    Returns:
        The overrides of all workbooks.

    Raises:
        CalloffError: with all that is wrong in all of them: no workbook of calloff's, a sheet that
            is gone, what is no number from 0, parts that are not in the input, missing target days.
    """
    require(several(paths, "paths"), several(parts, "parts", optional=True))
    paths = tuple(paths)
    require(*(arguments.path(path, "paths") for path in paths))
    found = Overrides()
    problems: list[Problem] = []
    for path in paths:
        try:
            found = found.keep(_read(Path(path), parts))
        except CalloffError as error:
            problems += error.problems
    if problems:
        raise CalloffError(problems)
    return found


def read_changes(path: str | Path) -> Overrides:
    """Read what a planner changed in a workbook since calloff wrote it.

    Args:
        path: the workbook.

    Returns:
        The overrides that are new, or others than at first; null where one is taken back, its cell
        being empty.

    Raises:
        CalloffError: as in ``read_overrides``.
    """
    read = _rows_of(Path(path), None)
    there = _overrides(read).table
    rows = pl.concat([_frame(read.now), _frame(read.before)])
    emptied = rows.filter(pl.col("override").is_null())
    emptied = emptied.unique(KEY, maintain_order=True).join(there, on=KEY, how="anti")
    rows = pl.concat([there, emptied]).join(read.first, on=KEY, how="left", maintain_order="left")
    changed = pl.col("override").ne_missing(pl.col("at_first"))
    return Overrides(rows.filter(changed).drop("at_first"))


@dataclass(frozen=True)
class _Rows:
    """The rows of a workbook: of the sheet to write in, of that with the overrides so far, and the
    overrides at first (at_first)."""

    now: Sequence[Row]
    before: Sequence[Row]
    first: pl.DataFrame


def _read(path: Path, parts: Sequence[str] | None) -> Overrides:
    return _overrides(_rows_of(path, parts))


def _overrides(read: _Rows) -> Overrides:
    kept_elsewhere = Overrides(_given(read.before)).without(_frame(read.now))
    return kept_elsewhere.keep(Overrides(_given(read.now)))


def _rows_of(path: Path, parts: Sequence[str] | None) -> _Rows:
    sheets = read_sheets(path)
    hidden = _hidden(sheets, path)
    marks = _marks(hidden, path)
    cutoff = _day(marks.get("evening"))
    if cutoff is None:
        raise fail("overrides.no_mark", Where(file=str(path)))
    kept = _find(sheets, {name: marks.get(f"kept.{name}", "") for name in KEPT})
    others = [sheet for sheet in sheets if all(sheet is not table.sheet for table in kept)]
    found = _find(others, {name: marks.get(f"build.{name}", "") for name in BUILD})
    if not found:
        wanted = ", ".join(marks.get(f"build.{name}", name) for name in BUILD)
        raise fail("overrides.no_sheet", Where(file=str(path)), columns=wanted)
    problems: list[Problem] = []
    build, *copies = found
    now = list(_rows(build, cutoff, _made(path, cutoff), problems))
    before = list(_rows(kept[0], cutoff, None, problems)) if kept else []
    problems += _unknown(build, now, parts)
    problems += [problem for copy in copies for problem in _copied(copy, build, now, cutoff)]
    if problems:
        raise CalloffError(problems)
    return _Rows(now, before, _first(hidden, path))


def _hidden(sheets: Sequence[Sheet], path: Path) -> Sheet:
    """The hidden sheet."""
    for sheet in sheets:
        if sheet.cells.shape[1] > 1 and cell_text(sheet.cells[0, 0]) == OWN:
            return sheet
    raise fail("overrides.no_mark", Where(file=str(path)))


def _first(hidden: Sheet, path: Path) -> pl.DataFrame:
    """The overrides that were in the workbook at first; none where it holds none."""
    rows = [row[1:] for row in hidden.cells.tolist() if cell_text(row[0]) == FIRST]
    if rows and len(rows[0]) <= len(KEY):
        raise fail("overrides.no_mark", Where(file=str(path)))
    found = [(cell_text(row[0]), *map(_day, row[1:3]), _pieces(row[3])) for row in rows]
    schema = {**{name: SCHEMA[name] for name in KEY}, "at_first": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def _marks(sheet: Sheet, path: Path) -> dict[str, str]:
    marks = {cell_text(row[0]): cell_text(row[1]) for row in sheet.cells.tolist()}
    if marks.get("format") != FORMAT:
        raise fail("overrides.newer", Where(file=str(path)), version=marks.get("version"))
    return marks


def _find(sheets: Iterable[Sheet], headers: Mapping[str, str]) -> list[_Table]:
    """All sheets with these columns: a sheet may have been copied."""
    tables = (_table(sheet, headers) for sheet in sheets if all(headers.values()))
    return [table for table in tables if table]


def _table(sheet: Sheet, headers: Mapping[str, str]) -> _Table | None:
    for top, cells in enumerate(sheet.cells[:HEADER_ROWS].tolist()):
        texts = [cell_text(cell) for cell in cells]
        if set(headers.values()) <= set(texts):
            return _Table(sheet, top, {name: texts.index(headers[name]) for name in headers})
    return None


def _copied(copy: _Table, build: _Table, now: Sequence[Row], cutoff: date) -> Iterable[Problem]:
    """A copy of the sheet to write in whose own numbers are others, or cannot be read."""
    wrong: list[Problem] = []
    rows = list(_rows(copy, cutoff, None, wrong))
    said, other = ({(row["part"], row["target"], row["override"]) for row in each
                    if row["override"] is not None} for each in (now, rows))  # fmt: skip
    if wrong or said != other:
        yield Problem("overrides.copied", copy.sheet.where(), {"sheet": build.sheet.sheet})


def _columns(table: _Table) -> Iterable[Problem]:
    """Columns of which there are two that differ, and formulas that were never calculated."""
    columns = [column[table.top :] for column in table.sheet.columns]
    heads = [cell_text(column[0]) for column in columns]
    used = {heads[at]: at for name, at in table.columns.items() if name in WRITTEN}
    alike = {at: used[head] for at, head in enumerate(heads) if head in used}
    yield from uncalculated(table.sheet, {at: heads[at] for at in alike})
    twice = [(at, first) for at, first in alike.items() if at != first]
    for at, first in twice:
        one, other = ([cell_text(cell) for cell in columns[each]] for each in (at, first))
        if one != other:
            where = table.sheet.where(table.top, at)
            yield Problem("overrides.column_twice", where, {"name": heads[at]})


def _rows(table: _Table, cutoff: date, made: date | None, problems: list[Problem]) -> Iterable[Row]:
    """Each row that has a part, with its 0-based place as ``at``; blank overrides are None."""
    problems += _columns(table)
    for at in range(table.top + 1, len(table.sheet.cells)):
        cells = {name: table.sheet.cells[at, index] for name, index in table.columns.items()}
        part, nameless = parse_part(cells["part"])
        if nameless and is_blank(cells["override"]):
            continue
        faults = dict(_faults(cells))
        problems += [_problem(table, at, name, fault) for name, fault in faults.items()]
        if not faults:
            yield _row(cells, part, cutoff, made) | {"at": at}


def _faults(cells: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Column -> what is wrong in it, where an override was given at all."""
    if is_blank(cells["override"]):
        return
    for name in ("target", "evening", "made"):
        if name in cells and parse_time(cells[name])[1]:
            yield name, "day"
    if parse_part(cells["part"])[1]:
        yield "part", "part"
    _, fault = parse_quantity(cells["override"])
    if fault and fault != "fractional":
        yield "override", "negative" if fault == "negative" else "number"


def _problem(table: _Table, at: int, name: str, fault: str) -> Problem:
    column = table.columns[name]
    head = cell_text(table.sheet.cells[table.top, column])
    where = replace(table.sheet.where(at, column), column=head)
    return Problem(f"overrides.{fault}", where, {"value": cell_text(table.sheet.cells[at, column])})


def _row(cells: Mapping[str, Any], part: str, cutoff: date, made: date | None) -> Row:
    return {
        "part": part,
        "target": _day(cells["target"]),
        "evening": _day(cells["evening"]) if "evening" in cells else cutoff,
        "made": _day(cells["made"]) if "made" in cells else made,
        **{name: _pieces(cells[name]) for name in ("plan", "forecast", "override")},
    }


def _day(cell: object) -> date | None:
    stamp, _ = parse_time(cell)
    return stamp.date() if stamp else None


def _pieces(cell: object) -> float | None:
    value, fault = parse_quantity(cell)
    return value if fault in ("", "fractional") else None


def _unknown(table: _Table, rows: Iterable[Row], parts: Sequence[str] | None) -> Iterable[Problem]:
    """Overrides for parts that the input does not have, and a second one for the same pair."""
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        if row["override"] is None:
            continue
        pair = row["part"], row["target"]
        if pair in seen or (parts is not None and row["part"] not in parts):
            code = "again" if pair in seen else "unknown"
            where = table.sheet.where(row["at"], table.columns["part"])
            facts = {"part": row["part"], "target": row["target"]}
            yield Problem(f"overrides.{code}", where, facts)
        seen.add(pair)


def _given(rows: Sequence[Row]) -> pl.DataFrame:
    """The rows with an override; an empty cell takes back what stood there."""
    return _frame(rows).drop_nulls("override")


def _frame(rows: Sequence[Row]) -> pl.DataFrame:
    columns = {name: [row[name] for row in rows] for name in SCHEMA}
    return pl.DataFrame(columns, schema=SCHEMA).drop_nulls(KEY)


def _made(path: Path, cutoff: date) -> date:
    """The cutoff, and the days from writing the workbook to its last saving by the clock."""
    try:
        with zipfile.ZipFile(path) as archive:
            days = dict(SAVED.findall(archive.read("docProps/core.xml")))
        span = date.fromisoformat(days[b"modified"].decode()) - date.fromisoformat(
            days[b"created"].decode()
        )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return cutoff  # another format, or a program that keeps no dates
    return cutoff + max(span, timedelta(0))
