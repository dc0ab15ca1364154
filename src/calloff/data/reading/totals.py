"""Rows that are sums of others: totals and subtotals are no parts.

Dimensions: n plans, L leads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from functools import partial

import numpy as np

from calloff.data.reading.cells import Values
from calloff.data.reading.plans import Buckets, Index, Mask, Plans, combined, named, numbered

WORDS = {
    "total", "totals", "subtotal", "sub-total", "sum", "grandtotal",
    "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "zwischensumme", "ergebnis", "insgesamt",
    "합계", "총계", "소계", "총합계", "누계", "계", "전체", "전체합계", "합계수량", "전품목",
    "전체품목", "allparts", "allitems", "alleteile", "alleartikel",
    "totale", "totalegenerale", "totalgénéral", "sous-total", "soustotal", "totalgeneral", "suma",
    "sumatotal", "subtotale", "totaal", "subtotaal", "totalt", "summa", "yhteensä", "razem",
    "celkem", "összesen", "toplam", "aratoplam", "geneltoplam", "итого", "всего", "合計", "総計",
    "小計", "合计", "总计", "小计",
}  # fmt: skip
AFFIXES = ("total", "subtotal", "summe", "gesamt", "ergebnis", "합계", "소계", "총계", "요약")
STARS = re.compile(r"[*\-=Σ∑]+")
LOOKED_AT = 5  # evenings with the most plans
LEAST_CELLS = 3  # of a sum that are not 0
LARGE, ROUNDING, MOSTLY = 100, 0.001, 0.5  # sums of rounded quantities are off by a piece or so
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
    if affixed:
        rest = _without(plans, found)
        found |= _checked(rest, partial(_affixed, affixed=affixed), _evenings(rest))
    rest = _without(plans, found)
    evenings = _evenings(rest)
    blocks = _checked(rest, _blocks, evenings) | _checked(rest, _blocks_below, evenings)
    if len(blocks) > 1:  # a single sum is one of all others, or of two that it is made for
        found |= blocks
        rest = _without(rest, blocks)
        evenings = _evenings(rest)
    return found | _checked(rest, _all_others, evenings)


def _without(plans: Plans, names: Set[str]) -> Plans:
    return plans.take(~named(plans.part, names)) if names else plans


Told = tuple[set[str], set[str]]  # names that are sums on an evening; names of which it tells that


def _checked(
    plans: Plans, find: Callable[[Plans, Index], Told], evenings: Sequence[Index]
) -> set[str]:
    """Names that are sums on an evening that is looked at, and on each that tells of them: plans
    that are 0 for nearly all days tell nothing."""
    found, others = set[str](), set[str]()
    for rows in evenings:
        sums, told = find(plans, rows)
        found |= sums
        others |= told - sums
    return found - others


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


def _affixed(plans: Plans, rows: Index, affixed: Set[str]) -> Told:
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
    return found, set(plans.part[rows[like]].tolist())


def _all_others(plans: Plans, rows: Index) -> Told:
    cells = _known(plans, rows)
    filled = _filled(cells)
    told = set(plans.part[rows[filled]].tolist())
    if len(rows) <= LEAST_PARTS:
        return set(), told
    apart = np.abs(2 * cells - cells.sum(axis=0))
    near = (apart <= np.maximum(1, ROUNDING * cells)) & (cells >= LARGE)
    same = apart == 0
    equal = (same | near).all(axis=1) & filled & (same.mean(axis=1) >= MOSTLY)
    return set(plans.part[rows[equal]].tolist()), told


def _blocks(plans: Plans, rows: Index) -> Told:
    cells = _known(plans, rows)
    above = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    filled, may = _filled(cells), (cells > 0).any(axis=1)
    may[1:] &= (cells[1:] >= cells[:-1]).all(axis=1)  # it holds the row above it
    begins, found = [0], set()
    for at in np.flatnonzero(may).tolist():
        if not any(at - begin > 1 and (above[at] - above[begin] == cells[at]).all()
                   for begin in begins):  # fmt: skip
            continue
        begins.append(at + 1)  # one of few quantities may be a sum or none
        if filled[at]:
            found.add(str(plans.part[rows[at]]))
            begins = [at + 1]
    return found, set(plans.part[rows[filled]].tolist())


def _blocks_below(plans: Plans, rows: Index) -> Told:
    """Sums that stand above what they are of."""
    return _blocks(plans, rows[::-1])


def _filled(cells: Values) -> Mask:
    return np.asarray((cells > 0).sum(axis=1) >= LEAST_CELLS)
