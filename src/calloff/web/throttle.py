"""Guesses at keys slow down: after a few wrong ones from an address, each doubles the wait."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5  # wrong keys before there is a wait
LONGEST = 300.0  # seconds
FORGOTTEN = 3600.0  # seconds after which an address begins anew
ADDRESSES = 10_000  # that are remembered


class Throttle:
    """How long an address has to wait until it may show a key again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str) -> float:
        """Seconds until the next key is looked at."""
        with self._lock:
            count, last = self._wrong.get(address, (0, 0.0))
        since = self._clock() - last
        if count < FREE or since > FORGOTTEN:
            return 0.0
        return max(0.0, min(LONGEST, 2.0 ** min(count - FREE, 20)) - since)

    def wrong(self, address: str) -> None:
        """A key was wrong."""
        with self._lock:
            count, last = self._wrong.pop(address, (0, 0.0))
            again = 0 if self._clock() - last > FORGOTTEN else count
            self._wrong[address] = (again + 1, self._clock())
            if len(self._wrong) > ADDRESSES:
                self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """A key was right."""
        with self._lock:
            self._wrong.pop(address, None)
