"""A run whose plans are kept in a store: its lines in the ledger, and its own numbers there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.reading.keys import Key
from calloff.ledger.own_numbers import keep_own_numbers
from calloff.ledger.withdrawing import withdraw, withdraw_own_numbers
from calloff.overrides.table import SCHEMA, Overrides
from calloff.report.files import write_json
from calloff.store.content import digest_of
from calloff.store.converting import current
from calloff.store.folder import Store
from calloff.store.forgetting import Delivery, deliveries, forget
from calloff.web.own_numbers import OwnNumber, Place

NAME, DETAILS = "kept.json", "asked.json"  # in the folder of a run
SOURCE = "page"  # in the ledger


@dataclass(frozen=True)
class Kept:
    """What a run has in a store. lines: customer -> id of its forecast in the ledger; cutoff: the
    day (ISO) of the forecast."""

    lines: Mapping[str, str]
    cutoff: str


@dataclass(frozen=True)
class Details:
    """What is needed of it seldom. keys: name of a part -> whose plan it is, by the store's names;
    question: what was asked where the list is made from the store, None where it is made from the
    files alone."""

    keys: Mapping[str, Key]
    question: str | None = None


def write_kept(folder: Path, kept: Kept, details: Details) -> None:
    """Put it into the folder of a run, before it is in the ledger: so it can be withdrawn."""
    keys = {name: astuple(key) for name, key in details.keys.items()}
    write_json({"keys": keys, "question": details.question}, folder / DETAILS)
    write_json({"lines": dict(kept.lines), "cutoff": kept.cutoff}, folder / NAME)


def read_kept(folder: Path) -> Kept | None:
    """What was put into the folder of a run; None for one that is not kept. Raises ValueError,
    KeyError or TypeError where it is damaged."""
    found = _read(folder / NAME)
    return Kept(dict(found["lines"]), str(found["cutoff"])) if found is not None else None


def read_details(folder: Path) -> Details:
    """The same of what is needed seldom; nothing for a run that is not kept."""
    found = _read(folder / DETAILS)
    if found is None:
        return Details({})
    return Details({name: Key(*key) for name, key in found["keys"].items()}, found["question"])


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return None


def note_numbers(
    folder: Path, store: Path, run: str, numbers: Mapping[Place, OwnNumber | None]
) -> None:
    """Write own numbers of a run (None: none any more) down in the ledger. Raises CalloffError
    where that cannot be; one that has no forecast to stand beside is left out."""
    kept, path = read_kept(folder), folder / "result" / "forecasts.parquet"
    if kept is None or not path.exists():
        return
    table = pl.read_parquet(path).unique(["target", "part"], keep="first", maintain_order=True)
    places = {(str(row["target"]), row["part"]): row for row in table.iter_rows(named=True)}
    known = {place: row for place, row in places.items() if place in numbers}
    keys = read_details(folder).keys
    for customer in kept.lines:
        rows = [_row(row, numbers[place], kept.cutoff) for place, row in known.items()
                if place[1] in keys and keys[place[1]].customer == customer]  # fmt: skip
        if rows:
            own = Overrides(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
            keep_own_numbers(Store(store), customer, own, keys, source=_source(run))


def _row(row: Mapping[str, object], own: OwnNumber | None, cutoff: str) -> tuple[object, ...]:
    evening, made = date.fromisoformat(cutoff), local(own.made).date() if own else None
    pieces = own.pieces if own else None
    return (row["part"], row["target"], evening, made, row["plan"], row["forecast"], pieces)


def _source(run: str) -> str:
    return f"{SOURCE} {run}"


def withdraw_lines(store: Path, run: str, kept: Kept, others: Sequence[Kept]) -> None:
    """Take the forecasts of a run out of the ledger, but those that are others' as well, and the
    own numbers that it gave. Raises CalloffError where that cannot be."""
    shared = {line for other in others for line in other.lines.values()}
    for customer, line in kept.lines.items():
        if line not in shared:
            withdraw(Store(store), line, SOURCE)
        withdraw_own_numbers(Store(store), customer, _source(run))


def forget_files(store: Path, folder: Path) -> list[Delivery]:
    """Remove the plans of the files in a folder from the store, for good; what was removed. Raises
    CalloffError where the store cannot be written."""
    place = current(store)
    hashes = [digest_of(path) for path in sorted(folder.iterdir())]
    known = [each for each in hashes if deliveries(place, each)]
    return [delivery for each in known for delivery in forget(place, each)]


def local(stamp: str) -> datetime:
    """A moment in this computer's time, as a store keeps it."""
    return datetime.fromisoformat(stamp).astimezone().replace(tzinfo=None)
