"""Learning one target day after the other, each state kept in the memo of the past.

A state is that of a past, and of nothing else, whatever was asked for before. A long history is cut
before anything is learned of it (``recent``), at a target day that many pasts have in common: so
the same past gives the same state to the bit, a forecast costs no more than the days that are left,
and pasts one after the other share nearly all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from calloff.data.since import since
from calloff.data.triangle import Past, as_days
from calloff.rolling.spec import Spec

State = TypeVar("State")

LEAST = 40  # target days that are learned from, those within the lead aside, where there are more
# From one beginning to the next. On the 15 target days after a new one both are needed, as a range
# looks at what would have been said on the last 15; with 45, fewer long histories have that on an
# evening, but errors were larger.
STEP = 60
WEEKLY = 2  # times as many for plans of weeks: they are few, and with fewer of them errors grew


def recent(past: Past, spec: Spec) -> Past:
    """The last target days of a past, LEAST to LEAST + STEP, as if nothing had been before; WEEKLY
    times as many weeks.

    Args:
        past: what is known.
        spec: the lead; as many target days more are kept, as nothing is known of them at first.

    Returns:
        The past from one of its target days on; all of it where there are few.
    """
    targets = past.days[past.is_target]
    within = int((targets > past.cutoff - as_days(spec.lead)).sum())
    times = 1 if past.cadence == 1 else WEEKLY
    least, step = times * LEAST, times * STEP
    first = max(0, (len(targets) - within - least) // step) * step
    return since(past, targets[first]) if first else past


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
    keys, at, found = {}, len(targets), None
    while at > 0:
        keys[at] = (key, past.key_at(targets[at - 1]))
        found = past.memo.find(kind, keys[at])
        if found is not None:
            break
        at -= 1
    state: State = empty if found is None else found
    for number in range(at, len(targets)):
        make = partial(step, state, past.earlier(targets[number]), number)
        state = past.memo.get(kind, keys[number + 1], make)
    return state
