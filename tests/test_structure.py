"""The house: imports run one way, in the order that the packages' docstrings list; small files; a
quick start."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "calloff"
# Packages that are listed as a whole: they keep no order inside.
UNLISTED = {"lstm", "keras", "synth", "forecasters", "data/reading", "data/layouts",
            "report/workbook", "cli/commands"}  # fmt: skip
# Allowed against the order: words of the command line's options.
EXCEPTIONS = {("cli/options", "cli/main")}


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


@cache
def listed(folder: str) -> tuple[str, ...]:
    """The modules and folders of a package, in the order in which its docstring lists them."""
    text = (SOURCE / folder / "__init__.py").read_text(encoding="utf-8")
    lines = (ast.get_docstring(ast.parse(text)) or "").splitlines()[1:]
    names = [line.split(":")[0] for line in lines if ": " in line]
    return tuple(name for name in names if name.isidentifier())


def packages() -> list[str]:
    folders = {path.parent.relative_to(SOURCE).as_posix() for path in files()}
    return sorted("" if folder == "." else folder for folder in folders - UNLISTED)


@pytest.mark.parametrize("folder", packages())
def test_a_package_lists_what_is_in_it(folder: str) -> None:
    inside = {path.stem for path in (SOURCE / folder).glob("*.py")} - {"__init__", "__main__"}
    inside |= {path.parent.name for path in (SOURCE / folder).glob("*/__init__.py")}
    assert sorted(listed(folder)) == sorted(inside)


def imported(path: Path) -> set[str]:
    """Modules of calloff that a file imports, as paths below the source folder."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    ours = [name.split(".")[1:] for name in names if name.startswith("calloff.")]
    return {found for parts in ours if (found := _module("/".join(parts)))}


def _module(name: str) -> str | None:
    whole = SOURCE / name
    return name if whole.with_suffix(".py").exists() or (whole / "__init__.py").exists() else None


def allowed(here: str, there: str) -> bool:
    """Whether a module may import another: in the first package that holds both, its own branch
    is listed after the other's."""
    mine, theirs = here.split("/"), there.split("/")
    folder: list[str] = []
    while mine and theirs and mine[0] == theirs[0]:
        folder.append(mine.pop(0))
        theirs.pop(0)
    if not mine or not theirs or "/".join(folder) in UNLISTED:
        return True
    order = listed("/".join(folder))
    return mine[0] == "__main__" or order.index(theirs[0]) < order.index(mine[0])


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    here = path.relative_to(SOURCE).with_suffix("").as_posix()
    if here == "__init__":
        return
    here = here.removesuffix("/__init__")
    wrong = [
        there
        for there in imported(path)
        if (here, there) not in EXCEPTIONS and not allowed(here, there)
    ]
    assert not wrong, f"{here} imports {wrong}"


@pytest.mark.parametrize("name", ["evaluation.metrics", "lstm.reference", "lstm.optim", "lstm"])
def test_the_core_needs_numpy_only(name: str) -> None:
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
        "import sys; from calloff.cli.main import build_parser; build_parser('en'); "
        "sys.exit(', '.join({'polars', 'rich', 'matplotlib', 'numpy'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
