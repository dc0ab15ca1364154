"""Between the routes and the store: taking work in, waiting for it, handing results out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from fastapi import UploadFile
from starlette.concurrency import run_in_threadpool

from calloff.planning.changes import Thresholds
from calloff.report.html.summary_json import FORMAT
from calloff.texts.errors import CalloffError, Problem
from calloff.web.callers import Caller
from calloff.web.earlier import DAMAGE, earlier_forecasts
from calloff.web.errors import Refusal, told
from calloff.web.ledgers import Ledgers
from calloff.web.limits import Limits
from calloff.web.number_entry import NumberEntry, put_into, with_own
from calloff.web.pool import WorkerPool
from calloff.web.result_files import FORECAST
from calloff.web.run_changes import run_changes
from calloff.web.run_store import FINAL, Run, RunStore
from calloff.web.schemas import (
    TABLES,
    BookAnswer,
    ForecastForm,
    InputForm,
    OverrideForm,
    Overrides,
    OverridesAnswer,
    RunAnswer,
    RunChanges,
    Work,
    overrides_answer,
    run_answer,
)
from calloff.web.uploads import save

POLL = 0.05  # seconds between two looks at a run that is waited for
PATIENCE = 2.0  # times the time limit of a run, for one that waits in the queue
GRACE = 10.0  # seconds more, for a worker to begin and to be ended


@dataclass(frozen=True)
class Service:
    """What all routes need."""

    store: RunStore
    pool: WorkerPool
    limits: Limits

    @property
    def ledgers(self) -> Ledgers:
        """What is known of runs in their stores."""
        return Ledgers(self.store)

    def answer(self, run: Run, lang: str) -> RunAnswer:
        """A run as it stands now."""
        overrides = len(self.store.numbers.of(run.id))
        share, stage = self.pool.progress(run.id)
        before = self.store.before(run) if run.state == "queued" else 0
        left, scoring = self.pool.left(run.id), self.pool.scoring(run.id)
        return run_answer(run, Work(share, stage, scoring, left, before), overrides, lang)

    def find(self, run: str, caller: Caller) -> Run:
        """The caller's run. Raises Refusal where there is none, or it is another's."""
        found = self.store.get(run, caller.scope)
        if found is None:
            raise Refusal("web.absent")
        return self.pool.shown(found)

    def runs(self, caller: Caller, lang: str) -> list[RunAnswer]:
        """All that the caller may see, the newest first."""
        found = self.store.runs(caller.scope)
        return [self.answer(self.pool.shown(run), lang) for run in found]

    def finished(self, run: str, caller: Caller) -> Run:
        """The same, done."""
        found = self.find(run, caller)
        if found.state != "done":
            raise Refusal("web.unready")
        return found

    async def take(self, asked: InputForm, kind: str, caller: Caller) -> Run:
        """Keep the files and queue the run."""
        if len(asked.files) > self.limits.files:
            raise Refusal("web.too_many", limit=self.limits.files)
        run = await run_in_threadpool(self._take, asked, kind, caller)
        self.pool.wake()
        return run

    def _take(self, asked: InputForm, kind: str, caller: Caller) -> Run:
        if self.store.waiting() >= self.limits.queue:
            raise Refusal("web.full")
        before = self._before(asked, caller)
        if not (asked.files or before):
            raise Refusal("web.missing", name="files")
        made = self.store.new_id()
        folder = self.store.folder(made)
        try:
            job = _keep(asked, folder, before, self.store.folder(before.id) if before else None)
            if job.get("keep"):
                job["kept_in"] = self.store.place_of(caller.owner)
            run = self.store.add(made, caller.owner, kind, job, caller.name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return run

    def _before(self, asked: InputForm, caller: Caller) -> Run | None:
        wanted = asked.again if isinstance(asked, ForecastForm) and not asked.files else None
        return self.find(wanted, caller) if wanted else None

    async def wait(self, run: Run, caller: Caller) -> Run:
        """The run when it has come to its end. Raises CalloffError where that is a failure."""
        until = asyncio.get_running_loop().time() + GRACE + PATIENCE * self.limits.seconds
        while (found := self.find(run.id, caller)).state not in FINAL:
            if asyncio.get_running_loop().time() > until:
                raise Refusal("web.late")
            await asyncio.sleep(POLL)
        if found.state != "done":
            raise CalloffError(found.problems)
        return found

    def result(self, run: Run, name: str) -> Path:
        """A file that was made of a run."""
        return self.store.folder(run.id) / "result" / name

    def read_json(self, run: Run, name: str) -> Any:
        """A plain value that was made of a run. Raises Refusal where it cannot be read."""
        with self._damage_told(run):
            return json.loads(self.result(run, name).read_text(encoding="utf-8"))

    def forecast(self, run: Run) -> pl.DataFrame:
        """The table of a run, with the planner's own numbers beside it."""
        with self._damage_told(run):
            table = pl.read_parquet(self.result(run, "forecasts.parquet"))
            return with_own(table, self.store.numbers.pieces(run.id), self.result(run, FORECAST))

    @contextmanager
    def _damage_told(self, run: Run) -> Iterator[None]:
        """What cannot be read makes the run a failed one, so that it can be started again."""
        try:
            yield
        except DAMAGE as error:
            self.store.fail(run.id, [Problem("history.damaged")], was="done")
            raise Refusal("history.damaged") from error

    def earlier(self, run: Run, caller: Caller, lang: str) -> list[dict[str, Any]]:
        """Earlier forecasts against what was called off; damaged ones with a problem in words."""
        with self._damage_told(run):
            if run.kept_in:
                return self.ledgers.entries(run, caller.scope)
            found = earlier_forecasts(self.store, run, caller.scope)
        for entry in found:
            if entry["problem"]:
                entry["problem"] = told([Problem(entry["problem"])], lang)[0]
        return found

    def changes(self, run: Run, thresholds: Thresholds, caller: Caller) -> RunChanges | None:
        """What changed since the run before; None where there is none."""
        with self._damage_told(run):
            return run_changes(self.store, run, thresholds, caller.scope)

    async def summary(self, run: Run, lang: str) -> dict[str, Any]:
        """What the page draws, with the planner's own numbers in it; made anew where it is of
        another format, as after an update, or cannot be read."""
        found = await run_in_threadpool(self._kept_summary, run)
        if found.get("format") != FORMAT:
            await asyncio.wrap_future(self.pool.render(run, {"what": "summary"}))
            found = await run_in_threadpool(self.read_json, run, "summary.json")
        if found.get("scoring") and not self.pool.scoring(run.id):
            found = await run_in_threadpool(self.read_json, run, "summary.json")
            if found["scoring"]:  # the work on it was cut short
                self.pool.score(run)
                found |= {"scoring": self.pool.scoring(run.id), "unscored": True}
        if self.store.numbers.pieces(run.id):
            put_into(found, await run_in_threadpool(self.forecast, run))
        return found | await run_in_threadpool(self._card, run, lang)

    def _card(self, run: Run, lang: str) -> dict[str, Any]:
        with self._damage_told(run):
            return self.ledgers.card(run, lang)

    def _kept_summary(self, run: Run) -> dict[str, Any]:
        try:
            found = json.loads(self.result(run, "summary.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def rendered(self, run: Run, what: str, suffix: str, lang: str) -> Path:
        """A workbook or report of a run, made when it is first asked for."""
        numbers = self.store.numbers.of(run.id)
        own = [[*place, each.pieces, each.made] for place, each in numbers.items()]
        mark = hashlib.sha256(json.dumps(own).encode()).hexdigest()[:12]
        path = self.result(run, f"{what}-{lang}-{mark}{suffix}")
        while self.pool.scoring(run.id):  # it is to hold the scores
            await asyncio.sleep(POLL)
        if not path.exists():
            job = {"what": what, "lang": lang, "name": path.name, "own": own, "day": run.created}
            await asyncio.wrap_future(self.pool.render(run, job))
            await run_in_threadpool(_drop_others, path, f"{what}-{lang}-*{suffix}")
        return path

    @property
    def entry(self) -> NumberEntry:
        """Where own numbers come in."""
        return NumberEntry(self.store.numbers, self.limits)

    def set_numbers(self, run: Run, asked: Overrides, caller: Caller) -> None:
        """Keep these own numbers in place of all before for their target day."""
        self.entry.set_all(run, asked, caller.name)

    async def read_book(self, run: Run, file: UploadFile, caller: Caller) -> BookAnswer:
        """Take the own numbers of a workbook that somebody edited; those that it has none for
        stay."""
        place = f"book-{secrets.token_hex(6)}"
        folder = self.store.folder(run.id) / place
        try:
            (name,) = await run_in_threadpool(save, [file], folder)
            job = {"what": "own", "place": place, "name": name}
            await asyncio.wrap_future(self.pool.render(run, job))
            text = await run_in_threadpool((folder / "own.json").read_text, "utf-8")
        finally:
            await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)
        found = json.loads(text)
        pieces = {(day, part): each for day, part, each in found["pieces"]}
        changed = await run_in_threadpool(self.entry.put, run, pieces, caller.name)
        answer = overrides_answer(self.store.numbers, run.id)
        counts = {"changed": changed, "read": len(found["pieces"]), "others": found["others"]}
        return BookAnswer(**answer.model_dump(), **counts)

    def change_number(self, run: Run, asked: OverrideForm, caller: Caller) -> OverridesAnswer:
        """Put one own number in place of another. Raises Refusal where that has changed."""
        self.entry.change(run, asked, caller.name)
        return overrides_answer(self.store.numbers, run.id)

    def remove(self, run: Run) -> None:
        """Forget a run, and end the work on it. Its forecasts are withdrawn from the ledger, and
        not scored any more; the plans that were kept stay in the store."""
        self.pool.cancel(run.id)
        self.pool.wait_for(run.id)
        self.ledgers.withdraw(run)
        self.store.delete(run.id)


def _drop_others(path: Path, pattern: str) -> None:
    """Only the newest of what can be made again at any time is kept."""
    for other in path.parent.glob(pattern):
        if other.name != path.name:
            with suppress(OSError):  # somebody may be reading it
                other.unlink()


def _keep(asked: InputForm, folder: Path, before: Run | None, old: Path | None) -> dict[str, Any]:
    """Files and small tables into a run's folder; what is not sent comes from the run before."""
    job: dict[str, Any] = {"files": []}
    if asked.files:
        job["files"] = save(asked.files, folder / "input")
    elif before and old:
        shutil.copytree(old / "input", folder / "input", dirs_exist_ok=True)
        job |= {"files": before.files, "again": before.id}
    for name in TABLES:
        sent = getattr(asked, name, None)
        if sent is not None:
            (job[name],) = save([sent], folder / name)
        elif before and old and before.job.get(name):
            shutil.copytree(old / name, folder / name)
            job[name] = before.job[name]
    if isinstance(asked, ForecastForm):
        job |= {"settings": asked.settings(), "keep": asked.keep}
    return job
