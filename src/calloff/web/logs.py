"""What is said on standard error while a server runs: so many lines a minute, none of them long.

Libraries write there without asking, some of them a page for each damaged file or each connection
that cannot be taken, and a log that fills the disk stops the server.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LINES = 60  # in a minute
LONGEST = 500  # bytes of a line
MINUTE = 60.0


class LineLimit:
    """Which lines are let through."""

    def __init__(self, lines: int = LINES, now: float = 0.0) -> None:
        self.lines = lines
        self._since, self._said, self._left_out = now, 0, 0

    def take(self, line: bytes, now: float) -> bytes:
        """What is written of a line; nothing where there were too many."""
        note = b""
        if now - self._since >= MINUTE:
            if self._left_out:
                note = b"... %d more lines were left out\n" % self._left_out
            self._since, self._said, self._left_out = now, 0, 0
        if self._said >= self.lines:
            self._left_out += 1
            return note
        self._said += 1
        short = line if len(line) <= LONGEST else line[:LONGEST] + b" ...\n"
        return note + short


@contextmanager
def limited_errors() -> Iterator[None]:
    """Standard error through a limit, as long as the block lasts."""
    sys.stderr.flush()
    kept = os.dup(2)
    inside, outside = os.pipe()
    os.dup2(outside, 2)
    os.close(outside)
    copying = threading.Thread(target=_copy, args=(inside, kept), daemon=True)
    copying.start()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)  # closes the last writing end of the pipe: the copying ends
        copying.join(timeout=5)
        os.close(kept)


def _copy(inside: int, to: int) -> None:
    limit = LineLimit(now=time.monotonic())
    with os.fdopen(inside, "rb") as lines:
        while line := lines.readline(1 << 16):
            if told := limit.take(line, time.monotonic()):
                try:
                    os.write(to, told)
                except OSError:  # a full disk, a closed terminal: the reading goes on all the same
                    continue
