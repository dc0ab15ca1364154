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


def test_a_forecast_of_a_store_brings_in_only_what_it_needs() -> None:
    """Each of these would take a twentieth of a second of the few that it lasts."""
    code = (
        "import sys, calloff.cli.commands.forecast, calloff.forecasters, calloff.report.files, "
        "calloff.store.load; calloff.forecasters.available(); "
        "needless = {'xlsxwriter', 'narwhals', 'ssl', 'matplotlib', 'calloff.data.edi'}; "
        "sys.exit(', '.join(needless & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Functions that keep what they gave: what comes with the package, the libraries of the process, and
# the few hundred dates that messages are full of.
KEEPING = {"texts/catalogue.catalogue", "data/layouts._built_in", "forecasters.available",
           "forecasters/pretrained.pretrained", "report/html/static.asset",
           "rolling/blas._libraries", "data/edi/periods.edifact_period",
           "data/edi/periods.point", "evaluation/comparison._gauss"}  # fmt: skip
CONTAINERS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
WRITING = {"append", "add", "update", "setdefault", "extend", "insert", "pop", "popitem", "clear",
           "remove", "discard", "appendleft", "sort", "reverse"}  # fmt: skip


def containers(tree: ast.Module) -> set[str]:
    """Names at the top of a module that hold what can be written to."""
    names = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        made = isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1].lower() in (
            "dict", "list", "set", "defaultdict", "ordereddict", "counter", "deque",
            "weakkeydictionary", "weakvaluedictionary",
        )  # fmt: skip
        if isinstance(value, CONTAINERS) or made:
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def written(tree: ast.Module, names: set[str]) -> set[str]:
    """Those of some names whose content the code of a module changes, or that are global in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found |= set(node.names)
        target: ast.AST | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value
        elif isinstance(node, ast.AugAssign):
            target = node.target
        elif isinstance(node, ast.Attribute) and node.attr in WRITING:
            target = node.value
        name = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
        found |= {name} & names
    return found


def test_nothing_is_remembered_in_modules() -> None:
    """What is computed is kept with the past that it is from, never at the top of a module."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files()}
    names = {name for tree in trees.values() for name in containers(tree)}
    local = {path: written(tree, names) for path, tree in trees.items()}
    found = {(path.name, name) for path, names in local.items() for name in names}
    assert found == {("activations.py", "_KNOWN")}  # functions that a user brings, by their names
    keeping = set()
    for path, tree in trees.items():
        here = path.relative_to(SOURCE).with_suffix("").as_posix().removesuffix("/__init__")
        keeping |= {
            f"{here}.{node.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and any("cache" in ast.unparse(each) and "property" not in ast.unparse(each)
                    for each in node.decorator_list)
        }  # fmt: skip
    assert keeping == KEEPING
    for path, tree in trees.items():  # arrays are written to as easily
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                assert ast.unparse(node.value.func) not in ("threading.local", "ContextVar"), path


@pytest.mark.parametrize(
    "code",
    ["KEPT = {}\ndef f(x):\n    KEPT[x] = 1\n", "KEPT = []\ndef f(x):\n    KEPT.append(x)\n",
     "KEPT = dict()\ndef f(x):\n    KEPT.setdefault(x, 1)\n",
     "KEPT = set()\ndef f(x):\n    global KEPT\n    KEPT = {x}\n"],
)  # fmt: skip
def test_a_memory_in_a_module_is_found(code: str) -> None:
    tree = ast.parse(code)
    assert written(tree, containers(tree)) == {"KEPT"}
