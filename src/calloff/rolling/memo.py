"""Memories of what was made: by a key, the oldest forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def kept(memory: OrderedDict[K, V], key: K, make: Callable[[], V], most: int) -> V:
    """What a memory holds under a key; made, and at most so many kept, where it does not yet."""
    if key in memory:
        return memory[key]
    made = memory[key] = make()
    while len(memory) > most:
        memory.popitem(last=False)
    return made


def room(places: int, parts: int, least: int = 1) -> int:
    """How many things of so many parts each have room, if all may have ``places`` together."""
    return max(least, places // max(parts, 1))
