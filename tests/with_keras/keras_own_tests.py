"""Keras's own tests of its LSTM, run on our layers.

    KERAS_BACKEND=jax python tests/with_keras/keras_own_tests.py CHECKOUT

CHECKOUT is a checkout of Keras of the installed version, or the folder that an installed Keras lies
in (its wheel brings the tests along). Nothing of it is changed: while its test files run,
``keras.src.layers.LSTM`` and ``LSTMCell`` are ours. What must fail is listed below with the reason;
the exit status is 0 where just these fail.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

FOLDER = Path("keras/src/layers/rnn")
FILES = ("lstm_test.py", "bidirectional_test.py", "stacked_rnn_cells_test.py")
# Part of a test's name -> why it cannot pass.
EXPECTED = {
    "test_fused_lstm_eligibility": "Bidirectional's fused cuDNN call is for Keras's own layer",
    "test_keeps_use_cudnn": "use_cudnn=True is refused, as there is no such path here",
}


def version_of(checkout: Path) -> str:
    """The version of Keras that a checkout holds; its tests are for this one only."""
    text = (checkout / "keras/src/version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    return found[1] if found else "unknown"


class OurLayers:
    """A plugin of pytest: puts our layers in place, and keeps count."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.passed = 0

    def pytest_sessionstart(self) -> None:
        import keras.src.layers as theirs

        import calloff.keras as ours

        theirs.LSTM, theirs.LSTMCell = ours.LSTM, ours.LSTMCell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed += 1


def main(arguments: list[str]) -> int:
    checkout = Path(arguments[0]) if len(arguments) == 1 else None
    if checkout is None or not (checkout / FOLDER / FILES[0]).exists():
        print(f"usage: keras_own_tests.py CHECKOUT, a folder with {FOLDER / FILES[0]}")
        return 2
    import keras

    if version_of(checkout) != keras.__version__:
        print(f"the checkout is Keras {version_of(checkout)}, installed is {keras.__version__}")
        return 2
    layers = OurLayers()
    files = [str(checkout / FOLDER / name) for name in FILES]
    options = ["-q", "-p", "no:cacheprovider", "--noconftest", "-c", "/dev/null", "--tb=short"]
    pytest.main([*options, "--rootdir", str(checkout), *files], plugins=[layers])
    backend = keras.backend.backend()
    print(
        f"Keras {keras.__version__} on {backend}: {layers.passed} pass, {len(layers.failed)} fail"
    )
    return told(layers)


def told(layers: OurLayers) -> int:
    """Print what failed and why, and give the exit status."""
    surprises = [name for name in layers.failed if not any(part in name for part in EXPECTED)]
    for part, reason in EXPECTED.items():
        print(f"{part}: {reason}")
    for name in surprises:
        print(f"fails and should not: {name}")
    return 1 if surprises or not layers.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
