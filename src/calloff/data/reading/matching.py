"""Which row of a sheet is its header, and which layout it fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from calloff.data.layouts import Layout, Match, match
from calloff.data.reading.cells import cell_text, is_blank
from calloff.data.reading.result import Skipped
from calloff.data.reading.sheets import Column, Sheet, column_letter
from calloff.texts.errors import CalloffError, Problem, Where, few

QUANTITIES = ("total", "slot", "bucket", "quantity")  # roles of columns
HEADER_ROWS = 20  # a title or a date may stand above the header


@dataclass(frozen=True)
class Header:
    """A sheet and its header.

    Attributes:
        sheet: the sheet.
        at: row of the header, from 0.
        match: how it fits a layout.
    """

    sheet: Sheet
    at: int
    match: Match

    @property
    def texts(self) -> list[object]:
        """The cells of the header."""
        return [column[self.at] for column in self.sheet.columns]

    @property
    def number(self) -> int:
        """Row of the header in the sheet, from 1."""
        return self.sheet.first_row + self.at

    @cached_property
    def below(self) -> Sheet:
        """The rows below the header, without the blank ones at the end."""
        below = self.sheet.below(self.at + 1)
        end = max(map(_filled_to, below.columns), default=0)
        columns = tuple(column[:end] for column in below.columns)
        kept = (below.file, below.sheet, columns, below.first_row, below.marks, below.separated)
        return Sheet(*kept)


def _filled_to(column: Column) -> int:
    """Rows up to the last cell that is not blank."""
    end = len(column)
    while end and is_blank(column[end - 1]):
        end -= 1
    return end


def fitting_columns(rows: Sequence[Sequence[object]], layouts: Sequence[Layout]) -> int:
    """Count the columns of a layout in the header among some first rows.

    Args:
        rows: the first rows of a sheet.
        layouts: any of which may fit.

    Returns:
        The most columns that a layout knows in the first row that fits one; 0 where none fits.
    """
    for row in rows:
        found = [match(layout, row) for layout in layouts]
        fitting = [sum(role is not None for role in each.roles) for each in found if each.fits]
        if fitting:
            return max(fitting)
    return 0


def quantity_columns(rows: Sequence[Sequence[object]], layouts: Sequence[Layout]) -> list[int]:
    """Find the columns of quantities in the header among some first rows.

    Args:
        rows: the first rows of a sheet.
        layouts: any of which may fit.

    Returns:
        Their places; none where no row fits a layout.
    """
    for row in rows:
        for each in (match(layout, row) for layout in layouts):
            if each.fits:
                roles = enumerate(each.roles)
                return [at for at, role in roles if role and role.name in QUANTITIES]
    return []


def match_sheets(
    sheets: Sequence[Sheet], layouts: Sequence[Layout]
) -> tuple[list[Header], list[Skipped]]:
    """Find the headers of sheets.

    Args:
        sheets: of all files.
        layouts: in the order in which they are tried.

    Returns:
        Those with rows below a known header; and those that are no plans.

    Raises:
        CalloffError: a file has none that can be used.
    """
    found: list[Header] = []
    skipped: list[Skipped] = []
    unknown: list[Header] = []
    for sheet in sheets:
        if sheet.marks.unused:
            skipped.append(Skipped(sheet.file, sheet.sheet, sheet.marks.unused))
            continue
        if not sheet.rows:
            raise CalloffError([Problem("file.no_rows", sheet.where())])
        header = find_header(sheet, layouts)
        (found if header.match.fits else unknown).append(header)
    skipped += [Skipped(each.sheet.file, each.sheet.sheet, "unknown") for each in unknown]
    _check_all_used(sheets, found, unknown)
    _check_calculated(found)
    _check_named(found)
    return found, skipped


def _check_all_used(
    sheets: Sequence[Sheet], found: Sequence[Header], unknown: Sequence[Header]
) -> None:
    """Every file has a sheet that is read, or is a workbook of calloff's own beside such files."""
    useful = {header.sheet.file for header in found}
    problems = [_unknown_problem(each) for each in unknown if each.sheet.file not in useful]
    named = {problem.where.file for problem in problems}
    for sheet in sheets:
        reason = sheet.marks.unused
        if sheet.file in useful | named or not reason or (reason == "own" and useful):
            continue
        named.add(sheet.file)
        alike = [
            each.sheet for each in sheets if each.file == sheet.file and each.marks.unused == reason
        ]
        facts = {"sheet": sheet.sheet, "names": few(alike)}
        problems.append(Problem(f"file.only_{reason}", sheet.where(), facts))
    empty = [header for header in found if not header.below.rows]
    if len(empty) == len(found) and not problems:
        problems = [Problem("file.no_rows", header.sheet.where()) for header in empty]
    if problems:
        raise CalloffError(problems)


def _check_calculated(found: Sequence[Header]) -> None:
    """Columns that are used hold values, and no formulas that nobody has calculated."""
    problems: list[Problem] = []
    for header in found:
        used = {at: header.texts[at] for at, role in enumerate(header.match.roles) if role}
        problems += uncalculated(header.sheet, used)
    if problems:
        raise CalloffError(problems)


def uncalculated(sheet: Sheet, heads: Mapping[int, object]) -> Iterator[Problem]:
    """Find columns that hold formulas which were never calculated.

    Args:
        sheet: the sheet.
        heads: the columns that are used, from 0 -> how they are headed.

    Yields:
        A problem for each.
    """
    for at, count in sheet.marks.uncalculated.items():
        if at in heads:
            where = Where(sheet.file, sheet.sheet, cell=column_letter(at))
            facts = {"name": cell_text(heads[at]), "count": count}
            yield Problem("file.uncalculated", where, facts)


def _check_named(found: Sequence[Header]) -> None:
    """Columns beside quantities have a header where they hold something."""
    problems = []
    for header in found:
        name = ""
        for at, (text, role) in enumerate(zip(header.texts, header.match.roles, strict=True)):
            if role and role.name in ("total", "slot"):
                name = cell_text(text)
            elif header.sheet.separated and at >= header.match.width:
                break  # cells too many: told row by row
            elif name and is_blank(text) and _is_filled(header.below.columns[at]):
                where = header.sheet.where(header.at, at)
                problems.append(Problem("header.unnamed", where, {"name": name}))
                break
            else:
                name = ""
    if problems:
        raise CalloffError(problems)


def _is_filled(column: Column) -> bool:
    """Whether half of the cells are not blank."""
    return 2 * sum(not is_blank(cell) for cell in column) > len(column) > 0


def find_header(sheet: Sheet, layouts: Sequence[Layout]) -> Header:
    """Find the header of a sheet.

    Args:
        sheet: with a row at least.
        layouts: in the order in which they are tried.

    Returns:
        The first row that fits a layout, else the row and layout that come nearest.
    """
    nearest: Header | None = None
    skip = layouts[0].options.skip_rows if len(layouts) == 1 else 0
    rows = sheet.head(min(skip + HEADER_ROWS, sheet.rows))
    for at, row in list(enumerate(rows))[min(skip, len(rows) - 1) :]:
        filled = _merged_into(sheet, at)
        if filled is not sheet:
            row = tuple(column[at] for column in filled.columns)
        for layout in layouts:
            header = Header(filled, at, match(layout, row))
            if header.match.fits:
                return header
            if nearest is None or header.match.matched > nearest.match.matched:
                nearest = header
    assert nearest is not None  # a sheet has a row, and there is a layout
    return nearest


def _merged_into(sheet: Sheet, row: int) -> Sheet:
    """A sheet with the cells that are merged over a ``row`` and those above it, as in the lowest
    row of a header, in that row too."""
    merged = [(at, top) for at, top, end in sheet.marks.merged if top < row == end]
    if not merged:
        return sheet
    columns = list(sheet.columns)
    for at, top in merged:
        cells = list(columns[at])
        cells[row] = cells[top]
        columns[at] = cells
    return replace(sheet, columns=tuple(columns))


def _unknown_problem(header: Header) -> Problem:
    found, texts = header.match, header.texts
    others = [
        cell_text(text)
        for text, role in zip(texts, found.roles, strict=True)
        if not (role or is_blank(text))
    ]
    facts = {
        "layout": found.layout.title,
        "missing": ", ".join(found.missing),
        "repeated": ", ".join(found.repeated),
        "others": few(others),
        "rows": min(HEADER_ROWS, header.sheet.rows),
    }
    code = "unknown" if not found.matched else "repeated" if not found.missing else "incomplete"
    return Problem(f"header.{code}", header.sheet.where(header.at), facts)


def column_names(header: Sequence[object]) -> list[str]:
    """Texts of a ``header``; one that stands there twice is told apart by its column letter."""
    texts = [" ".join(cell_text(text).split()) for text in header]
    count = Counter(texts)
    return [
        text if count[text] == 1 else f"{text} [{column_letter(index)}]".strip()
        for index, text in enumerate(texts)
    ]
