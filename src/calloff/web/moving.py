"""In a worker's process: a run from before there was a store, into it. Done again, it does nothing
twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.layouts import Layout
from calloff.data.load import Loaded, load
from calloff.data.reading.keys import Key
from calloff.ledger.question import Question, question_of
from calloff.ledger.runs import Facts, record_table
from calloff.ledger.tables import by_key
from calloff.planning.results import Settings
from calloff.store.converting import current
from calloff.store.folder import Store
from calloff.store.load import load_request
from calloff.store.selection import Request
from calloff.web.keeping import LAST, add_apart, keep_lines, note
from calloff.web.kept import SOURCE, local, note_numbers, read_details
from calloff.web.own_numbers import OwnNumber

Asked = Callable[[Sequence[str]], Settings]


def move(folder: Path, job: Mapping[str, Any], layout: Layout | None, asked: Asked) -> None:
    """Add a former run's files as of the time at which they came, put its forecast and own numbers
    into the ledger with their times. The run stays. Raises CalloffError."""
    loaded = load(*job["files"], layout=layout)
    names = add_apart(job, layout)
    store, facts = current(job["store"]), job["facts"]
    keys = _named(loaded.reading.keys, names)
    settings = replace(asked(loaded.triangle.parts), as_of=facts["cutoff"])
    questions = {name: _question(store, name, settings) for name in _customers(keys)}
    keep_lines(folder, list(questions.values()), keys, read_details(folder).question)
    table = pl.read_parquet(folder / "result" / "forecasts.parquet")
    for name, question in questions.items():
        own = [part for part, key in keys.items() if key.customer == name]
        rows = by_key(table.filter(pl.col("part").is_in(own)), keys)
        made = Facts(facts["cutoff"], facts["method"], facts["version"], source=SOURCE)
        record_table(store, question, rows, made, local(job["sent"]))
    numbers = {(day, part): OwnNumber(pieces, made) for day, part, pieces, made in job["own"]}
    note_numbers(folder, store.root, job["run"], numbers)
    for name in questions:
        note(store, name, _plans(store, name))


def _named(keys: Mapping[str, Key], names: Sequence[str]) -> dict[str, Key]:
    """The keys with the names that customers have in the store."""
    others = {key.customer for key in keys.values()}
    unnamed = next((name for name in names if name not in others), "")
    return {name: replace(key, customer=key.customer or unnamed) for name, key in keys.items()}


def _customers(keys: Mapping[str, Key]) -> list[str]:
    return sorted({key.customer for key in keys.values()})


def _plans(store: Store, customer: str) -> Loaded:
    return load_request(store, Request(customer, last=LAST))


def _question(store: Store, customer: str, settings: Settings) -> Question:
    return question_of(store, _plans(store, customer), settings)
