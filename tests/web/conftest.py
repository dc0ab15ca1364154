"""A server and a customer that the tests of the web share; skipped where the extra is not there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from calloff.synth import Customer, make, write_export

if TYPE_CHECKING:
    import httpx

HERE = Path(__file__).parent
NEEDED = ("fastapi", "uvicorn", "python_multipart", "httpx")
MISSING = [name for name in NEEDED if find_spec(name) is None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exhaustive: takes minutes; a stage of its own in CI")


class Skipped(pytest.Module):
    """A file of tests that cannot even be imported here."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(f"not installed: {', '.join(MISSING)} (calloff[web,webtest])")


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    return Skipped.from_parent(parent, path=module_path) if MISSING else None


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small customer's export, with its faults."""
    made = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(Customer(parts=8, days=32)), made)
    return made


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that the tests of a file share, each a caller of its own. Another file has another
    server: it must not find the plans of this one, nor what is still at work here."""
    from serving import server

    with server(tmp_path_factory.mktemp("kept")) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A caller with a cookie jar of its own."""
    import httpx

    with httpx.Client(base_url=address, timeout=60) as made:
        yield made
