"""The examples: each says what it is for, runs as it stands, and shows no traceback for what is not
there."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
EVERY = sorted(path.name for path in EXAMPLES.glob("*.py"))
RUN = {  # words, and what comes
    "day.py": (["--method", "ratio-part"], "yellow column"),
    "method.py": ([], "damped"),
    "edi.py": ([], "ratio-part"),
    "notebook.py": ([], "9. What the notebook never printed"),
    "lightgbm_compared.py": ([], "LightGBM is not installed"),
}


def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *words]
    env = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def ended(monkeypatch: pytest.MonkeyPatch, name: str, *words: str) -> object:
    """How an example ends that ends before its work, without the second that a process takes."""
    monkeypatch.setattr(sys, "argv", [name, *words])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return end.value.code


def test_each_example_is_run() -> None:
    assert sorted(RUN) == EVERY


@pytest.mark.parametrize("name", EVERY)
def test_help_is_what_the_example_says_of_itself(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, name, "--help") == 0
    assert f"python examples/{name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", EVERY)
def test_an_example_runs(name: str) -> None:
    words, comes = RUN[name]
    if name == "lightgbm_compared.py" and find_spec("lightgbm"):
        comes = "lightgbm "
    done = run(name, *words)
    assert done.returncode == 0, done.stderr
    assert comes in done.stdout


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"lightgbm_compared.py"}))
def test_what_is_not_there_is_said(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = ended(monkeypatch, name, "absent.xlsx")
    assert status not in (None, 0)
    said = f"{capsys.readouterr().err}{status}"  # of a status in words Python tells the words
    assert "there is no such file" in said and "Traceback" not in said
