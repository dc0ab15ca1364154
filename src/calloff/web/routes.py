"""The REST interface: runs, their results, and the two questions that are answered at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from calloff.forecasters import available
from calloff.planning.changes import Thresholds
from calloff.texts.version import version
from calloff.web.callers import Caller
from calloff.web.errors import Problems, Refusal, language_of
from calloff.web.run_store import Run
from calloff.web.schemas import (
    About,
    BookAnswer,
    BookForm,
    ForecastAnswer,
    ForecastForm,
    ForgottenAnswer,
    InputForm,
    NameForm,
    OverrideForm,
    Overrides,
    OverridesAnswer,
    RunAnswer,
    RunChanges,
    one_line,
    overrides_answer,
)
from calloff.web.service import Service

BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEANING = {
    400: "the request is cut off or no form", 401: "the key is missing or wrong",
    403: "from another site, or to another name", 404: "no such run of this caller",
    408: "the body came too slowly", 409: "the run is not in a state for this",
    413: "too much", 415: "a kind of file that cannot be read", 422: "values or content",
    429: "too many wrong keys", 500: "a fault of calloff's own",
    503: "too much to do, or it took too long", 507: "the disk is full",
}  # fmt: skip
Lang = Annotated[Literal["en", "ko"] | None, Query(description="language of messages")]
Id = Annotated[str, InPath(pattern=r"^[0-9a-f]{20}$", description="the run")]


def service_of(request: Request) -> Service:
    """What the application was made with."""
    service: Service = request.app.state.service
    return service


def caller_of(request: Request) -> Caller:
    """Who asks, as was found out before anything was read."""
    found: Caller = request.state.caller
    return found


def spoken(request: Request, lang: Lang = None) -> str:
    """The language of the answer."""
    return lang or language_of(request)


At = Annotated[Service, Depends(service_of)]
Who = Annotated[Caller, Depends(caller_of)]
Speech = Annotated[str, Depends(spoken)]


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The ways in which a route may say no."""
    every = sorted({401, 403, 422, 429, 500, 503, *codes})
    return {code: {"model": Problems, "description": MEANING[code]} for code in every}


def caller_run(run: Id, service: At, caller: Who) -> Run:
    """The run that a path names."""
    return service.find(run, caller)


def finished_run(run: Id, service: At, caller: Who) -> Run:
    """The run that a path names, done."""
    return service.finished(run, caller)


Mine = Annotated[Run, Depends(caller_run)]
Done = Annotated[Run, Depends(finished_run)]
TAKING = refusals(400, 404, 408, 413, 415, 503, 507)
OF_RUN = refusals(404)
OF_DONE = refusals(404, 409)
router = APIRouter(prefix="/api")


@router.get("/about", responses=refusals())
def about(service: At, caller: Who, lang: Lang = None) -> About:
    """What this server is and allows, and to whom."""
    limits = service.limits
    return About(
        version=version(),
        user=caller.name,
        team=caller.team,
        local=caller.scope is None,
        methods=list(available()),
        upload=limits.upload,
        files=limits.files,
        seconds=limits.seconds,
    )


@router.post("/runs", status_code=202, responses=TAKING)
async def begin(
    asked: Annotated[ForecastForm, Form(media_type="multipart/form-data")],
    service: At,
    caller: Who,
    lang: Speech,
) -> RunAnswer:
    """Begin a forecast. The answer comes at once; ask for the run to see how far it is."""
    run = await service.take(asked, "forecast", caller)
    return service.answer(run, lang)


@router.post("/forecast", responses=TAKING)
async def forecast(
    asked: Annotated[ForecastForm, Form(media_type="multipart/form-data")],
    service: At,
    caller: Who,
    lang: Speech,
) -> ForecastAnswer:
    """Forecast and wait for it. The run is kept."""
    run = await service.wait(await service.take(asked, "forecast", caller), caller)
    table = await run_in_threadpool(service.forecast, run)
    answer = service.answer(run, lang)
    return ForecastAnswer(run=answer, forecast=table.to_dicts())


@router.post("/inspect", responses=TAKING)
async def inspect(
    asked: Annotated[InputForm, Form(media_type="multipart/form-data")],
    service: At,
    caller: Who,
    lang: Speech,
) -> dict[str, Any]:
    """What is in the files, and what to distrust. Nothing is kept."""
    run = await service.take(asked, "inspect", caller)
    try:
        found: dict[str, Any] = service.read_json(
            await service.wait(run, caller), "inspection.json"
        )
        return found
    finally:
        service.remove(run)


@router.get("/runs", responses=refusals())
def runs(service: At, caller: Who, lang: Speech) -> list[RunAnswer]:
    """The caller's runs, the newest first."""
    return service.runs(caller, lang)


@router.get("/runs/{run}", responses=OF_RUN)
def one(found: Mine, service: At, lang: Speech) -> RunAnswer:
    """A run, and how far it is."""
    return service.answer(found, lang)


@router.delete("/runs/{run}", status_code=204, responses=OF_RUN)
def delete(found: Mine, service: At, lang: Lang = None) -> None:
    """Forget a run, its files and its results; its forecast is withdrawn and not scored any more.
    Plans that were kept stay in the store."""
    service.remove(found)


@router.post("/runs/{run}/forget", responses=refusals(404, 409, 507))
def forget(found: Mine, service: At, lang: Lang = None) -> ForgottenAnswer:
    """Remove the plans of a run's files from the store, for good. The run stays."""
    return service.ledgers.forget(found)


@router.post("/runs/{run}/cancel", responses=OF_RUN)
def cancel(found: Mine, service: At, lang: Speech) -> RunAnswer:
    """End the work on a run. One whose list is there stays done, without scores."""
    service.pool.cancel(found.id)
    return service.answer(service.store.get(found.id) or found, lang)


@router.put("/runs/{run}/name", responses=refusals(400, 404, 408, 413))
def rename(found: Mine, asked: NameForm, service: At, lang: Speech) -> RunAnswer:
    """Give a run a name."""
    service.store.rename(found.id, one_line(asked.name))
    return service.answer(service.store.get(found.id) or found, lang)


@router.post("/runs/{run}/restart", status_code=202, responses=OF_DONE)
def restart(found: Mine, service: At, lang: Speech) -> RunAnswer:
    """Begin a run once more that was interrupted or failed."""
    if found.state not in ("interrupted", "failed"):
        raise Refusal("web.state")
    service.store.restart(found.id)
    service.pool.wake()
    return service.answer(service.store.get(found.id) or found, lang)


@router.get("/runs/{run}/summary", responses=refusals(404, 409, 503))
async def summary(found: Done, service: At, lang: Speech) -> dict[str, Any]:
    """What the page draws: plain values without words."""
    return await service.summary(found, lang)


@router.get("/runs/{run}/inspection", responses=OF_DONE)
def inspection(found: Done, service: At, lang: Lang = None) -> dict[str, Any]:
    """What is in the files of a run, and what to distrust."""
    value: dict[str, Any] = service.read_json(found, "inspection.json")
    return value


@router.get("/runs/{run}/forecast", responses=OF_DONE)
def table(found: Done, service: At, lang: Lang = None) -> list[dict[str, Any]]:
    """The forecast, row by row, with the planner's own numbers."""
    return service.forecast(found).to_dicts()


@router.get("/runs/{run}/earlier", responses=OF_DONE)
def earlier(found: Done, service: At, caller: Who, lang: Speech) -> list[dict[str, Any]]:
    """Earlier forecasts whose day has come, against what was called off."""
    return service.earlier(found, caller, lang)


@router.get("/runs/{run}/changes", responses=OF_DONE)
def changed(
    found: Done,
    service: At,
    caller: Who,
    share: Annotated[float, Query(ge=0, le=1, description="of the larger quantity")] = 0.2,
    pieces: Annotated[float, Query(ge=0, le=1e9, description="the least difference")] = 1.0,
    lang: Lang = None,
) -> RunChanges | None:
    """What changed since the run before of the same customer and settings; null without one."""
    return service.changes(found, Thresholds(share, pieces), caller)


@router.get("/runs/{run}/overrides", responses=OF_RUN)
def overrides(found: Mine, service: At, lang: Lang = None) -> OverridesAnswer:
    """The planner's own numbers, who gave them, when and why, and what was done to them."""
    return overrides_answer(service.store.numbers, found.id)


@router.patch("/runs/{run}/overrides", responses=refusals(400, 404, 408, 409, 413))
def set_override(
    found: Mine, own: OverrideForm, service: At, caller: Who, lang: Lang = None
) -> OverridesAnswer:
    """Put one own number in place of another; refused where that has changed meanwhile."""
    return service.change_number(found, own, caller)


@router.put("/runs/{run}/overrides", responses=refusals(400, 404, 408, 409, 413))
def set_overrides(
    found: Mine, own: Overrides, service: At, caller: Who, lang: Lang = None
) -> OverridesAnswer:
    """Keep these numbers in place of all before for their target day, whoever gave them."""
    service.set_numbers(found, own, caller)
    return overrides_answer(service.store.numbers, found.id)


@router.post("/runs/{run}/overrides/workbook", responses=TAKING | refusals(409, 404, 413, 415))
async def read_workbook(
    found: Done,
    asked: Annotated[BookForm, Form(media_type="multipart/form-data")],
    service: At,
    caller: Who,
    lang: Lang = None,
) -> BookAnswer:
    """Take the own numbers for the run's target days out of a workbook of calloff's that somebody
    edited. A part without a number in it keeps what it has."""
    return await service.read_book(found, asked.file, caller)


def _file(kind: str) -> dict[int | str, dict[str, Any]]:
    text = {"type": "string", "format": "binary"}
    return {**refusals(404, 409, 503, 507), 200: {"content": {kind: {"schema": text}}}}


@router.get("/runs/{run}/workbook", responses=_file(BOOK), response_class=FileResponse)
async def workbook(found: Done, service: At, lang: Speech) -> FileResponse:
    """The workbook to send on."""
    path = await service.rendered(found, "workbook", ".xlsx", lang)
    return _download(path, found, BOOK)


@router.get("/runs/{run}/report", responses=_file("text/html"), response_class=FileResponse)
async def report(found: Done, service: At, lang: Speech) -> FileResponse:
    """The report that opens without anything else. Only to be saved: it brings its own script,
    which this site lets no page run."""
    path = await service.rendered(found, "report", ".html", lang)
    return _download(path, found, "text/html")


def _download(path: Path, run: Run, kind: str) -> FileResponse:
    stem = Path(run.files[0]).stem
    name = f"{stem} {run.facts['targets'][0]}{path.suffix}"
    return FileResponse(path, media_type=kind, filename=name)
