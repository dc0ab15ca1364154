"""What calloff says where Keras is missing, too old, or has no backend; these need no Keras."""

from __future__ import annotations

import subprocess
import sys

import pytest
from keras_backend import MISSING

HIDDEN = """
import sys
sys.modules[{module!r}] = None  # as if it were not installed
import os
os.environ["KERAS_BACKEND"] = "jax"
try:
    import {importing}
except ImportError as error:
    print(type(error).__name__, error)
"""


def said(module: str, importing: str) -> str:
    script = HIDDEN.format(module=module, importing=importing)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_without_keras() -> None:
    message = said("keras", "calloff.keras")
    assert message.startswith("ModuleNotFoundError") or message.startswith("ImportError")
    assert 'pip install "calloff[keras]"' in message
    assert message.count("\n") == 1


def test_without_a_backend() -> None:
    pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)
    message = said("jax", "calloff.keras")
    assert "jax" in message
    assert "KERAS_BACKEND" in message
    assert "pip install" in message


def test_without_onnx() -> None:
    assert 'pip install "calloff[onnx]"' in said("onnx", "calloff.lstm.onnx")


def test_nothing_else_imports_keras() -> None:
    script = (
        "import sys, calloff, calloff.lstm; print('keras' in sys.modules, 'onnx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "found, fine", [("3.4.1", False), ("2.15.0", False), ("3.5.0", True), ("3.15.1", True)]
)
def test_an_old_keras(found: str, fine: bool) -> None:
    pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)
    from calloff.keras._require import check_version

    if fine:
        return check_version(found)
    with pytest.raises(ImportError, match=rf"3\.5 or newer, found {found}"):
        check_version(found)
