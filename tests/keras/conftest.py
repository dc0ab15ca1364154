"""Keras's backend for these tests, and the tools that they share.

KERAS_BACKEND is respected; without it JAX is taken, then PyTorch, then TensorFlow, whichever is
installed. Without Keras, or without a backend, the whole folder is skipped, with the reason.
"""

from __future__ import annotations

import importlib.util
import os

import pytest

BACKENDS = {"jax": "jax", "torch": "torch", "tensorflow": "tensorflow"}


def _missing() -> str | None:
    """Choose a backend; say what is missing for these tests, if anything is."""
    if importlib.util.find_spec("keras") is None:
        return 'Keras is not installed (pip install "calloff[keras]" jax)'
    present = [name for name, module in BACKENDS.items() if importlib.util.find_spec(module)]
    wanted = os.environ.get("KERAS_BACKEND") or (present[0] if present else "jax")
    os.environ["KERAS_BACKEND"] = wanted
    # Hundreds of tiny graphs, each run once: compiling them is what takes the time.
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
    if wanted not in present:
        return f"Keras's backend {wanted!r} is not installed (found: {present or 'none'})"
    return None


MISSING = _missing()
# Third parties' own: raised by their imports and inner calls, not by how they are used here.
THIRD_PARTY = (
    "ignore::DeprecationWarning:(keras|jax|tensorflow|torch|google|numpy|ml_dtypes)",
    "ignore:.*__array__ implementation doesn't accept a copy keyword:DeprecationWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/keras" not in item.path.as_posix():
            continue
        for text in THIRD_PARTY:
            item.add_marker(pytest.mark.filterwarnings(text))
        if MISSING and "without_keras" not in item.nodeid:
            item.add_marker(pytest.mark.skip(reason=MISSING))
