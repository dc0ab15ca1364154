"""A planner's own numbers: one at a time, never over another's, and every change kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from calloff.web.own_numbers import ChangedError, OwnNumbers
from calloff.web.run_store import RunStore

DAY = "2024-03-07"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore(tmp_path / "kept")
    yield opened
    opened.close()


@pytest.fixture
def run(store: RunStore) -> str:
    return store.add(store.new_id(), "ann", "forecast", {}).id


def test_a_number_says_what_it_replaces(store: RunStore, run: str) -> None:
    numbers = store.numbers
    assert numbers.change(run, (DAY, "A"), 5, None, "ann", "fair") is not None
    with pytest.raises(ChangedError) as caught:
        numbers.change(run, (DAY, "A"), 6, None, "bob")
    assert caught.value.found is not None
    assert (caught.value.found.pieces, caught.value.found.author) == (5, "ann")
    numbers.change(run, (DAY, "A"), 6, 5, "bob")
    with pytest.raises(ChangedError):
        numbers.change(run, (DAY, "A"), None, 5)
    assert numbers.pieces(run) == {(DAY, "A"): 6}
    assert numbers.change(run, (DAY, "A"), None, 6) is None
    with pytest.raises(ChangedError) as caught:
        numbers.change(run, (DAY, "A"), 7, 6)
    assert caught.value.found is None
    assert numbers.pieces(run) == {}


def test_every_change_is_kept_with_who_when_and_why(store: RunStore, run: str) -> None:
    store.numbers.change(run, (DAY, "A"), 5, None, "ann", "fair")
    store.numbers.change(run, (DAY, "B"), 0, None, "ann")
    store.numbers.set_all(run, DAY, {"A": 5, "C": 1}, "bob")
    told = [(c.part, c.before, c.pieces, c.author, c.reason) for c in store.numbers.changes(run)]
    assert told == [
        ("C", None, 1, "bob", ""), ("B", 0, None, "bob", ""),
        ("B", None, 0, "ann", ""), ("A", None, 5, "ann", "fair"),
    ]  # fmt: skip
    assert all(c.made for c in store.numbers.changes(run))
    assert store.numbers.of(run)[DAY, "A"].reason == "fair"


def test_another_reason_makes_a_number_no_younger(store: RunStore, run: str) -> None:
    first = store.numbers.change(run, (DAY, "A"), 5, None, "ann")
    again = store.numbers.change(run, (DAY, "A"), 5, 5, "ann", "as every year")
    assert first is not None and again is not None
    assert (again.made, again.reason) == (first.made, "as every year")


def test_a_run_that_was_deleted_takes_no_numbers(store: RunStore, run: str) -> None:
    store.delete(run)
    with pytest.raises(sqlite3.IntegrityError):
        store.numbers.change(run, (DAY, "A"), 5, None)


def test_who_and_why_are_inherited(store: RunStore, run: str) -> None:
    again = store.add(store.new_id(), "ann", "forecast", {}).id
    store.numbers.change(run, (DAY, "A"), 5, None, "ann", "fair")
    numbers: OwnNumbers = store.numbers
    numbers.inherit(again, run)
    assert numbers.of(again) == numbers.of(run)
