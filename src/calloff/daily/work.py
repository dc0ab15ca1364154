"""The day's work for all customers of a store: done twice, it does nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from calloff.daily.customer_day import CustomerDay, Work, customer_day
from calloff.daily.settings import DailySettings, SettingsFile, read_settings
from calloff.data.reading.files import find_files
from calloff.planning.parallel import Outcome, Submits, instruction_sets, run_tasks
from calloff.store.adding import Added, Adding, add
from calloff.store.folder import SETTINGS, make_store
from calloff.store.manifest import known_customers, reading
from calloff.store.staging import sync_folder
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where, fail
from calloff.texts.version import version

FORMAT = 1  # of the summary as JSON


@dataclass(frozen=True)
class Day:
    """What came of a day's work.

    Attributes:
        made: when it began.
        added: what was new in the inbox; None where there was no file in it.
        customers: what came of each, or why it failed, in order of their names.
        notices: what was odd about all of them.
    """

    made: datetime
    added: Added | None
    customers: tuple[Outcome[CustomerDay], ...]
    notices: tuple[Problem, ...] = ()

    @property
    def refused(self) -> tuple[Problem, ...]:
        """All that could not be done: files, and customers."""
        files = self.added.refused if self.added else ()
        days = [each.value.failed if each.value else each.problems for each in self.customers]
        return (*files, *(problem for each in days for problem in each))


@dataclass(frozen=True)
class Daily:
    """How the day's work is done.

    Attributes:
        out: the folder for workbooks, reports and the overview, made where it is not there; None
            for none.
        settings: what is asked for the customers; by default what settings.toml in the store says.
        adding: how files of the inbox are added.
        lang: language of workbooks and reports, "en" or "ko".
        now: when this is; by default now.
    """

    out: Path | None = None
    settings: SettingsFile | None = None
    adding: Adding | None = None
    lang: str = "en"
    now: datetime | None = None


def work_day(
    store: str | Path,
    inbox: str | Path | None,
    how: Daily | None = None,
    *,
    executor: Submits | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Day:
    """Take in what is new, note what came true, forecast for every customer, and write it down.

    One customer's bad file or failure stops no other.

    Args:
        store: the folder of the store, which is made where there is none.
        inbox: a folder in which files arrive, or a file; None where nothing is to be taken in.
        how: settings, folder and language.
        executor: who works on the customers; None: this process, one after the other.
        progress: called with the share done (0 to 1) and the customer.

    Returns:
        What came of it.

    Raises:
        CalloffError: the store, the inbox or the folder for results cannot be used, or the settings
            are not as they must be.
    """
    how = how or Daily()
    _check_apart(Path(store), inbox, how.out)
    files, made = _files(inbox), how.now or datetime.now()
    place = make_store(store)
    settings = how.settings or settings_in(place.root)
    if how.out is not None:
        _make(how.out)
    added = add(store, *files, how=how.adding) if files else None
    with reading(place) as log:
        customers = known_customers(log)
    tasks = [(name, Work(place.root.absolute(), name, settings.of(name),
                         how.out and how.out.absolute(), how.lang, made))
             for name in customers]  # fmt: skip
    done = list[str]()

    def told(outcome: Outcome[CustomerDay]) -> None:
        done.append(outcome.name)
        if progress:
            progress(len(done) / len(tasks), outcome.name)

    found = run_tasks(customer_day, tasks, executor, progress=told)
    return Day(made, added, tuple(found), instruction_sets(found))


def _check_apart(store: Path, inbox: str | Path | None, out: Path | None) -> None:
    """Raises CalloffError where what arrives or is written would lie among a store's own tables, or
    results among what arrives."""
    kept = store.resolve()
    inside = [Path(each).resolve() for each in (inbox, out) if each is not None]
    within = any(each == kept or kept in each.parents for each in inside)
    if within or len(set(inside)) < len(inside):
        raise fail("daily.same_folder", Where(file=plain(str(store))))


def settings_in(root: Path, **usual: Any) -> SettingsFile:
    """Read the settings that lie in the folder of a store.

    Args:
        root: the folder.
        usual: settings from elsewhere, which go before those for all customers.

    Returns:
        The settings; without a file, the usual ones.

    Raises:
        CalloffError: they are not as they must be.
    """
    path = root / SETTINGS
    if path.exists():
        return read_settings(path, **usual)
    return SettingsFile(DailySettings(**usual))


def _files(inbox: str | Path | None) -> tuple[Path, ...]:
    """The files of the inbox; none where it is a folder without any."""
    try:
        return find_files([inbox]) if inbox is not None else ()
    except CalloffError as error:
        if [each.code for each in error.problems] == ["file.folder_empty"]:
            return ()
        raise


def _make(folder: Path) -> None:
    where = Where(file=plain(str(folder)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder)
    except FileExistsError as error:
        raise fail("daily.no_folder", where) from error
    except OSError as error:
        raise fail("write.refused", where, error=error.strerror or error) from error


def summary_of(day: Day, lang: str = "en") -> dict[str, Any]:
    """A day's work as plain values for JSON.

    Args:
        day: what came of it.
        lang: language of the problems, "en" or "ko".

    Returns:
        format, version, made, status (0, or 2 where something was refused or failed), files, and
        customers.
    """
    added = day.added
    files = [{"file": each.file, "known": each.known,
              "customers": {name: asdict(count) for name, count in each.customers.items()}}
             for each in (added.written if added else ())]  # fmt: skip
    return {
        "format": FORMAT,
        "version": version(),
        "made": day.made.replace(microsecond=0).isoformat(),
        "status": 2 if day.refused else 0,
        "files": files,
        "refused": _texts(added.refused if added else (), lang),
        "notices": _texts((*(added.notices if added else ()), *day.notices), lang),
        "customers": [_customer(each, lang) for each in day.customers],
    }


def _customer(outcome: Outcome[CustomerDay], lang: str) -> dict[str, Any]:
    facts = {"customer": outcome.name, "seconds": round(outcome.seconds, 3),
             "attempts": outcome.attempts}  # fmt: skip
    if outcome.value is None:
        return {**facts, "problems": _texts(outcome.problems, lang)}
    found = asdict(outcome.value)
    texts = {"notices": _texts(outcome.value.notices, lang),
             "problems": _texts(outcome.value.failed, lang)}  # fmt: skip
    found.pop("failed")
    return _plain({**facts, **found, **texts})


def _texts(problems: Sequence[Problem], lang: str) -> list[str]:
    return [problem.text(lang) for problem in problems]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, date) else value
