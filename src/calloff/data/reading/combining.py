"""What was read of all sheets: whether it can be used, and what is handed on of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from calloff.data.reading.assembling import assemble
from calloff.data.reading.cells import CODE, FAULTS, cell_text, is_blank
from calloff.data.reading.matching import Header, column_names
from calloff.data.reading.months import looks_monthly
from calloff.data.reading.order_lines import order_lines
from calloff.data.reading.parsing import NAMES, Parsed
from calloff.data.reading.result import Choice, Reading, SheetInfo, Skipped
from calloff.data.reading.sheet_read import BadRow, SheetRead
from calloff.data.reading.today import Called
from calloff.data.reading.units import units_of
from calloff.texts.errors import CalloffError, Problem, Where

COLUMNS = {"file": pl.String, "sheet": pl.String, "row": pl.Int64, "cell": pl.String,
          "column": pl.String, "value": pl.String, "reason": pl.String}  # fmt: skip
HARMLESS = {"row_blank", "row_header", "row_total", "row_status", "row_cancelled", "duplicate"}
FEW, UNCLEAR = 3, 0.01  # cells, and their share, that can be read in two ways
MANY_BLANK = 0.3  # of the rows have no part: cells are merged, or repeat the one above


def combine(
    headers: Sequence[Header],
    parsed: Sequence[Parsed],
    skipped: Sequence[Skipped],
    choice: Choice,
    called: Called | None = None,
) -> Reading:
    """Put together what was read of all sheets.

    Args:
        headers: the sheets.
        parsed: the plans of each.
        skipped: sheets and files that are not read.
        choice: which plans are wanted.
        called: what is known of call-offs beside the plans.

    Returns:
        The reading.

    Raises:
        CalloffError: of a sheet no row can be used, quantities are running totals, two files
            contradict each other all over, or what is chosen is not there.
    """
    _check_used(headers, parsed)
    return assemble(read_sheets(headers, parsed), skipped, choice, called)


def read_sheets(headers: Sequence[Header], parsed: Sequence[Parsed]) -> list[SheetRead]:
    """Say what was read of sheets, without their cells.

    Args:
        headers: the sheets.
        parsed: the plans of each.

    Returns:
        What was read of each.
    """
    return [_read(*each) for each in zip(headers, parsed, strict=True)]


def _read(header: Header, parsed: Parsed) -> SheetRead:
    layout = header.match.layout
    return SheetRead(
        info=_info(header, parsed),
        kind=layout.kind,
        options=layout.options,
        plans=parsed.plans,
        buckets=parsed.buckets,
        ahead=parsed.ahead,
        aside=Counter(FAULTS[code] for code in parsed.fault[parsed.fault > 0].tolist()),
        faults=_fault_frame(header, parsed),
        bad=_bad_rows(header, parsed),
        units=units_of(header, parsed.names, parsed.fault),
    )


def _bad_rows(header: Header, parsed: Parsed) -> tuple[BadRow, ...]:
    harmless = [CODE[name] for name in HARMLESS]
    rows = np.flatnonzero((parsed.fault > 0) & ~np.isin(parsed.fault, harmless)).tolist()
    part, plant, customer = (parsed.names[name] for name in NAMES)
    return tuple(
        BadRow(
            part=str(part[row]),
            plant=str(plant[row]),
            customer=str(customer[row]),
            issued="" if np.isnat(parsed.issued[row]) else str(parsed.issued[row]),
            reason=FAULTS[parsed.fault[row]],
            row=header.below.first_row + row,
        )
        for row in rows
        if part[row]
    )


def _check_used(headers: Sequence[Header], parsed: Sequence[Parsed]) -> None:
    """Of every sheet with rows some are used."""
    problems = []
    for header, each in zip(headers, parsed, strict=True):
        real = each.fault[~np.isin(each.fault, [CODE["row_blank"], CODE["row_header"]])]
        if not len(real):
            continue
        code, count = Counter(real.tolist()).most_common(1)[0]
        blank = (real == CODE["part_blank"]).mean()
        if not len(each.plans) and not len(each.buckets):
            problems += _unused(header, each, FAULTS[code], count)
        elif blank > MANY_BLANK:
            facts = {"count": int((real == CODE["part_blank"]).sum()), "rows": len(real)}
            problems.append(Problem("file.parts_blank", header.sheet.where(), facts))
        elif (found := _unclear(header, each)) is not None or (
            found := order_lines(header, each)
        ) is not None:
            problems.append(found)
        elif not header.match.layout.options.period and looks_monthly(each.plans):
            problems.append(Problem("file.monthly", header.sheet.where()))
    if problems:
        raise CalloffError(problems)


def _unused(header: Header, parsed: Parsed, reason: str, count: int) -> list[Problem]:
    row = int(np.flatnonzero(parsed.fault == CODE[reason])[0])
    cells = parsed.faulty[(parsed.faulty[:, 0] == row) & (parsed.faulty[:, 2] == CODE[reason])]
    column = int(cells[0, 1]) if len(cells) else 0
    where, text = _cell(header, row, column)
    facts = {"count": count, "rows": len(parsed.fault), "value": text}
    if reason in DECLARABLE:
        return [Problem(f"unused.{reason}", where, facts)]
    one = [Problem(f"cell.{reason}", where, facts)] if len(cells) else []
    return [Problem("unused.other", header.sheet.where(), facts), *one]


def _unclear(header: Header, parsed: Parsed) -> Problem | None:
    """Quantities that can be read in two ways are no accident where they are many: the large ones
    would be missing, and the small ones not."""
    cells = parsed.faulty[parsed.faulty[:, 2] == CODE["ambiguous"]]
    known = int((~np.isnan(parsed.plans.quantity)).sum()) + len(parsed.buckets)
    if len(cells) < FEW or len(cells) < UNCLEAR * (known + len(cells)):
        return None
    where, text = _cell(header, int(cells[0, 0]), int(cells[0, 1]))
    return Problem("file.ambiguous", where, {"count": len(cells), "value": text})


def _cell(header: Header, row: int, column: int) -> tuple[Where, str]:
    where = replace(header.below.where(row, column), column=column_names(header.texts)[column])
    return where, cell_text(header.below.columns[column][row])


DECLARABLE = {"ambiguous", "time_ambiguous", "time_mixed", "time_zone", "time_wrong", "fractional",
              "target_past"}  # fmt: skip


def _info(header: Header, result: Parsed) -> SheetInfo:
    names = column_names(header.texts)
    roles = list(zip(names, header.texts, header.match.roles, strict=True))
    return SheetInfo(
        header.sheet.file,
        header.sheet.sheet,
        header.match.layout.name,
        header.number,
        len(result.fault),
        tuple(name for name, text, role in roles if role is None and not is_blank(text)),
        tuple(name for name, _, role in roles if role and role.name == "bucket"),
        dict(zip(names, result.blanks.tolist(), strict=True)),
    )


def _fault_frame(header: Header, result: Parsed) -> pl.DataFrame:
    names = column_names(header.texts)
    rows = []
    for row, column, code in result.faulty.tolist():
        where = header.below.where(row, column)
        text = cell_text(header.below.columns[column][row])
        place = (where.file, where.sheet, where.row, where.cell, names[column])
        rows.append((*place, text, FAULTS[code]))
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")
