"""Rows that are sums of others: totals and subtotals are no parts.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

import re

import numpy as np

from calloff.data.reading.cells import Values
from calloff.data.reading.plans import Index, Mask, Plans

WORDS = {
    "total", "totals", "subtotal", "sub-total", "sum", "grandtotal", "overall", "all",
    "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme", "ergebnis", "insgesamt",
    "합계", "총계", "소계", "총합계", "누계", "계", "전체",
}  # fmt: skip
AFFIXES = ("total", "subtotal", "summe", "gesamt", "ergebnis", "합계", "소계", "총계", "요약")
STARS = re.compile(r"[*\-=Σ∑]+")
LOOKED_AT = 5  # evenings with the most plans
LEAST_CELLS = 3  # of a sum that are not 0
LEAST_PARTS = 3  # that a sum over all is of, where its name does not say so


def is_total(name: str) -> bool:
    """Whether the name of a part says that it is a sum of others."""
    words = name.casefold().split()
    if "".join(words) in WORDS or STARS.fullmatch(name):
        return True
    return len(words) > 1 and (words[-1] in AFFIXES or words[0] in AFFIXES)


def total_names(plans: Plans) -> set[str]:
    """Find the parts that are sums of others.

    Args:
        plans: in the order of their rows.

    Returns:
        Names that say so, and those whose every plan is the sum of all other parts, or of the rows
        above it since the last such sum.
    """
    named = {name for name in set(plans.part.tolist()) if is_total(name)}
    rest = plans.take(~np.isin(plans.part, list(named)))
    sums = _checked(rest, _blocks)
    rest = rest.take(~np.isin(rest.part, list(sums)))
    return named | sums | _checked(rest, _all_others)


def _checked(plans: Plans, find: object) -> set[str]:
    groups = _evenings(plans)
    found: set[str] | None = None
    for rows in groups:
        present = set(plans.part[rows].tolist())
        sums = find(plans, rows)  # type: ignore[operator]
        found = sums if found is None else {n for n in found if n not in present} | (found & sums)
    return found or set()


def _evenings(plans: Plans) -> list[Index]:
    """The plans of a few evenings of one source: those with the most."""
    if not len(plans):
        return []
    keys = np.stack([plans.source, plans.issued.astype("datetime64[D]").astype(np.int64)])
    _, place, count = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    place = place.ravel()
    order = np.argsort(-count, kind="stable")[:LOOKED_AT]
    return [np.flatnonzero(place == group) for group in order if count[group] > 2]


def _all_others(plans: Plans, rows: Index) -> set[str]:
    if len(rows) <= LEAST_PARTS:
        return set()
    cells = np.nan_to_num(plans.quantity[rows])
    equal = (2 * cells == cells.sum(axis=0)).all(axis=1) & _filled(cells)
    return set(plans.part[rows[equal]].tolist())


def _blocks(plans: Plans, rows: Index) -> set[str]:
    cells = np.nan_to_num(plans.quantity[rows])
    above = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    filled, begin, found = _filled(cells), 0, set()
    for at in range(len(rows)):
        if at - begin > 1 and filled[at] and (above[at] - above[begin] == cells[at]).all():
            found.add(str(plans.part[rows[at]]))
            begin = at + 1
    return found if len(found) > 1 else set()  # a single sum is one of all others, or chance


def _filled(cells: Values) -> Mask:
    return np.asarray((cells > 0).sum(axis=1) >= LEAST_CELLS)
