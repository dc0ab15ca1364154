"""Files into a store: what was new is written, each file as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.layouts import Layout, load_layout
from calloff.data.reading.files import find_files, find_skipped
from calloff.store.content import ON_TIME, Content, changed_at, content_of, digest_of, file_key
from calloff.store.folder import UNNAMED, Store, make_store
from calloff.store.manifest import known_customers, reading, writing
from calloff.store.reading_back import HISTORY
from calloff.store.staging import sweep
from calloff.store.whose import whose
from calloff.store.writing import Written, is_known, names_of, write
from calloff.texts import arguments
from calloff.texts.arguments import flag, instance, one_of, path, require, several
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where

Progress = Callable[[float, str], None]
FILE_TIME = "file"  # arrival: when the file was last changed
TOGETHER, ASK, APART = "together", "ask", "apart"  # what is done with unnamed customers


@dataclass(frozen=True)
class Adding:
    """How files are added.

    Attributes:
        layout: a TOML file or a Layout for columns that calloff does not know.
        customer: who files are from that name no customer.
        arrived: when they arrived: a time, "issued" (plans were known when they were issued),
            "on-time" (so were plans of which none is there yet, and those that correct one arrive
            now) or "file" (when the file was last changed). By default the first files of a
            customer are its history, known when it was issued, and later ones arrive now.
        correction: whether plans may contradict those that are there all over.
        unnamed: who files are from that name no customer, where ``customer`` does not say it: all
            from one ("together"); from whom most of their parts are known, refused where that is
            nobody ("ask"), or then from a new one ("apart").
        now: when this is; by default now.
    """

    layout: str | Path | Layout | None = None
    customer: str | None = None
    arrived: str | datetime | None = None
    correction: bool = False
    unnamed: str = TOGETHER
    now: datetime | None = None

    def __post_init__(self) -> None:
        require(
            instance(self.layout, "layout", str, Path, Layout, optional=True),
            instance(self.customer, "customer", str, optional=True),
            instance(self.arrived, "arrived", str, datetime, optional=True),
            flag(self.correction, "correction"),
            one_of(self.unnamed, "unnamed", (TOGETHER, ASK, APART)),
            instance(self.now, "now", datetime, optional=True),
            _time(self.arrived),
        )


def _time(value: object) -> arguments.Problems:
    if isinstance(value, datetime) and value.tzinfo is not None:
        yield Problem("store.arrived", facts={"value": value})
    if isinstance(value, str) and value not in (HISTORY, FILE_TIME, ON_TIME):
        try:
            known = datetime.fromisoformat(value).tzinfo is None
        except ValueError:
            known = False
        if not known:
            yield Problem("store.arrived", facts={"value": value})


@dataclass(frozen=True)
class Added:
    """What came of files.

    Attributes:
        written: what was new in each file that could be used.
        refused: what was wrong with the others.
        notices: what was odd in those that were used.
        history: customers whose first files these are: known when they were issued.
    """

    written: tuple[Written, ...]
    refused: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    history: frozenset[str] = field(default_factory=frozenset)


def add(
    store: str | Path,
    *inputs: Any,
    how: Adding | None = None,
    progress: Progress | None = None,
) -> Added:
    """Add files to a store, which is made where there is none.

    Each file is added as a whole or not at all, and one that cannot be used stops no other.

    Args:
        store: the folder.
        inputs: files, folders and globs.
        how: names, times and layouts.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        What was new in each file, and which were refused.

    Raises:
        CalloffError: an input leads to no file, the folder is no store, or nothing can be written.
    """
    require(
        path(store, "store"),
        several(inputs, "inputs"),
        instance(how, "how", Adding, optional=True),
    )
    how, files = how or Adding(), find_files(inputs)
    given = how.layout
    layout = given if given is None or isinstance(given, Layout) else load_layout(given)
    place, now = make_store(store), (how.now or datetime.now()).replace(microsecond=0)
    begun = _begun(place)
    written: list[Written] = []
    problems: list[Problem] = []
    notices: list[Problem] = []
    for at, file in enumerate(files):
        if progress:
            progress(at / len(files), file.name)
        try:
            content = _new_content(place, file, layout, how, now)
        except CalloffError as error:
            problems += error.problems
            continue
        if isinstance(content, Written):
            written.append(content)
            continue
        try:
            written.append(write(place, _with_arrival(content, how, now, begun), how.correction))
        except CalloffError as error:
            if any(problem.code in ("store.write", "store.damaged") for problem in error.problems):
                raise
            problems += error.problems
        else:
            notices += content.notices
    _begin(place, now)
    locked = [
        Problem("store.locked", Where(file=plain(str(each)))) for each in find_skipped(inputs)
    ]
    history = frozenset(c for each in written for c in each.customers if c not in begun)
    return Added(tuple(written), tuple(problems), (*notices, *locked),
                 history if how.arrived is None else frozenset())  # fmt: skip


def _new_content(
    store: Store, file: Path, layout: Layout | None, how: Adding, now: datetime
) -> Content | Written:
    """What a file holds; that it is there, which its bytes tell without reading them."""
    digest, arrived = digest_of(file), HISTORY
    if how.arrived != HISTORY:
        arrived = _arrival(changed_at(file), how.arrived, now).isoformat()
    key = file_key(digest, layout, how.customer)
    with reading(store) as log:
        if is_known(log, key, arrived):
            return Written(plain(str(file)), known=True, names=names_of(log, key))
    content = content_of(file, layout, how.customer, digest)
    if how.customer is None and how.unnamed != TOGETHER and content.unnamed:
        return content.from_customer(whose(store, content, apart=how.unnamed == APART))
    return content


def _begun(store: Store) -> frozenset[str]:
    """Customers whose history is there: what comes now is new."""
    with reading(store) as log:
        return frozenset(row["name"] for row in log.execute("SELECT name FROM customers"))


def _begin(store: Store, now: datetime) -> None:
    """The history of customers is there when the first files are, all of them: where adding them
    was cut short, it goes on the next time. Nor do tables wait for a file that brings something."""
    with writing(store) as log:
        with suppress(OSError):  # they are read where they are
            sweep(store, log)
        rows = [(name, now.isoformat()) for name in known_customers(log)]
        log.executemany("INSERT OR IGNORE INTO customers VALUES (?, ?)", rows)


def _with_arrival(content: Content, how: Adding, now: datetime, begun: frozenset[str]) -> Content:
    """The content with times of arrival."""
    if how.arrived == HISTORY:
        return content.arriving(HISTORY, pl.col("issued_at"))
    if how.arrived is None and not begun & set(content.customers):
        return content.arriving(HISTORY, pl.col("issued_at"))
    time = _arrival(content.changed, how.arrived, now)
    if how.arrived == ON_TIME:  # what is new is found out while nobody else writes
        return content.arriving(time.isoformat(), pl.lit(time), on_time=True)
    if how.arrived is not None:
        return content.arriving(time.isoformat(), pl.lit(time))
    new = ~pl.col("customer").replace("", UNNAMED).is_in(sorted(begun))
    when = pl.when(new).then(pl.col("issued_at")).otherwise(pl.lit(time))
    return content.arriving(time.isoformat(), when)


def _arrival(changed: datetime, arrived: str | datetime | None, now: datetime) -> datetime:
    if arrived == FILE_TIME:
        return changed
    if isinstance(arrived, str):
        return now if arrived == ON_TIME else datetime.fromisoformat(arrived)
    return arrived or now
