"""Third parties' own warnings, narrowly: raised by their imports and inner calls, not by ours."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
THIRD_PARTY = ("ignore::DeprecationWarning:(keras|jax|tensorflow|torch|google|ml_dtypes)",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for text in THIRD_PARTY:
                item.add_marker(pytest.mark.filterwarnings(text))
