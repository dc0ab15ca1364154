"""What had arrived by a day: the store as it was then, laid out as it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calloff.data.arrival import Arrivals
from calloff.data.load import Loaded
from calloff.data.reading import Reading
from calloff.data.reading.keys import Key
from calloff.data.triangle import Triangle, as_days
from calloff.store.selection import Request
from calloff.texts.errors import CalloffError


@dataclass(frozen=True)
class StoreArrivals(Arrivals):
    """Reads a store again as of a day.

    Attributes:
        request: which plans are wanted.
        late: issue day and day of arrival (ISO) of plans that arrived on a later day.
        names: key -> its name among all plans.
        weeks: whether plans of weeks are laid out.
        again: reads the store: the plans of a request.
        lay_out: cleans and lays out a reading.
    """

    request: Request
    late: tuple[tuple[str, str], ...]
    names: dict[Key, str]
    weeks: bool
    again: Callable[[Request], Reading]
    lay_out: Callable[[Reading], Loaded]

    def is_late(self, day: np.datetime64) -> bool:
        text = str(day)
        return any(issued <= text < arrived for issued, arrived in self.late)

    def known(self, triangle: Triangle, day: np.datetime64) -> Triangle:
        try:
            reading = self.again(replace(self.request, as_of=str(day)))
        except CalloffError:  # nothing had arrived
            return triangle.until(triangle.days[0] - as_days(1)) if len(triangle.days) else triangle
        loaded = self.lay_out(self._named(reading))
        found = loaded.weeks if self.weeks and loaded.weeks else loaded.triangle
        mine = np.isin(found.parts, triangle.parts)
        excluded = np.isin(found.parts, np.array(triangle.parts)[triangle.excluded])
        return _of_parts(replace(found, excluded=excluded, arrivals=self), mine)

    def _named(self, reading: Reading) -> Reading:
        """The reading with the names that parts have among all plans."""
        new = {name: self.names.get(key, name) for name, key in reading.keys.items()}
        if all(name == other for name, other in new.items()):
            return reading
        plans, buckets = reading.plans, reading.buckets
        parts = [np.array([new.get(name, name) for name in each.part.tolist()], dtype=object)
                 for each in (plans, buckets)]  # fmt: skip
        keys = {new[name]: key for name, key in reading.keys.items()}
        return replace(reading, plans=replace(plans, part=parts[0]),
                       buckets=replace(buckets, part=parts[1]), keys=keys)  # fmt: skip


def _of_parts(triangle: Triangle, mine: np.ndarray) -> Triangle:
    """The triangle of some parts."""
    if mine.all():
        return triangle
    daily = ("quantity", "conflict", "mismatch", "excluded", "repeated")
    kept = np.flatnonzero(mine).tolist()
    fields: dict[str, Any] = {name: getattr(triangle, name)[mine] for name in daily}
    for name in ("parts", "sources"):
        fields[name] = tuple(getattr(triangle, name)[at] for at in kept)
    return replace(triangle, **fields)
