"""What a caller asks for and gets: the forms and answers of the REST interface."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from calloff.texts.catalogue import plain
from calloff.texts.errors import Problem
from calloff.web.errors import ProblemAnswer, told
from calloff.web.own_numbers import OwnNumbers
from calloff.web.run_store import Run

SETTINGS = ("lead", "service_level", "method", "days", "as_of", "tolerance", "exclude",
            "shortage_cost", "surplus_cost", "cover", "customer")  # fmt: skip
TABLES = ("stock", "pack", "parts", "layout")
LONGEST = 32_767  # characters of a part's name: a cell of a workbook holds no more
REASON = 200  # characters
CUSTOMER = 60
Pieces = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Part = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Cost = Annotated[float, Field(gt=0, lt=1e12, allow_inf_nan=False)]


def one_line(text: str) -> str:
    """``text`` that someone typed, in one line, without characters that hide or turn others."""
    return plain(" ".join(text.split()))


class InputForm(BaseModel):
    """Files to read. layout: which column means what, where calloff does not know (TOML)."""

    model_config = ConfigDict(extra="forbid")

    files: list[UploadFile] = Field(default_factory=list, description="the customer's plans")
    layout: UploadFile | None = None


class ForecastForm(InputForm):
    """Files and settings of a forecast."""

    again: str | None = Field(
        None, max_length=40, description="take the files of this run, where none are sent"
    )
    stock: UploadFile | None = Field(
        None, description="table of part, stock on hand, on order, safety stock"
    )
    pack: UploadFile | None = Field(None, description="table of part, pack size, minimum lot")
    parts: UploadFile | None = Field(None, description="table of part, name, group, price")
    lead: int = Field(3, ge=1, le=366, description="days needed to react")
    service_level: float | None = Field(None, gt=0, lt=1, allow_inf_nan=False)
    method: str | None = Field(None, max_length=40, description="default: did best on the past")
    days: int = Field(1, ge=1, le=31, description="target days to forecast")
    cover: int = Field(1, ge=1, le=31, description="target days to build for together")
    as_of: date | None = Field(None, description="the evening; default: the newest fresh day")
    tolerance: float = Field(0.1, ge=0, le=10, allow_inf_nan=False)
    exclude: str = Field("", max_length=100_000, description="parts, with commas between")
    shortage_cost: Cost | None = None
    surplus_cost: Cost | None = None
    customer: str | None = Field(
        None, max_length=CUSTOMER,
        description="of several in the files, this one; from whom files are that name none",
    )  # fmt: skip
    keep: bool = Field(True, description="keep the plans in the store; false: only look at them")

    def settings(self) -> dict[str, Any]:
        """The settings as plain values."""
        values = self.model_dump(mode="json", include=set(SETTINGS))
        parts = (" ".join(part.split()) for part in self.exclude.split(","))
        customer = one_line(self.customer or "") or None
        return {**values, "exclude": [part for part in parts if part], "customer": customer}


class Overrides(BaseModel):
    """A planner's own numbers for a target day, by default the first: part -> pieces."""

    model_config = ConfigDict(extra="forbid")

    target: date | None = None
    overrides: dict[Part, Pieces]


class NameForm(BaseModel):
    """What a run is to be called; empty: by its files."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)


class OverrideForm(BaseModel):
    """One own number. target: the target day, by default the first; pieces: null for none;
    replaces: what stood there when it was made up, null for nothing; reason: why, in a few words.
    """

    model_config = ConfigDict(extra="forbid")

    part: Part
    target: date | None = None
    pieces: Pieces | None
    replaces: Pieces | None
    reason: Annotated[str, Field(max_length=REASON)] = ""


class OverrideAnswer(BaseModel):
    """One own number: pieces, when it was given, by whom, and why."""

    pieces: float
    made: str
    author: str
    reason: str


class ChangeAnswer(BaseModel):
    """One change of an own number; before and pieces are null where there was none."""

    part: str
    target: str
    before: float | None
    pieces: float | None
    made: str
    author: str
    reason: str


class ForgottenAnswer(BaseModel):
    """How many quantities were removed from the store, and whose."""

    quantities: int
    customers: list[str]


class OverridesAnswer(BaseModel):
    """The own numbers of a run: target day -> part -> pieces; the same with all that is known of
    each; and what was done to them, the newest first."""

    overrides: dict[str, dict[str, float]]
    details: dict[str, dict[str, OverrideAnswer]]
    changes: list[ChangeAnswer]


class ChangeRow(BaseModel):
    """What changed of a part on a target day: plan and forecast (pieces) and verdict, before and
    now, null where one of the two runs has no such part; why: "plan", "forecast", "verdict", "new"
    or "gone"."""

    part: str
    target: str
    plan_before: float | None
    plan: float | None
    forecast_before: float | None
    forecast: float | None
    verdict_before: str | None
    verdict: str | None
    why: list[str]


class RunChanges(BaseModel):
    """What changed since the run before. run, name, as_of: which that is; targets: target days that
    both are for; share, pieces: from when on a change counts; count: how many there are; rows: the
    largest of them."""

    run: str
    name: str
    as_of: str
    targets: list[str]
    share: float
    pieces: float
    count: int
    rows: list[ChangeRow]


class BookForm(BaseModel):
    """A workbook of calloff's in which somebody wrote own numbers."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile


class BookAnswer(OverridesAnswer):
    """The own numbers of a run, how many of them a workbook changed, how many it has for the run's
    target days, and how many for other days, which are not taken."""

    changed: int
    read: int
    others: int


class SessionForm(BaseModel):
    """A name and a key, once, for a browser that cannot send the key with every request."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200)
    token: str = Field(max_length=500)


class RunAnswer(BaseModel):
    """A run. name: what it is called; author: who began it; state: queued, running, done, failed or
    interrupted; share and stage: how far the work is ("scores" in one that is done: its past is
    still being scored); left: seconds that it will still take, about, null where not known; before:
    runs that wait before it; kept: whether its plans are in a store; facts: of its result ("kept":
    the customer in the store whose plans they are); remedy: settings with which a failed run would
    do; choices: customers of whom one is to be chosen; unmoved: why its plans could not be moved
    into the store; overrides: how many own numbers it has."""

    id: str
    name: str
    author: str
    state: str
    share: float
    stage: str
    left: float | None
    before: int
    created: str
    started: str | None
    finished: str | None
    files: list[str]
    tables: dict[str, str]
    settings: dict[str, Any]
    kept: bool
    facts: dict[str, Any]
    problems: list[ProblemAnswer]
    remedy: dict[str, str]
    choices: list[str]
    unmoved: list[ProblemAnswer]
    overrides: int


class ForecastAnswer(BaseModel):
    """A finished run and its table, row by row."""

    run: RunAnswer
    forecast: list[dict[str, Any]]


class About(BaseModel):
    """What this server is and allows. user: who asks; team: with whom they share; local: whether
    this is the computer's own page, on which nobody logs in."""

    version: str
    user: str
    team: str
    local: bool
    methods: list[str]
    upload: int
    files: int
    seconds: float


@dataclass(frozen=True)
class Work:
    """How far the work on a run is: share and stage; scoring: its list is there, its past is still
    being scored; left: seconds that it will still take, about; before: runs that are ahead of it in
    the queue."""

    share: float
    stage: str
    scoring: bool = False
    left: float | None = None
    before: int = 0


def run_answer(run: Run, work: Work, overrides: int, lang: str) -> RunAnswer:
    """A run in words of one language."""
    still = run.state != "done" or work.scoring
    share, stage = (work.share, work.stage) if still else (1.0, "")
    return RunAnswer(
        id=run.id,
        name=run.name,
        author=run.author,
        state=run.state,
        share=share,
        stage=stage,
        left=work.left if still else None,
        before=work.before,
        created=run.created,
        started=run.started,
        finished=run.finished,
        files=run.files,
        tables={name: run.job[name] for name in TABLES if run.job.get(name)},
        settings=_settings(run),
        kept=bool(run.kept_in),
        facts=run.facts,
        problems=[ProblemAnswer(**each) for each in told(run.problems, lang)],
        remedy=_remedy(run.problems),
        choices=_choices(run.problems),
        unmoved=[ProblemAnswer(**each) for each in told(run.unmoved, lang)],
        overrides=overrides,
    )


def _remedy(problems: Sequence[Problem]) -> dict[str, str]:
    """Where the newest plans do not reach: the day whose plans do."""
    codes = ("forecast.horizon_before", "forecast.horizon_before_weeks")
    days = [each.facts["day"] for each in problems if each.code in codes]
    return {"as_of": str(days[0])} if days else {}


def _settings(run: Run) -> dict[str, Any]:
    """What was asked for, and that its plans are only looked at, where they are."""
    look = {"keep": False} if run.job.get("keep") is False else {}
    return {**run.job.get("settings", {}), **look}


def _choices(problems: Sequence[Problem]) -> list[str]:
    """Customers in the files, where one of them is to be chosen."""
    asking = ("web.customers", "web.no_customer")
    found = [str(each.facts["choices"]) for each in problems if each.code in asking]
    return [str(name) for name in json.loads(found[0])] if found else []


def overrides_answer(numbers: OwnNumbers, run: str) -> OverridesAnswer:
    """All own numbers of a run."""
    details: dict[str, dict[str, OverrideAnswer]] = {}
    for (target, part), own in numbers.of(run).items():
        details.setdefault(target, {})[part] = OverrideAnswer(**asdict(own))
    return OverridesAnswer(
        overrides={
            target: {part: own.pieces for part, own in all_of.items()}
            for target, all_of in details.items()
        },
        details=details,
        changes=[ChangeAnswer(**asdict(change)) for change in numbers.changes(run)],
    )
