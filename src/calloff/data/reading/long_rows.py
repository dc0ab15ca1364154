"""Rows of single quantities to plans: those of one part, plant, customer and time of issue.

Dimensions: R rows, n plans, L leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.cells import Codes, Values
from calloff.data.reading.plans import Index, Texts, combined, numbered


@dataclass(frozen=True)
class Grouped:
    """Plans of rows.

    Attributes:
        first: the first row of each plan (n).
        leads: days ahead (L), 0 among them.
        quantity: pieces (n, L); NaN where no row has one.
        status: what the customer says of each quantity (n, L).
        rows: rows of each plan (n).
        again: rows that only repeat another.
    """

    first: Index
    leads: list[int]
    quantity: Values
    status: Codes
    rows: Index
    again: Index


def group_rows(
    names: Sequence[Texts], issued: NDArray[np.datetime64], leads: Index, quantity: Values,
    status: Codes, sound: Index, *, add_up: bool = False,
) -> Grouped:  # fmt: skip
    """Group rows into plans, in the order of their first rows.

    A second quantity for the same cell opens a second plan of the same time, so that cleaning
    sees the conflict.

    Args:
        names: part, plant and customer of all rows (R each).
        issued: when they were issued (R).
        leads: days ahead (R).
        quantity: pieces (R).
        status: what the customer says of them (R).
        sound: the rows that count.
        add_up: whether quantities of the same cell are added up.

    Returns:
        The plans.
    """
    whose = [numbered(each[sound]) for each in names]
    group = combined([*whose, issued[sound].astype(np.int64)])
    axis = np.unique(np.append(leads[sound], 0))
    column = np.searchsorted(axis, leads[sound])
    version, again = np.zeros(len(sound), np.int64), np.zeros(len(sound), bool)
    if not add_up:
        version, again = _versions(group, column, quantity[sound], len(axis))
    group = group * (int(version.max(initial=0)) + 1) + version
    used = np.flatnonzero(~again)
    _, first, place, rows = np.unique(group[used], return_index=True, return_inverse=True,
                                      return_counts=True)  # fmt: skip
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    filled = np.full((len(first), len(axis)), np.nan)
    if add_up:
        filled[rank[place], column] = 0
        np.add.at(filled, (rank[place], column), quantity[sound])
    else:
        filled[rank[place], column[used]] = quantity[sound][used]
    said = np.zeros(filled.shape, np.int8)
    said[rank[place], column[used]] = status[sound][used]
    begin = sound[used[first[order]]]
    return Grouped(begin, axis.tolist(), filled, said, rows[order], sound[again])


def _versions(
    group: Index, column: Index, quantity: Values, width: int
) -> tuple[Index, NDArray[np.bool_]]:
    """For each row which plan of its group it belongs to, and whether it only repeats another."""
    version, again = np.zeros(len(group), np.int64), np.zeros(len(group), bool)
    cell = group * width + column
    _, place, count = np.unique(cell, return_inverse=True, return_counts=True)
    twice = np.unique(group[count[place] > 1])
    cells: dict[tuple[int, int, int], float] = {}
    for row in np.flatnonzero(np.isin(group, twice)).tolist():
        at, key, pieces = 0, (int(group[row]), int(column[row])), float(quantity[row])
        while cells.get((*key, at), pieces) != pieces:
            at += 1
        again[row] = (*key, at) in cells
        cells[*key, at] = pieces
        version[row] = at
    return version, again
