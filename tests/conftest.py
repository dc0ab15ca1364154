"""Fixtures that all tests share."""

from __future__ import annotations

import gc
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


def pytest_collection_finish() -> None:
    """What thousands of tests and the libraries' modules are made of stays until the end: it is
    not gone through again whenever garbage is collected, as after each task of many."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project's sources."""
    return PROJECT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data: CALLOFF_DATA, or ../shared/data beside the project."""
    folder = real_file("kamp_until_1022.xls").parent
    return folder
