"""In a worker's process: a run's files into a store, its forecast from there into the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.layouts import Layout, normal
from calloff.data.load import Loaded
from calloff.data.reading.keys import Key
from calloff.ledger.outcomes import note_outcomes
from calloff.ledger.question import Question, question_of, read_question
from calloff.ledger.runs import record, run_id
from calloff.lstm.engine import instruction_set
from calloff.planning.results import Results
from calloff.store.adding import APART, ASK, Adding, add
from calloff.store.arrivals import StoreArrivals
from calloff.store.content import ON_TIME
from calloff.store.converting import current
from calloff.store.folder import UNNAMED, Store, make_store
from calloff.store.load import load_request
from calloff.store.manifest import known_customers, reading
from calloff.store.selection import Request, state_of
from calloff.texts.errors import CalloffError, fail, few
from calloff.web.kept import SOURCE, Details, Kept, local, read_details, write_kept

Progress = Callable[[float, str], None]
LAST = 260  # issue days that are read, the newest: a year of working days
NAMED = 200  # customers among whom one is chosen


def add_files(job: Mapping[str, Any], layout: Layout | None, progress: Progress) -> list[str]:
    """Add a run's files to its store; the names of the customers in them, in order. Raises
    CalloffError for those that are refused; the others are added all the same."""
    store, wanted = make_store(job["store"]), job["settings"].get("customer")
    own = _known(store, wanted) if wanted else None
    how = Adding(layout, own, ON_TIME, unnamed=ASK, now=local(job["sent"]))
    return _names(store, job, how, progress)


def add_apart(job: Mapping[str, Any], layout: Layout | None) -> list[str]:
    """The same for a former run, of which nobody can be asked from whom its files are."""
    how = Adding(layout, None, ON_TIME, unnamed=APART, now=local(job["sent"]))
    return _names(make_store(job["store"]), job, how, lambda share, name: None)


def _names(store: Store, job: Mapping[str, Any], how: Adding, progress: Progress) -> list[str]:
    added = add(store.root, *job["files"], how=how, progress=progress)
    if added.refused:
        raise CalloffError(added.refused)
    return sorted({name for each in added.written for name in each.names})


def _known(store: Store, wanted: str) -> str:
    """A customer's name as the store spells it; a new one as it is given."""
    with reading(store) as log:
        known = known_customers(log)
    return next((name for name in known if normal(name) == normal(wanted)), wanted)


def chosen(names: Sequence[str], wanted: str | None) -> str:
    """The customer to forecast for. Raises CalloffError where that is still to be said."""
    own = [name for name in names if wanted is None or normal(name) == normal(wanted)]
    if len(own) == 1:
        return own[0]
    listed, choices = few(names), json.dumps(list(names[:NAMED]), ensure_ascii=False)
    if wanted is None:
        raise fail("web.customers" if names else "store.empty", customers=listed, choices=choices)
    raise fail("web.no_customer", name=wanted, customers=listed, choices=choices)


def load_kept(job: Mapping[str, Any], customer: str) -> Loaded:
    """The plans of a customer in the store, and what came of earlier forecasts noted there."""
    store, as_of = current(job["store"]), job["settings"]["as_of"]
    request = Request(customer, last=LAST)
    if as_of is not None:
        try:
            return load_request(store, replace(request, as_of=as_of))
        except CalloffError:  # nothing is known on this day: what is asked of it says so
            return load_request(store, request)
    loaded = load_request(store, request)  # on an earlier day less is known than was noted
    note(store, customer, loaded)
    return loaded


def note(store: Store, customer: str, loaded: Loaded) -> None:
    """Note what came of earlier forecasts."""
    arrivals = loaded.triangle.arrivals
    weeks = isinstance(arrivals, StoreArrivals) and arrivals.weeks
    note_outcomes(store, customer, loaded.triangle, loaded.reading.keys, weeks=weeks)


def write_down(
    folder: Path, job: Mapping[str, Any], loaded: Loaded, results: Results, beside: pl.DataFrame
) -> dict[str, Any]:
    """A forecast for use into the ledger, with the verdicts ``beside`` it; the facts of it."""
    store, keys = current(job["store"]), loaded.reading.keys
    dated = replace(results.settings, as_of=str(results.forecast.cutoff))
    question = question_of(store, loaded, dated)
    keep_lines(folder, [question], keys, question.text())
    record(store, question, results.forecast, keys, engine=instruction_set(),
           beside=beside, source=SOURCE)  # fmt: skip
    named = [] if question.customer == UNNAMED else [question.customer]
    return {"customers": named, "kept": question.customer}


def keep_lines(
    folder: Path, questions: Sequence[Question], keys: Mapping[str, Key], text: str | None
) -> None:
    """What a run will have in the ledger, into its folder. Of one question all keys are its."""
    whose = questions[0].customer if len(questions) == 1 else None
    own = {name: replace(key, customer=whose or key.customer) for name, key in keys.items()}
    lines = {question.customer: run_id(question) for question in questions}
    write_kept(folder, Kept(lines, str(questions[0].settings.as_of)), Details(own, text))


def load_once_more(folder: Path, job: Mapping[str, Any]) -> Loaded | None:
    """The plans that a run's list is made from; None where these are those of its files. Raises
    CalloffError where they are not in the store any more."""
    asked = read_details(folder).question
    if asked is None:
        return None
    question = read_question(asked)
    if not job.get("store"):
        raise fail("web.plans_gone")
    store = current(job["store"])
    if state_of(store, question.customer, question.newest)[1] != question.inputs:
        raise fail("web.plans_gone")
    request = replace(question.request, as_of=job["settings"]["as_of"])
    loaded = load_request(store, request, question.policy)
    return loaded.by_week() if question.weeks else loaded
