"""A Dask cluster of two workers on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Two processes with a thread each, as they are begun on machines of their own; no page."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: calloff[dask]")
    dask = pytest.importorskip("dask")
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    settings = {
        # Four workers must die otherwise until a task is given up, each of which is begun anew.
        "distributed.scheduler.allowed-failures": 1,
        # A worker that is being begun anew this long after it was lost once is given up for good.
        "distributed.deploy.lost-worker-timeout": "1 hour",
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(n_workers=2, **options) as running,
    ):
        yield running
