"""Whoever installs calloff gets its types: mypy sees them in site-packages, as py.typed says."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import calloff

# Types of others, which take most of the time to read and say nothing of ours.
OTHERS = "[mypy-numpy.*,polars.*,narwhals.*]\nfollow_imports = skip\n"
SITE = Path(sysconfig.get_path("purelib"))
SNIPPET = """
import calloff

reveal_type(calloff.load)
reveal_type(calloff.Spec().lead)
calloff.Spec(lead="three")
"""


@pytest.fixture
def installed(project: Path, tmp_path: Path) -> Path:
    """A Python with calloff in its site-packages: this one where it came from a wheel, else a new
    one with the sources alone, since mypy does not follow an editable install."""
    if SITE in Path(calloff.__file__).parents:
        return Path(sys.executable)
    words = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", tmp_path / "python"]
    subprocess.run(words, check=True)
    (site,) = (tmp_path / "python").glob("lib/python*/site-packages")
    shutil.copytree(project / "src" / "calloff", site / "calloff")
    return tmp_path / "python" / "bin" / "python"


def test_mypy_sees_the_types_of_an_installed_calloff(installed: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: pip install 'calloff[dev]'")
    (tmp_path / "snippet.py").write_text(SNIPPET, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(OTHERS, encoding="utf-8")
    words = ["--strict", "--python-executable", installed, "--cache-dir", tmp_path / "cache"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words, "snippet.py"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert "py.typed" not in done.stdout, done.stdout
    signature, lead, wrong = done.stdout.splitlines()[:3]
    assert "-> calloff.data.load.Loaded" in signature
    assert 'int"' in lead
    assert 'incompatible type "str"; expected "int"' in wrong
