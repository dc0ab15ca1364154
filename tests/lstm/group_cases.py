"""Which networks the fast engine trains side by side, for its tests."""

from __future__ import annotations

from typing import Any

import pytest
from engine_cases import notebook_job

from calloff.lstm.contract import Job

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)


def sizes(jobs: list[Job], *, threads: int = 1, **options: Any) -> list[int]:
    """Of the groups."""
    groups = engine.groups(jobs, threads=threads, **options)
    return sorted(len(members) for members in groups)


def lanes() -> int:
    """Of the vectors that groups get where no instruction set is named."""
    return sizes([notebook_job(seed) for seed in range(16)])[-1]
