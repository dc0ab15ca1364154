"""Rows that are sums of others: totals and subtotals are no parts.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from functools import partial

import numpy as np

from calloff.data.reading.cells import Values
from calloff.data.reading.plans import Buckets, Index, Mask, Plans, combined, named, numbered

WORDS = {
    "total", "totals", "subtotal", "sub-total", "sum", "grandtotal",
    "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme", "ergebnis", "insgesamt",
    "합계", "총계", "소계", "총합계", "누계", "계", "전체", "전체합계", "합계수량",
}  # fmt: skip
AFFIXES = ("total", "subtotal", "summe", "gesamt", "ergebnis", "합계", "소계", "총계", "요약")
STARS = re.compile(r"[*\-=Σ∑]+")
LOOKED_AT = 5  # evenings with the most plans
LEAST_CELLS = 3  # of a sum that are not 0
LEAST_PARTS = 3  # that a sum over all is of, where its name does not say so


def is_total(name: str) -> bool:
    """Whether the name of a part, plant or customer says that it is a sum of others."""
    bare = "".join(name.casefold().split()).strip(":[]()<>.")
    return bare in WORDS or bool(STARS.fullmatch(name))


def _may_be_total(name: str) -> bool:
    """Whether a name of several words begins or ends like that of a sum: "K1 Total"."""
    words = name.casefold().strip(":[]()<>.").split()
    return len(words) > 1 and (words[-1] in AFFIXES or words[0] in AFFIXES)


def total_rows(plans: Plans | Buckets, names: Set[str]) -> Mask:
    """Find the plans that are sums of others.

    Args:
        plans: or quantities of several days (n).
        names: of parts that are sums.

    Returns:
        Those of such a part, or of a plant or customer whose name says so (n).
    """
    sums = named(plans.part, names)
    for beside in (plans.plant, plans.customer):
        sums |= named(beside, {name for name in set(beside.tolist()) if is_total(name)})
    return sums


def total_names(plans: Plans) -> set[str]:
    """Find the parts that are sums of others.

    Args:
        plans: in the order of their rows.

    Returns:
        Names that say so, and those whose every plan is the sum of all other parts, or of the rows
        above it since the last such sum.
    """
    beside = total_rows(plans, set())
    plans = plans.take(~beside) if beside.any() else plans
    names = set(plans.part.tolist())
    found = {name for name in names if is_total(name)}
    affixed = {name for name in names - found if _may_be_total(name)}
    finds = (partial(_affixed, affixed=affixed), _blocks, _all_others)
    for find in finds if affixed else finds[1:]:
        found |= _checked(plans.take(~named(plans.part, found)) if found else plans, find)
    return found


def _checked(plans: Plans, find: Callable[[Plans, Index], set[str]]) -> set[str]:
    """Names that are found on all evenings that are looked at and have them."""
    groups = _evenings(plans)
    found: set[str] | None = None
    for rows in groups:
        present = set(plans.part[rows].tolist())
        sums = find(plans, rows)
        found = sums if found is None else {n for n in found if n not in present} | (found & sums)
    return found or set()


def _evenings(plans: Plans) -> list[Index]:
    """The plans of a few evenings of one source, plant and customer: those with the most, of equals
    those of which all quantities are known."""
    if not len(plans):
        return []
    beside = [numbered(names) for names in (plans.plant, plans.customer)]
    day = plans.issued.astype("datetime64[D]").astype(np.int64)
    place = combined([*beside, plans.source, day])
    count = np.bincount(place)
    gaps = np.bincount(place, np.isnan(plans.quantity).sum(axis=1), len(count))
    order = np.lexsort((gaps, -count))[:LOOKED_AT]
    return [np.flatnonzero(place == group) for group in order if count[group] > 2]


def _known(plans: Plans, rows: Index) -> Values:
    """Quantities of an evening for the days of which all are known, or nothing but one kind."""
    cells = plans.quantity[rows]
    whole = ~np.isnan(cells).any(axis=0)
    return cells[:, whole] if whole.sum() >= LEAST_CELLS else np.nan_to_num(cells)


def _affixed(plans: Plans, rows: Index, affixed: Set[str]) -> set[str]:
    """Names like those of sums, of plans that are the sum of rows next to them, or larger than all
    others."""
    like = named(plans.part[rows], affixed)
    cells = _known(plans, rows)
    edges = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    most = cells[~like].max(axis=0) if not like.all() else np.zeros(cells.shape[1])
    found = set()
    for at in np.flatnonzero(like).tolist():
        above, below = edges[at] - edges[:at], edges[at + 2 :] - edges[at + 1]
        summed = any((sums == cells[at]).all(axis=1).any() for sums in (above, below))
        if summed or (cells[at] >= most).all():
            found.add(str(plans.part[rows[at]]))
    return found


def _all_others(plans: Plans, rows: Index) -> set[str]:
    if len(rows) <= LEAST_PARTS:
        return set()
    cells = _known(plans, rows)
    equal = (2 * cells == cells.sum(axis=0)).all(axis=1) & _filled(cells)
    return set(plans.part[rows[equal]].tolist())


def _blocks(plans: Plans, rows: Index) -> set[str]:
    cells = _known(plans, rows)
    above = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    may, begin, found = _filled(cells), 0, set()
    may[1:] &= (cells[1:] >= cells[:-1]).all(axis=1)  # it holds the row above it
    for at in np.flatnonzero(may).tolist():
        if at - begin > 1 and (above[at] - above[begin] == cells[at]).all():
            found.add(str(plans.part[rows[at]]))
            begin = at + 1
    return found if len(found) > 1 else set()  # a single sum is one of all others, or chance


def _filled(cells: Values) -> Mask:
    return np.asarray((cells > 0).sum(axis=1) >= LEAST_CELLS)
