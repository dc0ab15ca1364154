"""Rows that are no data: blank ones, and headers that come again."""

from __future__ import annotations

from collections.abc import Sequence

from calloff.data.layouts import Layout, Match, Role, header_role, normal
from calloff.data.reading.cells import is_blank
from calloff.texts.errors import fail


def row_fault(cells: Sequence[object], match: Match, number: int) -> str:
    """Tell what a row is of which nothing can be used.

    Args:
        cells: of the row, one for each column.
        match: the role of each column.
        number: of the row, from 1, for messages.

    Returns:
        "row_blank", "row_header" for the header once more, else "".

    Raises:
        CalloffError: it is a header of other columns, so that what follows would be read wrongly.
    """
    if all(map(is_blank, cells)):
        return "row_blank"
    roles = [_spelt_role(match.layout, cell) for cell in cells]
    pairs = [(found, role) for found, role in zip(roles, match.roles, strict=True) if role]
    if all(found is not None and _is_same(found, role) for found, role in pairs):
        return "row_header"
    names = {found.name for found in roles if found}
    if all(name in names for name in ("part", "issued_at") if match.layout.needs(name)) and any(
        found is not None and not _is_same(found, role) for found, role in pairs
    ):
        raise fail("header.changes", number=number)
    return ""


def _spelt_role(layout: Layout, cell: object) -> Role | None:
    """The role that a cell spells; a bare number may be a quantity."""
    role = header_role(layout, cell)
    return role if role and (role.date or not normal(cell).isdecimal()) else None


def _is_same(found: Role, role: Role) -> bool:
    """Whether two headers are those of the same column."""
    if found.name != role.name or found.date != role.date:
        return False
    return bool(role.date) or found.lead == role.lead or role.name not in ("total", "slot")
