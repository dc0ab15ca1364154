"""A server and a customer that the tests of the web share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason="the page needs pip install 'calloff[web,webtest]'")

import httpx
from serving import server

from calloff.synth import Customer, make, write_export


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small customer's export, with its faults."""
    made = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(Customer(parts=12, days=42)), made)
    return made


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that the tests share; each is a caller of its own."""
    with server(tmp_path_factory.mktemp("kept")) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A caller with a cookie jar of its own."""
    with httpx.Client(base_url=address, timeout=60) as made:
        yield made
