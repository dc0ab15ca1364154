"""The folder of a store, its version, and what is where in it.

plans/, calls/, receipts/ hold tables by customer and month; faults/ what could not be read;
forecasts/ and outcomes/ what was forecast and what came. Tables are never changed; log.sqlite and
ledger.sqlite say which of them count.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail
from calloff.texts.version import version

VERSION = 1
MARK = "store.json"
LOG = "log.sqlite"
LEDGER = "ledger.sqlite"
SETTINGS = "settings.toml"  # what is asked for customers, by the user
STAGING = "staging"
TABLES = ("plans", "calls", "receipts", "faults", "rows_set_aside")
UNNAMED = "unnamed"  # stands for the customer of files that name none
KEPT = ("forecasts", "outcomes")  # tables of what was forecast, and of what came
OURS = {MARK, LOG, f"{LOG}-journal", LEDGER, f"{LEDGER}-journal", STAGING, SETTINGS, *TABLES, *KEPT}


@dataclass(frozen=True)
class Store:
    """A store; ``root`` is its folder."""

    root: Path

    @property
    def log(self) -> Path:
        """The file that says which tables count."""
        return self.root / LOG

    @property
    def staging(self) -> Path:
        """The folder of tables that are not yet where they belong."""
        return self.root / STAGING


def is_store(path: object) -> bool:
    """Whether a ``path`` leads to a store."""
    try:
        return isinstance(path, str | os.PathLike) and (Path(path) / MARK).is_file()
    except (OSError, ValueError):  # a name too long, or no name at all: reading says so
        return False


def open_store(path: str | Path) -> Store:
    """Open a store that is there.

    Args:
        path: its folder.

    Returns:
        The store.

    Raises:
        CalloffError: it is no store, or one of another version.
    """
    root, where = Path(path), Where(file=plain(str(path)))
    if not is_store(root):
        raise fail("store.none", where)
    found = version_of(root)
    if found > VERSION:
        raise fail("store.newer", where, found=found, known=VERSION)
    if found < VERSION:
        raise fail("store.older", where, found=found, known=VERSION)
    return Store(root)


def version_of(root: Path) -> int:
    """Look up the version of a store.

    Args:
        root: its folder.

    Returns:
        The version.

    Raises:
        CalloffError: its mark cannot be read.
    """
    try:
        return int(json.loads((root / MARK).read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise fail("store.damaged", Where(file=plain(str(root / MARK))), error=error) from error


def make_store(path: str | Path) -> Store:
    """Open a store, or make an empty one.

    Args:
        path: its folder; a new one, an empty one, or a store.

    Returns:
        The store.

    Raises:
        CalloffError: there is something else, or the folder cannot be made.
    """
    root, where = Path(path), Where(file=plain(str(path)))
    if is_store(root):
        return open_store(root)
    try:
        if root.exists() and not root.is_dir():
            raise fail("store.is_file", where)
        if root.exists() and any(map(_is_foreign, root.iterdir())):
            raise fail("store.not_empty", where)
        if root.exists():
            (root / STAGING).mkdir(exist_ok=True)
            write_mark(root)
        else:
            _begin(root)
    except OSError as error:
        raise fail("store.write", where, error=error.strerror or error) from error
    return Store(root)


def _begin(root: Path) -> None:
    """Make a store where nothing is, beside its place, and name it: it is whole or not there."""
    made = root.with_name(f".{root.name}.{os.getpid()}.new")
    try:
        (made / STAGING).mkdir(parents=True, exist_ok=True)
        write_mark(made)
        made.rename(root)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not is_store(root):  # else another process was first
            raise


def _is_foreign(path: Path) -> bool:
    return path.name not in OURS and not (path.name.startswith(MARK) and path.suffix == ".new")


def write_mark(root: Path) -> None:
    """Say in the folder ``root`` that it is a store of this version."""
    words = {"kind": "calloff store", "version": VERSION, "made by": f"calloff {version()}"}
    beside = root / f"{MARK}.{os.getpid()}.new"  # another process may begin it too
    with beside.open("w", encoding="utf-8") as file:
        json.dump(words, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(root / MARK)


def spelt(customer: str) -> str:
    """The name of a ``customer`` as a part of a path, on any system: Windows ends no name with a
    point, and no file system knows "/" in one."""
    return quote(customer, safe=" ()+,=@~").replace(".", "%2E")


def place(table: str, customer: str, month: str, name: str) -> str:
    """Say where a table belongs.

    Args:
        table: one of TABLES or KEPT.
        customer: whose plans it holds.
        month: of their issue, such as 2024-03.
        name: of the file.

    Returns:
        Its path below the folder, with the parts of a path that Hive, polars, DuckDB and Spark
        take for columns.
    """
    return f"{table}/customer={spelt(customer)}/month={month}/{name}.parquet"
