"""Between the routes and the store: taking work in, waiting for it, handing results out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from starlette.concurrency import run_in_threadpool

from calloff.report.summary.summarise import FORMAT
from calloff.texts.errors import CalloffError
from calloff.web.callers import Owner
from calloff.web.errors import Refusal
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool
from calloff.web.run_store import FINAL, Run, RunStore
from calloff.web.schemas import TABLES, ForecastForm, InputForm, RunAnswer, run_answer
from calloff.web.uploads import save

POLL = 0.05  # seconds between two looks at a run that is waited for
PATIENCE = 2.0  # times the time limit of a run, for one that waits in the queue


@dataclass(frozen=True)
class Service:
    """What all routes need."""

    store: RunStore
    pool: WorkerPool
    limits: Limits

    def answer(self, run: Run, lang: str, key: str | None = None) -> RunAnswer:
        """A run as it stands now."""
        overrides = len(self.store.overrides(run.id))
        return run_answer(run, self.pool.progress(run.id), overrides, lang, key)

    def find(self, run: str, owner: Owner) -> Run:
        """The caller's run. Raises Refusal where there is none, or it is another's."""
        found = self.store.get(run, owner.name)
        if found is None:
            raise Refusal("web.absent")
        return found

    def finished(self, run: str, owner: Owner) -> Run:
        """The same, done."""
        found = self.find(run, owner)
        if found.state != "done":
            raise Refusal("web.unready")
        return found

    async def take(self, asked: InputForm, kind: str, owner: Owner) -> Run:
        """Keep the files and queue the run."""
        if self.store.waiting() >= self.limits.queue:
            raise Refusal("web.full")
        if len(asked.files) > self.limits.files:
            raise Refusal("web.too_many", limit=self.limits.files)
        run = await run_in_threadpool(self._take, asked, kind, owner)
        self.pool.wake()
        return run

    def _take(self, asked: InputForm, kind: str, owner: Owner) -> Run:
        before = self._before(asked, owner)
        if not (asked.files or before):
            raise Refusal("web.missing", name="files")
        made = self.store.new_id()
        folder = self.store.folder(made)
        try:
            job = _keep(asked, folder, before, self.store.folder(before.id) if before else None)
            run = self.store.add(made, owner.name, kind, job)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return run

    def _before(self, asked: InputForm, owner: Owner) -> Run | None:
        wanted = asked.again if isinstance(asked, ForecastForm) and not asked.files else None
        return self.find(wanted, owner) if wanted else None

    async def wait(self, run: Run, owner: Owner) -> Run:
        """The run when it has come to its end. Raises CalloffError where that is a failure."""
        until = asyncio.get_running_loop().time() + PATIENCE * self.limits.seconds
        while (found := self.find(run.id, owner)).state not in FINAL:
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
        """A plain value that was made of a run."""
        return json.loads(self.result(run, name).read_text(encoding="utf-8"))

    def forecast(self, run: Run) -> pl.DataFrame:
        """The table of a run, with the planner's own numbers beside it."""
        table = pl.read_parquet(self.result(run, "forecasts.parquet"))
        own = self.store.overrides(run.id)
        first = pl.col("target") == pl.col("target").min()
        mine = pl.col("part").replace_strict(own, default=None, return_dtype=pl.Float64)
        return table.with_columns(override=pl.when(first).then(mine))

    async def summary(self, run: Run) -> dict[str, Any]:
        """What the page draws, with the planner's own numbers in it; made anew where it is of
        another format, as after an update."""
        found: dict[str, Any] = await run_in_threadpool(self.read_json, run, "summary.json")
        if found.get("format") != FORMAT:
            job = {"what": "summary", "name": "summary.json"}
            await asyncio.wrap_future(self.pool.render(run, job))
            found = await run_in_threadpool(self.read_json, run, "summary.json")
        own, first = self.store.overrides(run.id), min(run.facts["targets"])
        for row in found["build"]:
            row["override"] = own.get(row["part"]) if row["target"] == first else None
        return found

    async def rendered(self, run: Run, what: str, suffix: str, lang: str) -> Path:
        """A workbook or report of a run, made when it is first asked for."""
        own = {part: [o.pieces, o.made] for part, o in self.store.own(run.id).items()}
        mark = hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:12]
        path = self.result(run, f"{what}-{lang}-{mark}{suffix}")
        if not path.exists():
            job = {"what": what, "lang": lang, "name": path.name, "own": own, "day": run.created}
            await asyncio.wrap_future(self.pool.render(run, job))
        return path

    def remove(self, run: Run) -> None:
        """Forget a run, and end the work on it."""
        self.pool.cancel(run.id)
        self.store.delete(run.id)


def _keep(asked: InputForm, folder: Path, before: Run | None, old: Path | None) -> dict[str, Any]:
    """Files and small tables into a run's folder; what is not sent comes from the run before."""
    job: dict[str, Any] = {"files": []}
    if asked.files:
        job["files"] = save(asked.files, folder / "input")
    elif before and old:
        shutil.copytree(old / "input", folder / "input", dirs_exist_ok=True)
        job |= {"files": before.job["files"], "again": before.id}
    for name in TABLES:
        sent = getattr(asked, name, None)
        if sent is not None:
            (job[name],) = save([sent], folder / name)
        elif before and old and before.job.get(name):
            shutil.copytree(old / name, folder / name)
            job[name] = before.job[name]
    return {**job, "settings": asked.settings()} if isinstance(asked, ForecastForm) else job
