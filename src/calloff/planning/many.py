"""Forecasts of many customers at once, on workers that read the plans and write the tables.

A job is a customer, or a plant: what a pooled model learns from. Between the processes go the job
and a summary of what came of it, no plans.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

import polars as pl

from calloff.data.layouts import Layout
from calloff.planning.executors import local_executor
from calloff.planning.forecast import Forecast, forecast_past
from calloff.planning.parallel import Outcome, Submits, run_tasks
from calloff.planning.results import Settings
from calloff.store.folder import is_store
from calloff.store.load import load
from calloff.texts import arguments
from calloff.texts.arguments import instance, require, several
from calloff.texts.errors import Where, fail, few

PLAIN = " ()+,=@~"  # signs in a name that stand in a file's name as they are


@dataclass(frozen=True)
class Group:
    """Some of a customer's parts.

    Attributes:
        parts: those that are forecast, as the customer names them.
        sample: those from which all is learned that is learned from several parts.
    """

    parts: frozenset[str]
    sample: frozenset[str]


@dataclass(frozen=True)
class Job:
    """A forecast to be made.

    Attributes:
        name: of the customer or plant, by which outcome and file are known.
        inputs: files, folders or globs, or one store.
        settings: what is asked for; of it, ``tolerance`` and ``scored`` do not count.
        customer: only plans from this customer; None for all.
        plant: only plans for this plant; None for all.
        last: of a store, only so many issue days, the newest; None for all.
        layout: a TOML file or a Layout for columns that calloff does not know.
        group: of a store, only some of the parts (``split``); None for all.
    """

    name: str
    inputs: Sequence[str | Path]
    settings: Settings = field(default_factory=Settings)
    customer: str | None = None
    plant: str | None = None
    last: int | None = None
    layout: str | Path | Layout | None = None
    group: Group | None = None

    def __post_init__(self) -> None:
        require(
            instance(self.name, "name", str),
            several(self.inputs, "inputs", some=True),
            instance(self.settings, "settings", Settings),
            instance(self.group, "group", Group, optional=True),
        )


@dataclass(frozen=True)
class Made:
    """What came of a job.

    Attributes:
        cutoff: the day (ISO) at whose close the forecast is made.
        targets: the target days (ISO).
        method: the method's name.
        rows: of the table.
        skipped: rows of parts without a forecast, or with one from an older plan than was sent.
        sha256: of the table's content, in hexadecimal; equal for equal tables, to the bit.
        peak: bytes of memory, the most that the process has had in its life so far; 0 where the
            system does not tell.
        file: where the table was written; empty where it was not.
        table: the table (see ``Forecast.table``) where it was not written.
    """

    cutoff: str
    targets: tuple[str, ...]
    method: str
    rows: int
    skipped: int
    sha256: str
    peak: int
    file: str = ""
    table: pl.DataFrame | None = None


def forecast_many(
    jobs: Iterable[Job],
    executor: Submits | None = None,
    *,
    workers: int = 1,
    to: str | Path | None = None,
    progress: Callable[[Outcome[Made]], object] | None = None,
) -> list[Outcome[Made]]:
    """Forecast many customers; each forecast equals that of a lone run to the bit.

    A job that fails, or loses its worker, stops no other (``run_tasks``).

    Args:
        jobs: what is to be forecast, each by a name of its own.
        executor: who works, such as ``dask_executor(address)``; None: processes of this machine.
        workers: how many processes, where no executor is given; 1: this process.
        to: a folder, made where it is not there, for the tables as ``NAME.parquet``; None: they
            come back.
        progress: called with each outcome when it is final.

    Returns:
        The outcomes in the order of the jobs.

    Raises:
        CalloffError: an argument is not as above, two names are alike, or the folder cannot be
            made.
    """
    require(
        several(jobs, "jobs"),
        arguments.whole(workers, "workers", 1, 1024),
        arguments.path(to, "to", optional=True),
    )
    listed = list(jobs)
    require(*(instance(job, "jobs", Job) for job in listed))
    _check_names([job.name for job in listed])
    folder = None if to is None else _made(Path(to))
    with ExitStack() as stack:
        if executor is None and workers > 1:
            executor = stack.enter_context(local_executor(workers))
        tasks = [(job.name, job) for job in listed]
        found = run_tasks(partial(forecast_job, folder), tasks, executor, progress=progress)
    if folder:
        _sweep(folder, listed)
    return found


def forecast_job(folder: Path | None, job: Job) -> Made:
    """Do a job: what a worker is asked for.

    Args:
        folder: where the table is written; None where it comes back.
        job: the job.

    Returns:
        What came of it.

    Raises:
        CalloffError: the input cannot be used, there is nothing to forecast, or the table cannot be
            written.
    """
    found = _forecast(job)
    table, path = found.table, folder and folder / file_name(job.name)
    if path:
        _write(table, path)
    return Made(
        cutoff=str(found.cutoff),
        targets=tuple(map(str, found.targets)),
        method=found.choice.method.name,
        rows=table.height,
        skipped=found.skipped.height,
        sha256=digest(table),
        peak=_peak(),
        file=str(path or ""),
        table=None if path else table,
    )


def _forecast(job: Job) -> Forecast:
    asked, group = job.settings, job.group
    stored = any(map(is_store, job.inputs))
    loaded = load(
        *job.inputs,
        layout=job.layout,
        customer=job.customer,
        plant=job.plant,
        last=job.last,
        as_of=asked.as_of if stored else None,
        parts=None if group is None else group.parts | group.sample,
    )
    triangle, exclude = loaded.triangle, asked.exclude
    if group is not None:
        named = {name: key.part for name, key in loaded.reading.keys.items()}
        beside = [n for n in triangle.parts if named.get(n, n) not in group.sample]
        exclude = (*(name for name in exclude if name in triangle.parts), *beside)
    past = triangle.excluding(exclude).as_of(asked.as_of)
    found = forecast_past(past, asked.spec, asked.options)
    return found if group is None else _own(found, group, named)


def _own(found: Forecast, group: Group, named: Mapping[str, str]) -> Forecast:
    """The rows of a group; named: name of a key -> its part."""
    others = group.sample - group.parts
    others |= {name for name, part in named.items() if part in others}
    mine = ~pl.col("part").is_in(list(others))
    return replace(found, table=found.table.filter(mine), skipped=found.skipped.filter(mine))


def digest(table: pl.DataFrame) -> str:
    """Hash the content of a ``table``, in hexadecimal: names and types of the columns, and every
    value. Numbers are written with all digits that tell them apart."""
    types = ", ".join(f"{name!r} {kind}" for name, kind in table.schema.items())
    content = table.write_csv(null_value="\0", quote_style="non_numeric")
    return sha256(f"{types}\n{content}".encode()).hexdigest()


def file_name(name: str) -> str:
    """The name of the file for a job of this ``name``, whatever signs are in it."""
    return quote(name, safe=PLAIN).replace(".", "%2E") + ".parquet"


def _check_names(names: Sequence[str]) -> None:
    """No two may share a file, also where the system knows no difference of case."""
    counts = Counter(file_name(name).casefold() for name in names)
    alike = sorted({name for name in names if counts[file_name(name).casefold()] > 1})
    if alike:
        raise fail("many.names", names=few(alike))


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()  # workers of this machine may stand elsewhere
    except OSError as error:
        where = Where(file=str(folder))
        raise fail("write.refused", where, error=error.strerror or error) from error


def _write(table: pl.DataFrame, path: Path) -> None:
    """Whole or not at all. A job that is tried again may still be at work on a worker that was
    taken for lost, so each writes a file of its own first."""
    beside = path.with_name(f".{path.stem}.{token_hex(8)}.new")
    try:
        table.write_parquet(beside)
        beside.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise fail("write.refused", Where(file=str(path)), error=error) from error
    finally:
        beside.unlink(missing_ok=True)


def _sweep(folder: Path, jobs: Sequence[Job]) -> None:
    """Remove what killed workers left half written."""
    stems = {Path(file_name(job.name)).stem for job in jobs}
    for left in folder.glob(".*.new"):
        if left.name[1:].rsplit(".", 2)[0] in stems:
            left.unlink(missing_ok=True)


def _peak() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
