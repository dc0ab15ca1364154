"""Tables of forecasts and of what came: Parquet by customer and month, as a store's plans are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import polars as pl

from calloff.data.reading.keys import Key
from calloff.store.folder import Store
from calloff.store.staging import sync_folder
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail

UNFINISHED = ".unfinished"


def write_kept(store: Store, path: str, frame: pl.DataFrame) -> None:
    """Write a table where it belongs, so that it outlasts a power cut.

    Args:
        store: the store, whose ledger is being written: nobody else is at it.
        path: where it belongs, below the folder; a table that is there is replaced as a whole.
        frame: the table.

    Raises:
        CalloffError: it cannot be written.
    """
    target = store.root / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".*{UNFINISHED}"):  # by a process that was killed
            left.unlink()
        beside = target.with_name(f".{target.name}{UNFINISHED}")
        try:
            with beside.open("wb") as file:
                frame.write_parquet(file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(target.parent)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = getattr(error, "strerror", None) or error
        raise fail("store.write", Where(file=plain(str(store.root))), error=words) from error


def read_kept(store: Store, path: str) -> pl.DataFrame:
    """Read a table.

    Args:
        store: the store.
        path: where it is, below the folder.

    Returns:
        Its rows.

    Raises:
        CalloffError: it is not there, or damaged.
    """
    try:
        return pl.read_parquet(store.root / path, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        where = Where(file=plain(str(store.root / path)))
        raise fail("store.damaged", where, error=words) from error


def digest(frame: pl.DataFrame) -> str:
    """A digest of every bit of a table, in hexadecimal.

    Args:
        frame: columns of texts, numbers, days and flags.

    Returns:
        The same for the same names, kinds and values in the same order, whatever wrote them.
    """
    found = sha256()
    for column in frame:
        missing = column.is_null()
        found.update(f"{column.name}\0{column.dtype}\0{len(column)}\0".encode())
        found.update(missing.to_numpy().tobytes())
        if column.dtype == pl.String:
            found.update("\0".join(column.fill_null("").to_list()).encode())
        else:
            whole = column.to_physical().fill_null(0)
            found.update(np.ascontiguousarray(whole.to_numpy()).tobytes())
    return found.hexdigest()


def by_key(table: pl.DataFrame, keys: Mapping[str, Key]) -> pl.DataFrame:
    """Give a table's parts the names that customers use, and the plants they are for.

    Among all plans of a customer a part is named "P-01 @ K1" as soon as there are two plants; the
    ledger is read when there are more of them, or fewer.

    Args:
        table: with a column part.
        keys: name of a part -> whose plan it is.

    Returns:
        The table with the columns part and plant before all others.
    """
    found = [keys.get(name, Key(name)) for name in table["part"].to_list()]
    named = table.with_columns(
        part=pl.Series([key.part for key in found], dtype=pl.String),
        plant=pl.Series([key.plant for key in found], dtype=pl.String),
    )
    return named.select("part", "plant", pl.exclude("part", "plant"))


def with_plants(table: pl.DataFrame) -> pl.DataFrame:
    """A ``table`` whose parts are named together with the plants they are for, as far as these are
    known."""
    part, plant = pl.col("part"), pl.col("plant")
    named = pl.when(plant == "").then(part).otherwise(part + " @ " + plant)
    return table.with_columns(part=named)
