"""Tables are written under names of their own, and after the commit named where they belong.

So a program that reads the folder without the log sees whole tables of files that are in the store,
and nothing else; what a killed process left is swept by the next one that adds.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import polars as pl

from calloff.store.database import rows_in
from calloff.store.folder import Store


def write_staged(store: Store, name: str, frame: pl.DataFrame) -> None:
    """Write a table so that it outlasts a power cut.

    Args:
        store: the store.
        name: of the file in the folder of those that are not yet where they belong.
        frame: the table.

    Raises:
        OSError: it cannot be written.
    """
    path = store.staging / name
    try:
        with path.open("wb") as file:
            frame.write_parquet(file, compression="zstd", statistics=True)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        if isinstance(error, pl.exceptions.PolarsError):
            raise OSError(str(error)) from error
        raise


def sync_folder(path: Path) -> None:
    """Make names in the folder ``path`` outlast a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(store: Store, log: sqlite3.Connection) -> None:
    """Put staged tables where they belong, and remove those of no file in the store.

    Args:
        store: the store.
        log: from ``writing``, so that nobody else is at it.
    """
    sweep_removed(store, log)
    names = [path.name for path in store.staging.iterdir()]
    if not names:
        return
    query = "SELECT staged, path FROM tables WHERE staged IN ({})"
    belongs = {row["staged"]: row["path"] for row in rows_in(log, query, names)}
    for name in names:
        if name in belongs:
            publish(store, name, belongs[name])
        else:
            with contextlib.suppress(OSError):
                (store.staging / name).unlink()


def sweep_removed(store: Store, log: sqlite3.Connection) -> None:
    """Remove the tables of files that were removed from the store.

    Args:
        store: the store.
        log: from ``writing``, so that nobody else is at it.
    """
    for (path,) in log.execute("SELECT path FROM removed").fetchall():
        target = store.root / path
        with contextlib.suppress(OSError):  # somebody may have it open: the next time
            target.unlink(missing_ok=True)
            log.execute("DELETE FROM removed WHERE path = ?", [path])
        if target.parent != store.staging:
            with contextlib.suppress(OSError):  # not empty
                target.parent.rmdir()
                target.parent.parent.rmdir()


def publish(store: Store, staged: str, path: str) -> None:
    """Put a table where it belongs; where that cannot be done now, it stays readable where it is.

    Args:
        store: the store.
        staged: its name among those that are not yet where they belong.
        path: where it belongs, below the folder.
    """
    target = store.root / path
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        (store.staging / staged).replace(target)
        sync_folder(target.parent)


def table_path(store: Store, staged: str, path: str) -> Path:
    """Where a table of the store is now.

    Args:
        store: the store.
        staged: its name before it is where it belongs.
        path: where it belongs, below the folder.

    Returns:
        Its path.
    """
    target = store.root / path
    if target.exists() or not (store.staging / staged).exists():
        return target  # moved between the two looks, it is there now
    return store.staging / staged
