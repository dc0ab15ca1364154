"""Run what the pages show, and write its output into them: python docs/make_outputs.py [PAGE...]

In a page, each line of a ```console block that starts with "$ " is run, and what follows it is its
output; a comment before the block, <!-- lines 12 4 -->, keeps the first 12 lines and the last 4.
A ```python block is run, and a ```text block after it is what it prints; the blocks of one page
share their names. A block of another kind after "`name.csv`:" is that file. All of it happens in
a folder with the demo's export. tests/test_docs.py does the same and compares.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

import calloff.report.terminal.screen
from calloff.cli.main import main as calloff_main
from calloff.report.files import replacing
from calloff.synth import make, write_export

DOCS = Path(__file__).parent
WIDTH = 110  # of tables, as wide as a page
EXPORT = Path("calloff-demo") / "export.xlsx"
FRAMES: dict[str, Any] = {"tbl_cols": -1, "tbl_width_chars": WIDTH, "float_precision": 2,
                          "tbl_hide_dataframe_shape": True}  # fmt: skip
NEEDS = {"how-to/keras.md": ("keras", "onnx")}  # pages that run only where these are installed

_CONSOLE = re.compile(r"(?:<!-- lines (\d+) (\d+) -->\n)?```console\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```(\n\n```text\n(.*?)```)?", re.DOTALL)
_FILE = re.compile(r"`([\w.-]+\.(?:csv|toml|py))`:\n\n```\w*\n(.*?)```", re.DOTALL)


def pages() -> list[str]:
    """The pages of the site, as paths below docs/."""
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def shell(line: str) -> str:
    """Output of a command of ours, notes included. Raises where it does not end well."""
    program, *words = shlex.split(line)
    assert program == "calloff", f"only calloff can be run here, not {line}"
    said = _captured(lambda: _status(words))
    return "\n".join(row.rstrip() for row in said.strip("\n").split("\n"))


def _status(words: list[str]) -> None:
    width, calloff.report.terminal.screen.PLAIN_WIDTH = (
        calloff.report.terminal.screen.PLAIN_WIDTH,
        WIDTH,
    )
    language = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        status = calloff_main(words)
    finally:
        calloff.report.terminal.screen.PLAIN_WIDTH = width
        os.environ.pop("LC_ALL") if language is None else os.environ.update(LC_ALL=language)
    if status:
        raise RuntimeError(f"calloff {shlex.join(words)} ended with status {status}")


def _captured(work: Callable[[], Any]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            work()
        except BaseException:
            sys.__stderr__.write(said.getvalue())  # type: ignore[union-attr]
            raise
    return said.getvalue()


def refreshed(text: str) -> str:
    """A page with its outputs made anew, in the folder that is the current one."""
    for file, content in _FILE.findall(text):
        Path(file).write_text(content, encoding="utf-8")
    module = sys.modules["page"] = ModuleType("page")  # dataclasses look for the module they are in
    both = re.compile(f"{_CONSOLE.pattern}|{_PYTHON.pattern}", re.DOTALL)
    with pl.Config(**FRAMES):
        return both.sub(lambda found: _again(found, vars(module)), text)


def _again(found: re.Match[str], names: dict[str, Any]) -> str:
    first, last, console, python, shown, _ = found.groups()
    if console is None:
        said = _captured(lambda: exec(compile(python, "page", "exec"), names))
        return f"```python\n{python}```" + (f"\n\n```text\n{said}```" if shown else "")
    rows: list[str] = []
    for line in console.splitlines():
        if line.startswith("$ "):
            made = shell(line[2:]).split("\n")
            rows += [line, *(_some(made, int(first), int(last)) if first else made)]
    head = f"<!-- lines {first} {last} -->\n" if first else ""
    return f"{head}```console\n" + "\n".join(row for row in rows) + "\n```"


def _some(rows: list[str], first: int, last: int) -> list[str]:
    end = len(rows) - last
    return rows if end <= first + 1 else [*rows[:first], "...", *rows[end:]]


def masked(page: str) -> list[str]:
    """A page's lines without their figures and spaces, which may differ a little elsewhere."""
    rows = re.sub(r"[+-]?\d[\d,.]*%?", "#", page).splitlines()
    return [" ".join(re.sub(r"[─═┄]+", "─", row).split()) for row in rows]


def prepare(folder: Path) -> None:
    """The demo's export, as ``calloff demo`` writes it."""
    (folder / EXPORT).parent.mkdir(exist_ok=True)
    write_export(make(), folder / EXPORT)


def main() -> None:
    wanted = sys.argv[1:] or pages()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        os.chdir(folder)
        for name in wanted:
            text = (DOCS / name).read_text(encoding="utf-8")
            if not all(map(find_spec, NEEDS.get(name, ()))):
                print("passed over, for want of", ", ".join(NEEDS[name]), "-", name)
                continue
            made = refreshed(text)
            _keep_pictures(text)
            if made != text:
                with replacing(DOCS / name) as target:
                    target.write_text(made, encoding="utf-8")
                print("written:", name)


def _keep_pictures(text: str) -> None:
    """Pictures that the commands of a page made, and that it shows."""
    for name in re.findall(r"\(images/([\w.-]+)\)", text):
        if Path(name).exists():
            shutil.copyfile(name, DOCS / "images" / name)


if __name__ == "__main__":
    main()
