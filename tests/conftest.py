"""Fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support import real_file

settings.register_profile(
    "calloff",
    deadline=None,  # the machine may be busy
    derandomize=True,  # the same cases in every run
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("calloff")

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project's sources."""
    return PROJECT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data: CALLOFF_DATA, or ../shared/data beside the project."""
    folder = real_file("kamp_until_1022.xls").parent
    return folder
