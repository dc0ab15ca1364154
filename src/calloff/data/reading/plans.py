"""Plans as they were sent, by part, plant, customer and time of issue.

Dimensions: n plans, L leads, B quantities of several days.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from calloff.data.reading.cells import Codes, Values

Texts = NDArray[np.object_]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
WEEK = 7  # days
MOST_NUMBERS = 1 << 62  # of combinations before they are numbered anew
MIXED = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio


def _empty_texts() -> Texts:
    return np.zeros(0, dtype=object)


def _empty_index() -> Index:
    return np.zeros(0, dtype=np.int64)


def _empty_times() -> NDArray[np.datetime64]:
    return np.zeros(0, dtype="datetime64[s]")


@dataclass(frozen=True)
class Buckets:
    """Quantities of several days together (B), such as weeks and months.

    Attributes:
        part: names of the parts (B).
        plant: their plants (B); empty where none is named.
        customer: their customers (B); empty where none is named.
        issued: times of issue (B), datetime64[s], local time.
        start: the first day (B), datetime64[D].
        days: how many days it is for (B).
        quantity: pieces (B).
        source: index of the sheet (B).
        row: row in the sheet (B), from 1.
        status: what the customer says of each (B), an index into ``statuses.STATUSES``.
    """

    part: Texts = field(default_factory=_empty_texts)
    plant: Texts = field(default_factory=_empty_texts)
    customer: Texts = field(default_factory=_empty_texts)
    issued: NDArray[np.datetime64] = field(default_factory=_empty_times)
    start: NDArray[np.datetime64] = field(default_factory=lambda: _empty_times().astype("M8[D]"))
    days: Index = field(default_factory=_empty_index)
    quantity: Values = field(default_factory=lambda: np.zeros(0))
    source: Index = field(default_factory=_empty_index)
    row: Index = field(default_factory=_empty_index)
    status: Codes = field(default_factory=lambda: np.zeros(0, np.int8))

    def __len__(self) -> int:
        return len(self.part)

    def take(self, keep: Mask | Index) -> Self:
        """The quantities that ``keep``, a mask or indices, selects."""
        return replace(self, **{each.name: getattr(self, each.name)[keep] for each in fields(self)})


@dataclass(frozen=True)
class Plans:
    """Plans in the order of their rows (n plans, L leads).

    Attributes:
        part: names of the parts (n); with their plants and customers where there are several.
        issued: times of issue (n), datetime64[s], local time.
        leads: days ahead (L).
        quantity: pieces (n, L); NaN where the file has none.
        slots: sums of the hourly slots (n, L), in pieces; NaN without slots.
        detail: hash of slots and buckets (n), 0 without, to tell whether rows are the same.
        source: index of the sheet (n).
        row: row in the sheet (n), from 1.
        rows: how many rows of the sheet make up the plan (n).
        plant: the plants (n); empty where none is named.
        customer: the customers (n); empty where none is named.
        status: what the customer says of each quantity (n, L), an index into
            ``statuses.STATUSES``; firm only where all of it is.
    """

    part: Texts
    issued: NDArray[np.datetime64]
    leads: Index
    quantity: Values
    slots: Values
    detail: Index
    source: Index
    row: Index
    rows: Index
    plant: Texts
    customer: Texts
    status: Codes

    def __len__(self) -> int:
        return len(self.part)

    def take(self, keep: Mask | Index) -> Self:
        """The plans that ``keep``, a mask or indices, selects; these where it selects all."""
        if keep.dtype == bool and len(keep) == len(self) and keep.all():
            return self
        kept = {name: getattr(self, name)[keep] for name in BY_PLAN}
        return replace(self, **kept)


BY_PLAN = tuple(each.name for each in fields(Plans) if each.name != "leads")


def numbered(names: Texts) -> Index:
    """Number names in the order in which they are found.

    Args:
        names: texts (n).

    Returns:
        The number of each, from 0 (n).
    """
    listed = names.tolist()
    place = {name: at for at, name in enumerate(dict.fromkeys(listed))}
    return np.fromiter(map(place.__getitem__, listed), np.int64, len(listed))


def combined(keys: Sequence[Index]) -> Index:
    """Number combinations.

    Args:
        keys: numbers (n each).

    Returns:
        The number of each combination, from 0 (n).
    """
    number, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        low = int(key.min()) if len(key) else 0
        span = int(key.max()) - low + 1 if len(key) else 1
        if size * span > MOST_NUMBERS:
            number, key = _renumbered(number), _renumbered(key)
            low, size, span = 0, len(number), len(key)
        number, size = number * span + key - low, size * span
    return _renumbered(number)


def _renumbered(number: Index) -> Index:
    found: Index = np.unique(number, return_inverse=True)[1].astype(np.int64)
    return found


def named(names: Texts, wanted: Set[str]) -> Mask:
    """Find names.

    Args:
        names: texts (n).
        wanted: some of them.

    Returns:
        Which are among those (n).
    """
    return np.fromiter(map(wanted.__contains__, names.tolist()), bool, len(names))


def join_plans(parts: Sequence[Plans]) -> Plans:
    """Put the plans of several sheets on one axis of leads.

    Args:
        parts: the plans of each.

    Returns:
        All of them, sheet by sheet.
    """
    if len(parts) == 1:
        return parts[0]
    leads = sorted(set(chain.from_iterable(plans.leads.tolist() for plans in parts)))
    wide = [_spread(plans, leads) for plans in parts]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(plans, name) for plans in wide]) for name in BY_PLAN
    }
    return Plans(leads=np.array(leads, dtype=np.int64), **columns)


def _spread(plans: Plans, leads: list[int]) -> Plans:
    if plans.leads.tolist() == leads:
        return plans
    at = np.searchsorted(np.array(leads), plans.leads)
    spread = {name: np.full((len(plans), len(leads)), np.nan) for name in ("quantity", "slots")}
    cells = {**spread, "status": np.zeros((len(plans), len(leads)), np.int8)}
    for name, values in cells.items():
        values[:, at] = getattr(plans, name)
    return replace(plans, leads=np.array(leads, dtype=np.int64), **cells)


def join_buckets(parts: Sequence[Buckets]) -> Buckets:
    """Put the quantities of several days of several sheets together.

    Args:
        parts: those of each.

    Returns:
        All of them, sheet by sheet.
    """
    names = [each.name for each in fields(Buckets)]
    return Buckets(**{name: np.concatenate([getattr(b, name) for b in parts]) for name in names})


def hash_rows(values: Values) -> Index:
    """Hash rows of numbers, to tell whether they are the same.

    Args:
        values: the numbers (n, C).

    Returns:
        A number for each row (n); 0 where there are no columns.
    """
    if not values.shape[1]:
        return np.zeros(len(values), dtype=np.int64)
    hashed = np.zeros(len(values), dtype=np.uint64)
    weights = np.arange(1, values.shape[1] + 1, dtype=np.uint64) * MIXED | np.uint64(1)
    for column, weight in enumerate(weights):  # one by one, as they lie in the memory
        bits = np.ascontiguousarray(values[:, column]).view(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(29))) * MIXED  # a multiplicative hash (Knuth 1973, 6.4)
        mixed ^= mixed >> np.uint64(32)
        hashed += mixed * weight
    return hashed.view(np.int64) | 1
