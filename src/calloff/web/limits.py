"""How much a stranger's upload may cost."""

from __future__ import annotations

import os
from dataclasses import dataclass


def _workers() -> int:
    return max(1, min(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class Limits:
    """upload: bytes of one request; files: of one run; seconds: of work on one run; memory: bytes
    of one worker (where the system can hold it to that); workers: processes at work; queue: runs
    that wait; idle: seconds without a byte of a request's body; overrides: of one run."""

    upload: int = 100 << 20
    files: int = 20
    seconds: float = 300.0
    memory: int = 4 << 30
    workers: int = _workers()
    queue: int = 200
    idle: float = 30.0
    overrides: int = 20_000
