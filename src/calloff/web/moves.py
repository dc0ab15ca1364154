"""Which runs from before there was a store still have to move into one: once, one after the other,
before any new run, so that what came first is there first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from calloff.texts.errors import Problem
from calloff.web.callers import SHARED
from calloff.web.run_store import LOCAL, Run, RunStore

# May be well at the next start.
AGAIN = {"store.write", "web.system", "web.died", "write.refused"}


class Moves:
    """The runs that wait to be moved. alone: whether nobody logs in, so that what belongs to no
    name is this computer's."""

    def __init__(self, store: RunStore, alone: bool) -> None:
        self._store, self._alone = store, alone
        self._waiting: deque[Run] = deque()
        self._busy = False
        self._lock = threading.Lock()

    def find(self) -> None:
        """Look what is to be moved; nothing into a store that is kept elsewhere."""
        if self._store.given is None:
            self._waiting.extend(run for run in self._store.unmoved() if self._place(run))

    def next(self) -> Run | None:
        """The next run, if none is at work; ``end`` says when another may come."""
        with self._lock:
            while self._waiting and not self._busy:
                run = self._waiting.popleft()
                if self._store.get(run.id):  # else it was deleted meanwhile
                    self._busy = True
                    return run
        return None

    def end(self) -> None:
        """The one that ``next`` gave has come to its end."""
        with self._lock:
            self._busy = False

    @property
    def going(self) -> bool:
        """Whether any is still to come to its end."""
        return self._busy or bool(self._waiting)

    def job(self, run: Run) -> dict[str, Any]:
        """What a worker is told to do."""
        numbers = self._store.numbers.of(run.id)
        own = [[*place, each.pieces, each.made] for place, each in numbers.items()]
        return {**self._store.work_of(run), "kind": "move", "facts": run.facts, "own": own,
                "store": str(self._store.root / self._place(run))}  # fmt: skip

    def done(self, run: Run, state: str, problems: Sequence[Problem]) -> None:
        """Note what came of it; what was cut short is tried again at the next start."""
        if state == "done":
            self._store.moved(run.id, self._place(run))
        elif state == "failed" and not AGAIN & {each.code for each in problems}:
            self._store.moved(run.id, "", problems)

    def _place(self, run: Run) -> str:
        """The store that it belongs in; empty while nobody can see it."""
        if ":" in run.owner or run.owner in (LOCAL, SHARED):
            return self._store.place_of(run.owner)
        return self._store.place_of(LOCAL) if self._alone else ""
