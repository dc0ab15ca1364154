"""The house: imports run one way, small files, a quick start."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "calloff"

# The path of the data. A module may import from rooms above it, never from below.
ORDER = (
    "version", "messages", "problems", "layouts", "streams", "reading", "cleaning", "triangle",
    "spec", "metrics", "lstm", "keras", "windows", "training", "memory", "kin", "seen", "views",
    "levels", "slip", "forecasters", "bands", "distribution", "cumulative", "building",
    "part_tables", "backtesting", "covering", "scoring",
    "overrides", "selection", "forecasting", "inspection", "loading", "correlation", "trust",
    "verdict", "evening", "synth", "writing", "workbook", "pictures", "demo", "screen", "report",
    "pages", "history", "web", "commands", "cli", "__main__",
)  # fmt: skip
# Allowed against the order: words of the command line's options.
EXCEPTIONS = {("commands", "cli")}


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    assert here in ORDER, f"{here} has no place in the order of rooms"
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "calloff" or len(parts) < 2 or (here, parts[1]) in EXCEPTIONS:
            continue
        assert ORDER.index(parts[1]) <= ORDER.index(here), f"{here} imports {name}"


@pytest.mark.parametrize("name", ["metrics", "lstm.reference", "lstm.optim", "lstm"])
def test_the_core_needs_numpy_only(name: str) -> None:
    if not list(SOURCE.glob(name.replace(".", "/") + "*")):
        pytest.skip(f"{name} is not there yet")
    code = (
        f"import sys, calloff.{name}; "
        "heavy = {'polars', 'rich', 'matplotlib', 'python_calamine', 'xlsxwriter', 'narwhals', "
        "'pandas', 'keras', 'torch', 'jax', 'tensorflow', 'numba'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_file_is_over_400_lines() -> None:
    long = {
        path.name: n for path in files() if (n := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def test_the_command_line_starts_without_heavy_imports() -> None:
    code = (
        "import sys; from calloff.cli import build_parser; build_parser('en'); "
        "sys.exit(', '.join({'polars', 'rich', 'matplotlib', 'numpy'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
