"""A store of an older version, made anew in a folder beside it; the old one stays as it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from calloff.store.folder import VERSION, Store, is_store, open_store, version_of, write_mark
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail

# version -> what makes a store of the next version of a copy of it
STEPS: Mapping[int, Callable[[Path], None]] = {}


def current(path: str | Path) -> Store:
    """Open a store; one of an older version is converted into a folder beside it, once.

    Args:
        path: its folder.

    Returns:
        The store, of this version.

    Raises:
        CalloffError: it is no store, of a newer version, or cannot be converted.
    """
    root = Path(path)
    if not is_store(root) or version_of(root) >= VERSION:
        return open_store(root)
    beside = root.with_name(f"{root.name}-v{VERSION}")
    if not is_store(beside):
        _convert(root, beside)
    return open_store(beside)


def _convert(root: Path, beside: Path) -> None:
    found = version_of(root)
    missing = [at for at in range(found, VERSION) if at not in STEPS]
    if missing:
        raise fail("store.older", Where(file=plain(str(root))), found=found, known=VERSION)
    unfinished = beside.with_name(f"{beside.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(root, unfinished)
        for step in range(found, VERSION):
            STEPS[step](unfinished)
        write_mark(unfinished)
        unfinished.rename(beside)
    except OSError as error:
        raise fail("store.write", Where(file=plain(str(beside))),
                   error=error.strerror or error) from error  # fmt: skip
