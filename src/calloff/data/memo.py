"""What is computed from a past, kept while that past is used.

A memo belongs to the past that it was made for, and is gone with it. It is bounded in bytes, and
may be used by several threads.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import RLock
from typing import Any, TypeVar, cast

import numpy as np

T = TypeVar("T")

LIMIT = 256 << 20  # bytes: the samples and forecasts of an evening of some 2,000 parts


class Shared:
    """A value that others refer to: its bytes are counted where it is kept itself."""


class Memo:
    """Values by kind and key; the ones longest unused are forgotten first.

    limit: bytes of all values together. The newest value of each kind is kept even beyond it, as
    whoever works on something large asks for it many times.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.nbytes = 0
        self._values: OrderedDict[tuple[str, Hashable], tuple[Any, int]] = OrderedDict()
        self._newest: dict[str, tuple[str, Hashable]] = {}
        self._lock = RLock()

    def get(self, kind: str, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a kind under a key; made, and kept, where it is not there yet.

        ``make`` runs outside the lock, as it may ask the memo itself: two threads that ask at once
        may both make the value, and both get the one that was kept first.
        """
        place = (kind, key)
        with self._lock:
            if place in self._values:
                self._values.move_to_end(place)
                return cast(T, self._values[place][0])
        made = make()
        size = size_of(made)
        with self._lock:
            if place not in self._values:
                self._values[place] = (made, size)
                self._newest[kind] = place
                self.nbytes += size
                self._forget()
                return made
            return cast(T, self._values[place][0])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._newest.clear()
            self.nbytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple[type[Memo], tuple[int]]:
        return Memo, (self.limit,)  # a copy, or one in another process, starts empty

    def _forget(self) -> None:
        kept = set(self._newest.values())
        for place in [each for each in self._values if each not in kept]:
            if self.nbytes <= self.limit:
                return
            self.nbytes -= self._values.pop(place)[1]


def size_of(value: object) -> int:
    """Bytes of the arrays that a value holds, and a little for each value in it. What is
    ``Shared`` counts only where it is asked about itself."""
    return _size_of(value, set()) if not isinstance(value, Shared) else _own_size(value)


def _own_size(value: object) -> int:
    return int(getattr(value, "nbytes", 0)) + 64


def _size_of(value: object, seen: set[int]) -> int:
    if id(value) in seen or isinstance(value, Shared):
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return value.nbytes + 64
    return 64 + sum(_size_of(each, seen) for each in _inside(value))


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, (tuple, list, set, frozenset)):
        return value
    if isinstance(value, type) or callable(value):
        return ()
    return vars(value).values() if hasattr(value, "__dict__") else ()
