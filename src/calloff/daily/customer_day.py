"""The day's work for one customer: what came true, a forecast written down, workbook and report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from calloff.analysis.verdict import VERDICTS
from calloff.daily.settings import DailySettings
from calloff.data.load import Loaded
from calloff.data.reading.keys import Key
from calloff.data.triangle import Triangle
from calloff.evaluation.scores import score
from calloff.ledger.outcomes import note_outcomes
from calloff.ledger.own_numbers import keep_own_numbers, own_numbers
from calloff.ledger.question import question_of
from calloff.ledger.runs import Run, has_run, record, runs
from calloff.ledger.scorecard import Scorecard, scorecard
from calloff.ledger.tables import read_kept, with_plants
from calloff.lstm.engine import instruction_set
from calloff.overrides.table import Overrides
from calloff.overrides.workbook_reader import read_changes
from calloff.planning.changes import changes
from calloff.planning.results import Source, run
from calloff.report.html.render import write_report
from calloff.report.summary.forecast import verdicts
from calloff.report.summary.summarise import Summary, summarise
from calloff.report.workbook import write_workbook
from calloff.store.arrivals import StoreArrivals
from calloff.store.folder import Store, open_store, spelt
from calloff.store.load import load_request
from calloff.store.selection import Request
from calloff.texts.errors import CalloffError, Problem, few

SCORED = timedelta(days=28)  # the scores that are shown: of so many days
BOOK, PAGE = ".xlsx", ".html"


@dataclass(frozen=True)
class Work:
    """What is to be done for a customer.

    Attributes:
        store: the folder of the store.
        customer: its name in the store.
        settings: what is asked for it.
        out: the folder for workbook and report; None for none.
        lang: language of these, "en" or "ko".
        now: when this is.
    """

    store: Path
    customer: str
    settings: DailySettings
    out: Path | None
    lang: str
    now: datetime


@dataclass(frozen=True)
class CustomerDay:
    """What came of it, as plain values.

    Attributes:
        customer: its name in the store.
        run: id of the run that answers the question of this day.
        new: whether it was made now; else it was there.
        cutoff: the day of the forecast.
        outdated: the newest day of the plans, where the forecast is from an older one.
        targets: the target days.
        lead: days that the supplier needs to react.
        weeks: whether a target day stands for its week.
        method: the method that was used.
        parts: parts with a forecast for the first target day.
        plan: pieces planned for that day.
        forecast: pieces forecast for it.
        doubted: parts whose plan for it is to be distrusted.
        skipped: parts without a forecast for it.
        came: target days of earlier forecasts of which something new is known.
        scores: method -> mae, bias (pieces) and pairs of the last four weeks, as in ``score``.
        own: own numbers in the workbook that are new, changed or taken back.
        changed: what changed since the forecast before; rows as in ``changes``.
        since: the day of that forecast.
        files: names of the files that were written.
        notices: what was odd.
        failed: what could not be done.
    """

    customer: str
    run: str
    new: bool
    cutoff: date
    outdated: date | None
    targets: tuple[date, ...]
    lead: int
    weeks: bool
    method: str
    parts: int
    plan: float
    forecast: float
    doubted: int
    skipped: int
    came: tuple[date, ...]
    scores: Mapping[str, Mapping[str, Any]]
    own: int
    changed: tuple[Mapping[str, Any], ...]
    since: date | None
    files: tuple[str, ...]
    notices: tuple[Problem, ...] = ()
    failed: tuple[Problem, ...] = ()


@dataclass
class _Said:
    """What is to be said of a customer beside its results."""

    notices: list[Problem] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Facts:
    """What the table of a run does not say."""

    new: bool
    came: tuple[date, ...]
    own: int
    card: Scorecard
    said: _Said


def customer_day(work: Work) -> CustomerDay:
    """Do the day's work for one customer. Done twice, it changes nothing.

    Args:
        work: what is to be done.

    Returns:
        What came of it.

    Raises:
        CalloffError: there is nothing to forecast, or the store cannot be read or written.
    """
    store, said = open_store(work.store), _Said()
    loaded = _load(store, work)
    keys, triangle = loaded.reading.keys, loaded.triangle
    said.notices += _notices(loaded)
    own = _take_own_numbers(store, work, keys, said)
    came = note_outcomes(store, work.customer, triangle, keys,
                         weeks=_is_weeks(loaded), noted=work.now)  # fmt: skip
    asked, unknown = work.settings.asked(triangle.parts, keys)
    master, others = work.settings.master(triangle.parts, keys)
    if unknown := (*unknown, *others):
        facts = {"count": len(unknown), "names": few(unknown)}
        said.notices.append(Problem("daily.no_part", facts=facts))
    dated = replace(asked, as_of=str(triangle.newest_fresh()))
    question = question_of(store, loaded, dated, work.settings.policy)
    found = has_run(store, question)
    new, card = found is None, scorecard(store, work.customer, since=_since(triangle))
    if found is None or own or not all(path.exists() for path in outputs(work)):
        source = Source(f"{store.root.name} ({work.customer})", 0, question.inputs)
        results = run(loaded, asked, sources=[source])
        summary = summarise(results, _overrides(store, work.customer, keys), master, card)
        found = record(store, question, results.forecast, keys, made=work.now,
                       engine=instruction_set(), beside=verdicts(summary.forecast))  # fmt: skip
        _write(work, summary, said)
    return _result(store, work, loaded, found, _Facts(new, tuple(came), own, card, said))


def _load(store: Store, work: Work) -> Loaded:
    """The plans that count; of weeks where the lead is in weeks and there are any."""
    settings = work.settings
    request = Request(work.customer, settings.plant, settings.last)
    loaded = load_request(store, request, settings.policy)
    return loaded.by_week() if settings.weeks else loaded


def _is_weeks(loaded: Loaded) -> bool:
    arrivals = loaded.triangle.arrivals
    return isinstance(arrivals, StoreArrivals) and arrivals.weeks


def _notices(loaded: Loaded) -> Iterator[Problem]:
    reading = loaded.reading
    yield from reading.notices
    if reading.lost:
        names = few([each.part for each in reading.lost])
        yield Problem("note.lost", facts={"count": len(reading.lost), "parts": names})


def outputs(work: Work) -> tuple[Path, ...]:
    """The files that are written for a customer; none without a folder for them.

    Args:
        work: what is to be done.

    Returns:
        The workbook and the report.
    """
    if work.out is None:
        return ()
    name = spelt(work.customer)
    return work.out / f"{name}{BOOK}", work.out / f"{name}{PAGE}"


def _take_own_numbers(store: Store, work: Work, keys: Mapping[str, Key], said: _Said) -> int:
    """Write down what a planner changed in the workbook of the day before, or of this day."""
    book = next((path for path in outputs(work) if path.suffix == BOOK), None)
    if book is None or not book.exists():
        return 0
    try:
        own = read_changes(book)
    except CalloffError as error:
        said.failed += error.problems
        return 0
    strange = [part for part in own.table["part"].unique(maintain_order=True) if part not in keys]
    if strange:
        facts = {"file": book.name, "count": len(strange), "names": few(strange)}
        said.notices.append(Problem("daily.own_no_part", facts=facts))
    return keep_own_numbers(store, work.customer, own, keys, source=book.name, noted=work.now)


def _overrides(store: Store, customer: str, keys: Mapping[str, Key]) -> Overrides:
    """All own numbers of a customer, of the parts that are there."""
    names = [(key.part, key.plant, name) for name, key in keys.items()]
    known = pl.DataFrame(names, schema=dict.fromkeys(("part", "plant", "name"), pl.String),
                         orient="row")  # fmt: skip
    own = own_numbers(store, customer).join(known, on=["part", "plant"], maintain_order="left")
    return Overrides(own.drop("part", "plant").rename({"name": "part"}))


def _write(work: Work, summary: Summary, said: _Said) -> None:
    """Workbook and report; a workbook whose own numbers could not be read is left as it is."""
    for path in outputs(work):
        if path.suffix == BOOK and said.failed:
            continue
        write = write_workbook if path.suffix == BOOK else write_report
        try:
            write(summary, path, work.lang)
            said.files.append(path.name)
        except CalloffError as error:
            said.failed += error.problems


def _result(store: Store, work: Work, loaded: Loaded, found: Run, facts: _Facts) -> CustomerDay:
    triangle, table = loaded.triangle, read_kept(store, found.path)
    cutoff = date.fromisoformat(found.cutoff)
    newest: date = triangle.newest_sent.astype(object)
    targets = tuple(table["target"].unique().sort().to_list())
    first = table.filter(pl.col("target") == targets[0])
    pairs = facts.card.pairs
    methods = score(pairs) if pairs.height else pairs
    before = [run for run in runs(store, work.customer, before=cutoff)
              if (run.weeks, run.lead) == (found.weeks, found.lead)]  # fmt: skip
    earlier = read_kept(store, before[-1].path) if before else table.clear()
    changed = changes(with_plants(earlier), with_plants(table), work.settings.thresholds)
    return CustomerDay(
        customer=work.customer,
        run=found.id,
        new=facts.new,
        cutoff=cutoff,
        outdated=newest if newest > cutoff else None,
        targets=targets,
        lead=found.lead,
        weeks=found.weeks,
        method=found.method,
        parts=first.height,
        plan=float(first["plan"].sum()),
        forecast=float(first["forecast"].sum()),
        doubted=int((first["verdict"] == VERDICTS[0]).sum()),
        skipped=len(triangle.parts) - first.height + len(loaded.reading.lost),
        came=facts.came,
        scores={row["method"]: row for row in methods.iter_rows(named=True)},
        own=facts.own,
        changed=tuple(changed.iter_rows(named=True)),
        since=date.fromisoformat(before[-1].cutoff) if before else None,
        files=tuple(facts.said.files),
        notices=tuple(facts.said.notices),
        failed=tuple(facts.said.failed),
    )


def _since(triangle: Triangle) -> date:
    """The first target day of the scores that are shown."""
    newest: date = triangle.newest_fresh().astype(object)
    return newest - SCORED
