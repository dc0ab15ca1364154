"""What is new in a file, written into a store as a whole or not at all."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

import polars as pl

from calloff.store.agreement import check_agreement
from calloff.store.content import Content
from calloff.store.folder import Store, place
from calloff.store.frames import KEY
from calloff.store.manifest import Table, insert_file, insert_table, writing
from calloff.store.reading_back import HISTORY
from calloff.store.staging import publish, sweep, sync_folder, write_staged
from calloff.store.standing import LATER, NEW, SAME, Standing, standing
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail


@dataclass(frozen=True)
class Counts:
    """What a file brought of a customer.

    Attributes:
        plans: new plans of parts.
        days: new issue days.
        quantities: in new and later plans.
        same: plans that were there.
        later: plans of which another one stood, that they correct or complete.
        late: new or later plans that arrived after the day of their issue.
    """

    plans: int = 0
    days: int = 0
    quantities: int = 0
    same: int = 0
    later: int = 0
    late: int = 0


@dataclass(frozen=True)
class Written:
    """What came of a file.

    Attributes:
        file: its path.
        known: whether the file was there already.
        customers: whose plans it holds -> what was new of them; none where it was there.
        names: of the customers whose plans it holds, also where it was there.
    """

    file: str
    known: bool = False
    customers: Mapping[str, Counts] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def write(store: Store, content: Content, correction: bool = False) -> Written:
    """Write what is new in a file.

    Args:
        store: the store.
        content: what the file holds, with its time of arrival.
        correction: whether its plans may contradict those that are there all over.

    Returns:
        What was new.

    Raises:
        CalloffError: it contradicts what is there all over, or cannot be written; then the store
            is as it was.
    """
    staged: list[Table] = []
    try:
        with writing(store) as log:
            store.staging.mkdir(exist_ok=True)
            sweep(store, log)
            if is_known(log, content.key, content.arrived):
                names = names_of(log, content.key)
                return Written(content.file, known=True, names=names)
            made = _Writing(store, log, content)
            counts = made.new_plans(correction)
            staged = made.tables()
            sync_folder(store.staging)
    except OSError as error:
        raise fail("store.write", Where(file=plain(str(store.root))),
                   error=error.strerror or error) from error  # fmt: skip
    for table in staged:
        publish(store, table.staged, table.path)
    return Written(content.file, customers=counts, names=tuple(content.customers))


def is_known(log: sqlite3.Connection, key: str, arrived: str) -> bool:
    """Look whether a file is there, and arrived no later.

    Args:
        log: from ``manifest.reading`` or ``manifest.writing``.
        key: of the file and of how it is read.
        arrived: when it arrives: ISO, or "issued".

    Returns:
        Whether adding it would change nothing.
    """
    rows = log.execute("SELECT arrived FROM files WHERE key = ?", [key]).fetchall()
    known = [row["arrived"] for row in rows]
    return HISTORY in known or any(each <= arrived for each in known if arrived != HISTORY)


def names_of(log: sqlite3.Connection, key: str) -> tuple[str, ...]:
    """Look up whose plans a file held, also those that were there before it.

    Args:
        log: from ``manifest.reading`` or ``manifest.writing``.
        key: of the file and of how it is read.

    Returns:
        Names of the customers in the store.
    """
    rows = log.execute("SELECT facts FROM files WHERE key = ? ORDER BY id", [key]).fetchall()
    return tuple(dict.fromkeys(name for row in rows for name in json.loads(row[0])["customers"]))


class _Writing:
    """A file on its way into a store, whose log is locked."""

    def __init__(self, store: Store, log: sqlite3.Connection, content: Content) -> None:
        self.store, self.log, self.content = store, log, content
        self.plans = content.tables["plans"]

    def new_plans(self, correction: bool) -> dict[str, Counts]:
        """Keep what is new of the plans, and count it."""
        if not self.plans.height:
            return {name: Counts() for name in self.content.customers}
        there = standing(self.store, self.log, self.plans)
        if not correction:
            check_agreement(self.content, there)
        if self.content.on_time:
            there = self._known_when_issued(there)
        same = there.words.filter(pl.col("word") == SAME)
        if same.height:
            self.plans = self.plans.join(same, on=[*KEY, "plan"], how="anti", maintain_order="left")
        days = there.rows.select("customer", day=pl.col("issued_at").dt.date()).unique()
        return {
            name: _counts(there.words.filter(pl.col("customer") == name), days)
            for name in self.content.customers
        }

    def _known_when_issued(self, there: Standing) -> Standing:
        """Plans of which none stood were known when they were issued; a later word is later."""
        new = pl.col("word") == NEW
        when = pl.when(new).then(pl.col("issued_at")).otherwise(pl.col("arrived_at"))
        words = there.words.with_columns(arrived_at=when)
        known = words.select(*KEY, known="arrived_at")
        joined = self.plans.join(known, on=list(KEY), how="left", maintain_order="left")
        self.plans = joined.with_columns(arrived_at=pl.col("known")).drop("known")
        return replace(there, words=words)

    def _frames(self, name: str) -> Iterator[tuple[str, pl.DataFrame, str]]:
        """Kind of table, rows, and what they are called. Plans of one day that arrived on several
        are apart, so that a table is known on a day or is not."""
        plans, later = self.plans, self.plans.clear()
        if self.content.on_time and plans.height:
            late = pl.col("arrived_at").dt.date() > pl.col("issued_at").dt.date()
            plans, later = self.plans.filter(~late), self.plans.filter(late)
        for kind, frame in {**self.content.tables, "plans": plans}.items():
            yield kind, frame, name
        yield "plans", later, f"{name}-later"

    def tables(self) -> list[Table]:
        """Write all tables under names of their own, and into the log."""
        content = self.content
        now = datetime.now().replace(microsecond=0).isoformat()
        facts = {**content.facts, "customers": content.customers}
        row = {"key": content.key, "hash": content.hash, "file": content.file,
               "arrived": content.arrived, "added": now,
               "facts": json.dumps(facts, ensure_ascii=False)}  # fmt: skip
        number = insert_file(self.log, row)
        whole = f"{content.key} {content.arrived} {number}"  # one that was forgotten comes again
        name = sha256(whole.encode()).hexdigest()[:20]
        found: list[Table] = []
        try:
            for kind, frame, own in self._frames(name):
                for table, rows in _divided(kind, frame, number, own):
                    found.append(table)
                    write_staged(self.store, table.staged, rows)
                    insert_table(self.log, table)
        except BaseException:
            for table in found:
                with contextlib.suppress(OSError):
                    (self.store.staging / table.staged).unlink()
            raise
        return found


def _divided(
    kind: str, frame: pl.DataFrame, number: int, name: str
) -> list[tuple[Table, pl.DataFrame]]:
    """Tables of each customer and month; of what could not be read, one for the file."""
    if not frame.height:
        return []
    if kind in ("faults", "rows_set_aside"):
        path = f"{kind}/{name}.parquet"
        return [(Table(path, kind, number, "", f"{name}-{kind}", frame.height, {}), frame)]
    found = []
    by = frame.with_columns(month=pl.col("issued_at").dt.strftime("%Y-%m"))
    groups = by.partition_by("customer", "month", as_dict=True, maintain_order=True)
    for at, ((customer, month), rows) in enumerate(groups.items()):
        rows = rows.drop("month")
        path = place(kind, str(customer), str(month), name)
        table = Table(path, kind, number, str(customer), f"{name}-{kind}-{at}", rows.height,
                      _days(rows))  # fmt: skip
        found.append((table, rows))
    return found


def _days(rows: pl.DataFrame) -> dict[str, str]:
    """Issue days with the days of arrival."""
    days = rows.group_by(day=pl.col("issued_at").dt.date()).agg(
        arrived=pl.col("arrived_at").max().dt.date()
    )
    return {str(day): str(arrived) for day, arrived in days.sort("day").rows()}


def _counts(words: pl.DataFrame, days: pl.DataFrame) -> Counts:
    by = {word: words.filter(pl.col("word") == word) for word in (NEW, SAME, LATER)}
    fresh = pl.concat([by[NEW], by[LATER]]).with_columns(day=pl.col("issued_at").dt.date())
    new = fresh.select("customer", "day").unique().join(days, on=["customer", "day"], how="anti")
    late = fresh.filter(pl.col("arrived_at").dt.date() > pl.col("day"))
    return Counts(
        plans=by[NEW].height,
        days=new.height,
        quantities=int(fresh["quantities"].sum()),
        same=by[SAME].height,
        later=by[LATER].height,
        late=late.height,
    )
