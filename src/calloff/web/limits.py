"""How much a caller may cost."""

from __future__ import annotations

import os
from dataclasses import dataclass


def _workers() -> int:
    return max(1, min(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class Limits:
    """upload: bytes of one request; files: of one run; seconds: of work on one run; memory: bytes
    of one worker (where the system can hold it to that); workers: processes at work; queue: runs
    that wait; overrides: own numbers of one run; connections: at once; head: seconds until the
    head of a request is there; idle: seconds without a byte of its body, or without one of the
    answer being taken; pace: bytes a second that a body must come in at least."""

    upload: int = 100 << 20
    files: int = 20
    seconds: float = 300.0
    memory: int = 4 << 30
    workers: int = _workers()
    queue: int = 200
    overrides: int = 20_000
    connections: int = 400
    head: float = 20.0
    idle: float = 30.0
    pace: float = 1024.0
