"""What is asked for each customer in the day's work, from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from calloff.data.cleaning import Policy
from calloff.data.layouts import normal
from calloff.data.part_tables import PartData, match_parts, read_packs, read_parts, read_stock
from calloff.data.reading.keys import Key
from calloff.forecasters import named
from calloff.planning.build import BuildSpec
from calloff.planning.changes import Thresholds
from calloff.planning.results import Settings
from calloff.rolling.spec import Spec
from calloff.texts.arguments import between, instance, require, several, whole
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where, fail, few
from calloff.texts.leads import read_lead

DAYS = 5  # target days: before a weekend several are asked for at the last chance to react
LAST = 120  # issue days
MOST_DAYS = 100_000
CUSTOMERS = "customers"
PATHS = ("stock", "pack", "parts")
TEXTS = ("plant", "method", *PATHS)


@dataclass(frozen=True)
class DailySettings:
    """What is asked for a customer every day.

    Attributes:
        lead: calendar days that the supplier needs to react, or weeks, as in "4w".
        days: target days to forecast.
        last: issue days, the newest, that are read.
        plant: only plans for this plant; None for all.
        method: name of a method; None to choose by the past.
        quantiles: levels in percent.
        tolerance: share of the call-off that a plan may be off.
        exclude: parts that stay out of scores and pooled statistics.
        service_level: chance that the call-offs are covered.
        shortage_cost: of a piece that is missing.
        surplus_cost: of a piece that is left over.
        cover: target days until the next chance to react.
        stock: a table of what is in stock.
        pack: a table of packs.
        parts: a table of master data: names, product groups, prices.
        conflicts: what to do with rows that disagree; see ``Policy``.
        quantity: what counts where totals and slots differ; see ``Policy``.
        change_share: from which share on a change since the last forecast is told.
        change_pieces: from how many pieces on.
    """

    lead: int | str = 3
    days: int = DAYS
    last: int = LAST
    plant: str | None = None
    method: str | None = None
    quantiles: Sequence[float] = (10, 50, 90)
    tolerance: float = 0.1
    exclude: Sequence[str] = ()
    service_level: float | None = None
    shortage_cost: float | None = None
    surplus_cost: float | None = None
    cover: int = 1
    stock: str | None = None
    pack: str | None = None
    parts: str | None = None
    conflicts: str = "quarantine"
    quantity: str = "total"
    change_share: float = 0.2
    change_pieces: float = 1.0

    def __post_init__(self) -> None:
        require(
            whole(self.last, "last", 1, MOST_DAYS),
            several(self.quantiles, "quantiles"),
            several(self.exclude, "exclude"),
            *(instance(getattr(self, name), name, str, optional=True) for name in TEXTS),
        )
        levels = self.quantiles
        require(*(between(each, "quantiles", 0, 100) for each in levels))
        require(between(max(levels), "quantiles", 1, 100) if levels else ())  # in percent
        if self.method is not None:
            named([self.method])
        self.asked()
        _ = self.policy, self.thresholds

    @property
    def weeks(self) -> bool:
        """Whether the lead is in weeks, so that plans of weeks are forecast where there are any."""
        return self._lead[1]

    @property
    def _lead(self) -> tuple[int, bool]:
        """Days, and whether they were given in weeks. Raises CalloffError where it is no lead."""
        if (found := read_lead(str(self.lead).strip())) is None:
            raise fail("cli.lead", value=self.lead)
        return found

    @property
    def policy(self) -> Policy:
        """How conflicts and totals are settled."""
        return Policy(self.conflicts, self.quantity)

    @property
    def thresholds(self) -> Thresholds:
        """From when on a change is told."""
        return Thresholds(self.change_share, self.change_pieces)

    def asked(
        self, parts: Sequence[str] | None = None, keys: Mapping[str, Key] | None = None
    ) -> tuple[Settings, tuple[str, ...]]:
        """Turn it into the settings of a forecast.

        Args:
            parts: those of the plans, to which the tables of stock and packs are matched; None:
                the tables are not read.
            keys: part -> whose plan it is.

        Returns:
            The settings, and names in these tables that are no part of the plans.

        Raises:
            CalloffError: a value is not as it must be, or a table cannot be read.
        """
        tables, unknown = self._tables(parts, keys) if parts is not None else ({}, [])
        build = BuildSpec(service_level=self.service_level, shortage_cost=self.shortage_cost,
                          surplus_cost=self.surplus_cost, cover=self.cover,
                          **tables)  # fmt: skip
        levels = [each / 100 for each in self.quantiles]
        settings = Settings(spec=Spec(self._lead[0]), method=self.method, days=self.days,
                            quantiles=tuple(levels), build=build, tolerance=self.tolerance,
                            exclude=tuple(self.exclude))  # fmt: skip
        return settings, tuple(unknown)

    def master(
        self, parts: Sequence[str], keys: Mapping[str, Key] | None = None
    ) -> tuple[dict[str, PartData], tuple[str, ...]]:
        """Read the master data.

        Args:
            parts: those of the plans.
            keys: part -> whose plan it is.

        Returns:
            Part -> its master data, none where no table is named; and names in it that are no part
            of the plans.

        Raises:
            CalloffError: the table cannot be read, or none of its names is a part.
        """
        if self.parts is None:
            return {}, ()
        return match_parts(read_parts(self.parts), parts, self.parts, keys)

    def _tables(
        self, parts: Sequence[str], keys: Mapping[str, Key] | None
    ) -> tuple[dict[str, Any], list[str]]:
        found, unknown = dict[str, Any](), list[str]()
        readers: Mapping[str, tuple[str | None, Callable[[str], Mapping[str, Any]]]] = {
            "stock": (self.stock, read_stock), "packs": (self.pack, read_packs)
        }  # fmt: skip
        for name, (path, read) in readers.items():
            if path is not None:
                found[name], others = match_parts(read(path), parts, path, keys)
                unknown += others
        return found, unknown


KEYS = tuple(each.name for each in fields(DailySettings))


@dataclass(frozen=True)
class SettingsFile:
    """What is asked for all customers, and for each.

    Attributes:
        usual: for customers that are not named.
        own: name of a customer, compared without case and spaces -> what is asked for it.
    """

    usual: DailySettings = field(default_factory=DailySettings)
    own: Mapping[str, DailySettings] = field(default_factory=dict)

    def of(self, customer: str) -> DailySettings:
        """What is asked for a ``customer``."""
        return self.own.get(normal(customer), self.usual)


def read_settings(path: str | Path, **usual: Any) -> SettingsFile:
    """Read a file of settings: a line for each, and a table [customers.NAME] for those of a
    customer. Paths in it start from its folder.

    Args:
        path: the file (.toml).
        usual: settings from elsewhere, which go before those of the file for all customers.

    Returns:
        The settings.

    Raises:
        CalloffError: with all that is wrong in it.
    """
    root = Path(path)
    values = _read(root)
    customers = values.pop(CUSTOMERS, {})
    shared = _with_paths(values, root)
    problems = [*_unknown(values, root), *_no_tables(customers, root)]
    usual_ones = _checked({**shared, **usual}, _where(root), problems)
    own = dict[str, DailySettings]()
    for name, table in customers.items() if not problems else ():
        problems += _unknown(table, root, name)
        if normal(name) in own:
            problems.append(Problem("daily.customer_twice", _where(root, name)))
        given = {**shared, **_with_paths(table, root), **usual}
        own[normal(name)] = _checked(given, _where(root, name), problems)
    if problems:
        raise CalloffError(problems)
    return SettingsFile(usual_ones, own)


def _no_tables(customers: object, path: Path) -> Iterator[Problem]:
    tables = customers.values() if isinstance(customers, Mapping) else [None]
    if not all(isinstance(each, Mapping) for each in tables):
        yield Problem("daily.customers", _where(path))


def _where(path: Path, customer: str = "") -> Where:
    name = f"[{CUSTOMERS}.{customer}]" if customer else ""
    return Where(file=plain(str(path)), sheet=name)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fail("daily.unreadable", _where(path), error=error) from error


def _unknown(values: Mapping[str, Any], path: Path, customer: str = "") -> Iterator[Problem]:
    if names := [name for name in values if name not in KEYS]:
        facts = {"names": few(names), "known": ", ".join(KEYS)}
        yield Problem("daily.unknown", _where(path, customer), facts)


def _with_paths(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    known = {name: value for name, value in values.items() if name in KEYS}
    own = {
        name: str(path.parent / known[name]) for name in PATHS if isinstance(known.get(name), str)
    }
    return known | own


def _checked(values: Mapping[str, Any], where: Where, problems: list[Problem]) -> DailySettings:
    try:
        return DailySettings(**values)
    except CalloffError as error:
        problems += [replace(each, where=where) for each in error.problems]
        return DailySettings()
