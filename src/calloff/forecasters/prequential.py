"""Learning one target day after the other, each state kept in the memo of the past.

A state is that of a past, and of nothing else: it begins with the first target day of the block
before the past's own, whatever was asked for before, so that a long history costs no more than one
to two blocks, and the same past gives the same state to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from calloff.data.triangle import Past

State = TypeVar("State")

BLOCK = 65  # target days


def learned(
    past: Past, kind: str, key: Hashable, empty: State, step: Callable[[State, Past, int], State]
) -> State:
    """The state after all target days of a ``past``.

    Args:
        past: what is known.
        kind: of the state, by which it is kept.
        key: all that the state depends on beside the past.
        empty: the state before the first target day.
        step: makes the state after a target day of the one before it, of the past at the close of
            that day (the last of its fresh days), and of the day's number.

    Returns:
        The state.
    """
    targets = past.days[past.is_target]
    start = max(0, BLOCK * (len(targets) // BLOCK - 1))
    keys, at, found = {}, len(targets), None
    while at > start:
        keys[at] = (key, start, str(targets[at - 1]))
        found = past.memo.find(kind, keys[at])
        if found is not None:
            break
        at -= 1
    state: State = empty if found is None else found
    for number in range(at, len(targets)):
        make = partial(step, state, past.earlier(targets[number]), number)
        state = past.memo.get(kind, keys[number + 1], make)
    return state
