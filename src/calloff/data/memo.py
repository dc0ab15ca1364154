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

LIMIT = 64 << 20  # bytes of each kind: an evening of 11,700 parts stays within 1.5 GB


class Shared:
    """A value that others refer to: its bytes are counted where it is kept itself."""


class Memo:
    """Values by kind and key; of each kind the ones longest unused are forgotten first.

    The newest value of a kind is kept even beyond the limit, as whoever works on something large
    asks for it many times.

    Args:
        limit: bytes of all values of a kind together, so that large ones of one kind do not drive
            out the small ones of another that are asked for again and again.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._kinds: dict[str, _Kind] = {}
        self._lock = RLock()

    def get(self, kind: str, key: Hashable, make: Callable[[], T]) -> T:
        """Look a value up, and make it where it is not there yet.

        ``make`` runs outside the lock, as it may ask the memo itself: two threads that ask at once
        may both make the value, and both get the one that was kept first.

        Args:
            kind: of the value; each kind has a limit of its own.
            key: all that the value depends on.
            make: makes the value.

        Returns:
            The value; it is not to be changed.
        """
        with self._lock:
            values = self._kinds.setdefault(kind, _Kind())
            if key in values.kept:
                values.kept.move_to_end(key)
                return cast(T, values.kept[key][0])
        made = make()
        size = size_of(made)
        with self._lock:
            if key in values.kept:
                return cast(T, values.kept[key][0])
            values.add(key, made, size, self.limit)
        return made

    def find(self, kind: str, key: Hashable) -> Any | None:
        """Look a value up.

        Args:
            kind: of the value.
            key: all that it depends on.

        Returns:
            The value, or None where it is not kept; it is not to be changed.
        """
        with self._lock:
            kept = self._kinds.get(kind)
            if kept is None or key not in kept.kept:
                return None
            kept.kept.move_to_end(key)
            return kept.kept[key][0]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kinds.clear()

    @property
    def nbytes(self) -> int:
        """Bytes of all that is kept."""
        return sum(values.nbytes for values in self._kinds.values())

    def __len__(self) -> int:
        return sum(len(values.kept) for values in self._kinds.values())

    def __reduce__(self) -> tuple[type[Memo], tuple[int]]:
        return Memo, (self.limit,)  # a copy, or one in another process, starts empty


class _Kind:
    """The values of one kind with their bytes, the one used last at the end."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.nbytes = 0

    def add(self, key: Hashable, value: object, size: int, limit: int) -> None:
        self.kept[key] = (value, size)
        self.nbytes += size
        while self.nbytes > limit and len(self.kept) > 1:
            self.nbytes -= self.kept.popitem(last=False)[1][1]


def size_of(value: object) -> int:
    """Bytes of the arrays that a ``value`` holds, and 64 for each value in it. What is ``Shared``
    counts only where it is asked about itself."""
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
