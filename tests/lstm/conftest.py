"""Each test draws the same numbers, whichever tests ran before it in its process."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def state_at_import(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """The state of the generator ``g`` that a file of tests may have; None where it has none."""
    generator = getattr(request.module, "g", None)
    return None if generator is None else dict(generator.bit_generator.state)


@pytest.fixture(autouse=True)
def same_draws(request: pytest.FixtureRequest, state_at_import: dict[str, Any] | None) -> None:
    if state_at_import is not None:
        request.module.g.bit_generator.state = state_at_import
