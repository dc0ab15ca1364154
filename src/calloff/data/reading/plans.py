"""Sheets to plans: each sound row (or group of rows) becomes one plan of one part.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.data.layouts import FARTHEST, Match, header_role
from calloff.data.reading.cells import (
    BLANKS,
    CODE,
    Codes,
    Values,
    is_blank,
    parse_parts,
    parse_quantities,
    parse_times,
)
from calloff.data.reading.sheets import Cells


@dataclass(frozen=True)
class Plans:
    """Plans in the order of their rows (n plans, L leads).

    Attributes:
        part: names of the parts (n).
        issued: times of issue (n), datetime64[s], local time.
        leads: days ahead (L).
        quantity: pieces (n, L); NaN where the file has none.
        slots: sums of the hourly slots (n, L), in pieces; NaN without slots.
        detail: hash of slots and buckets (n), 0 without, to tell whether rows are the same.
        source: index of the sheet (n).
        row: row in the sheet (n), from 1.
        rows: how many rows of the sheet make up the plan (n).
    """

    part: NDArray[np.object_]
    issued: NDArray[np.datetime64]
    leads: NDArray[np.int64]
    quantity: Values
    slots: Values
    detail: NDArray[np.int64]
    source: NDArray[np.int64]
    row: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.part)

    def take(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Plans:
        """The plans that ``keep``, a mask or indices, selects."""
        return Plans(
            part=self.part[keep],
            issued=self.issued[keep],
            leads=self.leads,
            quantity=self.quantity[keep],
            slots=self.slots[keep],
            detail=self.detail[keep],
            source=self.source[keep],
            row=self.row[keep],
            rows=self.rows[keep],
        )


@dataclass(frozen=True)
class Parsed:
    """A sheet's plans, and what was wrong.

    Attributes:
        plans: plans of the sound rows.
        fault: why each row is set aside (rows), an index into FAULTS; 0 where it is not.
        faulty: every faulty cell as row, column and fault (cells, 3), counted from 0.
        blanks: how many cells are blank (columns).
    """

    plans: Plans
    fault: Codes
    faulty: NDArray[np.int64]
    blanks: NDArray[np.int64]


def parse_sheet(cells: Cells, match: Match, first_row: int, source: int) -> Parsed:
    """Parse the rows below a header.

    Args:
        cells: the cells (rows, columns).
        match: the role of each column.
        first_row: number of the first row in the sheet, from 1.
        source: index of the sheet.

    Returns:
        The plans of the sound rows, and what was wrong with the others.
    """
    values, codes, stamps = _parse_cells(cells, match)
    column = {role.name: index for index, role in enumerate(match.roles) if role}
    parts, codes[:, column["part"]] = parse_parts(cells[:, column["part"]].tolist())
    table = _Table(parts, stamps["issued_at"], values, first_row, source)
    if match.layout.kind == "wide":
        fault, faulty = _faults(codes, cells, match)
        plans = _wide_plans(table, match, np.flatnonzero(fault == 0))
    else:
        leads, far = _leads(stamps["issued_at"], stamps["target"])
        codes[:, column["target"]] += far * (codes[:, column["target"]] == 0)
        fault, faulty = _faults(codes, cells, match)
        quantity = values[:, column["quantity"]]
        plans, again = _long_plans(table, leads, quantity, np.flatnonzero(fault == 0))
        fault[again] = CODE["duplicate"]
    return Parsed(plans, fault, faulty, _count_blanks(cells, codes, match))


def _parse_cells(cells: Cells, match: Match) -> tuple[Values, Codes, dict[str, Any]]:
    """Quantities (rows, columns; NaN elsewhere), faults, and time stamps by role."""
    values = np.full(cells.shape, np.nan)
    codes = np.zeros(cells.shape, dtype=np.int8)
    stamps = {}
    numbers = []
    for index, role in enumerate(match.roles):
        if role and role.name in ("issued_at", "target"):
            stamps[role.name], codes[:, index] = parse_times(
                cells[:, index].tolist(), match.layout.time_formats
            )
        elif role and role.name != "part":
            numbers.append(index)
    values[:, numbers], codes[:, numbers] = parse_quantities(cells[:, numbers])
    return values, codes, stamps


def _count_blanks(cells: Cells, codes: Codes, match: Match) -> NDArray[np.int64]:
    count = np.isin(codes, BLANKS).sum(axis=0)
    for index, role in enumerate(match.roles):
        if role is None:
            count[index] = sum(map(is_blank, cells[:, index].tolist()))
    return count.astype(np.int64)


@dataclass(frozen=True)
class _Table:
    part: NDArray[np.object_]
    issued: NDArray[np.datetime64]
    values: Values
    first_row: int
    source: int

    def plans(self, at: NDArray[np.int64], leads: Sequence[int], **fields: Any) -> Plans:
        """The plans whose (first) rows are ``at``."""
        n = len(at)
        empty = np.full((n, len(leads)), np.nan)
        given: dict[str, Any] = {
            "slots": empty,
            "detail": np.zeros(n, dtype=np.int64),
            "rows": np.ones(n, dtype=np.int64),
            **fields,
        }
        return Plans(
            part=self.part[at],
            issued=self.issued[at],
            leads=np.array(leads, dtype=np.int64),
            source=np.full(n, self.source, dtype=np.int64),
            row=at + self.first_row,
            **given,
        )


def _faults(codes: Codes, cells: Cells, match: Match) -> tuple[Codes, NDArray[np.int64]]:
    """The first fault of each row, and all faulty cells of rows that are not faulty as a whole."""
    fault = np.zeros(len(codes), dtype=np.int8)
    suspects = np.flatnonzero(codes.any(axis=1))
    for row in suspects.tolist():
        fault[row] = _row_fault(cells[row].tolist(), match)
    found = codes * (fault == 0)[:, None]
    rows, columns = np.nonzero(found)
    rest = suspects[fault[suspects] == 0]
    fault[rest] = codes[rest, (codes[rest] != 0).argmax(axis=1)]
    return fault, np.stack([rows, columns, found[rows, columns]], axis=1)


def _row_fault(row: list[object], match: Match) -> np.int8:
    """Faults of whole rows: nothing in them, or the header once more."""
    if all(map(is_blank, row)):
        return CODE["row_blank"]
    named = [(cell, role) for cell, role in zip(row, match.roles, strict=True) if role]
    if all(header_role(match.layout, cell) == role for cell, role in named):
        return CODE["row_header"]
    return CODE[""]


def _wide_plans(table: _Table, match: Match, rows: NDArray[np.int64]) -> Plans:
    leads = sorted({role.lead for role in match.roles if role and role.name == "total"})
    quantity = np.full((len(rows), len(leads)), np.nan)
    slots = np.full((len(rows), len(leads)), np.nan)
    extra = []
    for index, role in enumerate(match.roles):
        if role is None or role.name not in ("total", "slot", "bucket"):
            continue
        column = table.values[rows, index]
        if role.name == "total":
            quantity[:, leads.index(role.lead)] = column
            continue
        extra.append(index)
        if role.name == "slot" and role.lead in leads:
            at = leads.index(role.lead)
            slots[:, at] = np.where(np.isnan(slots[:, at]), 0, slots[:, at]) + column
    detail = _hash_rows(table.values[rows][:, extra])
    return table.plans(rows, leads, quantity=quantity, slots=slots, detail=detail)


def _hash_rows(values: Values) -> NDArray[np.int64]:
    if not values.shape[1]:
        return np.zeros(len(values), dtype=np.int64)
    return np.array([hash(row.tobytes()) | 1 for row in np.ascontiguousarray(values)], np.int64)


def _leads(
    issued: NDArray[np.datetime64], targets: NDArray[np.datetime64]
) -> tuple[NDArray[np.int64], Codes]:
    days = targets.astype("datetime64[D]") - issued.astype("datetime64[D]")
    known = ~np.isnat(days)
    leads = np.where(known, days.astype(np.int64), 0)
    codes = np.zeros(len(leads), dtype=np.int8)
    codes[leads < 0] = CODE["target_past"]
    codes[leads > FARTHEST] = CODE["target_far"]
    return leads, codes


def _long_plans(
    table: _Table, leads: NDArray[np.int64], quantity: Values, sound: NDArray[np.int64]
) -> tuple[Plans, list[int]]:
    """Group rows of one part and issue time into plans; beside them the rows that only repeat.

    A second quantity for the same cell opens a second plan of the same time, so that cleaning
    sees the conflict.
    """
    plans: dict[tuple[str, object, int], dict[int, float]] = {}
    rows: dict[tuple[str, object, int], list[int]] = {}
    again = []
    keys = zip(table.part[sound], table.issued[sound].tolist(), strict=True)
    for row, key, lead, pieces in zip(
        sound.tolist(), keys, leads[sound].tolist(), quantity[sound].tolist(), strict=True
    ):
        version = 0
        while (plan := plans.setdefault((*key, version), {})).get(lead, pieces) != pieces:
            version += 1
        if lead in plan:
            again.append(row)
            continue
        plan[lead] = pieces
        rows.setdefault((*key, version), []).append(row)
    axis = sorted({0, *leads[sound].tolist()})
    filled = np.array([[plan.get(lead, np.nan) for lead in axis] for plan in plans.values()])
    made = table.plans(
        np.array([group[0] for group in rows.values()], dtype=np.int64),
        axis,
        quantity=filled.reshape(len(plans), len(axis)),
        rows=np.array([len(group) for group in rows.values()], dtype=np.int64),
    )
    return made, again
