"""Problems as answers: one JSON shape, in the caller's language, with the status that fits."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from calloff.texts.catalogue import LANGUAGES
from calloff.texts.errors import CalloffError, Problem, Where

WRONG_KIND = ("html", "xml", "pdf", "archive", "binary", "encrypted", "encoding")
STATUS = {
    "file.too_large": 413, "web.too_large": 413, "web.too_many": 413, "web.slow": 408,
    **{f"file.{kind}": 415 for kind in WRONG_KIND}, "web.form": 400,
    "web.token": 401, "web.host": 403, "web.origin": 403, "web.absent": 404,
    "web.method": 405, "web.state": 409, "web.unready": 409, "web.target": 409,
    "web.full": 503, "web.late": 503,
    "web.timeout": 503, "web.died": 503, "web.system": 503, "web.locked": 503, "web.fault": 500,
    "web.guesses": 429, "web.changed": 409, "web.taken_back": 409, "history.damaged": 409,
    "web.cancelled": 409, "web.not_kept": 409, "web.plans_gone": 409,
    "store.write": 507, "write.refused": 507,
}  # fmt: skip
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "30"}}
BOUNDS = {"ge": "low", "gt": "low", "le": "high", "lt": "high"}


class PlaceAnswer(BaseModel):
    """Where in a file; empty where it does not apply."""

    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    message: int | None = None
    segment: int | None = None


class ProblemAnswer(BaseModel):
    """One thing that is wrong: a code that stays the same, and what it says in words."""

    code: str
    message: str
    where: PlaceAnswer | None = None


class Problems(BaseModel):
    """Everything that is wrong, one thing at least."""

    problems: list[ProblemAnswer]


class Refusal(HTTPException):
    """A problem of the request itself, raised anywhere on its way."""

    def __init__(self, code: str, **facts: object) -> None:
        self.problem = Problem(code, facts=facts)
        super().__init__(STATUS.get(code, 422), code)


def told(problems: Iterable[Problem], lang: str) -> list[dict[str, Any]]:
    """Problems in words."""
    return [_told(problem, lang) for problem in problems]


def _told(problem: Problem, lang: str) -> dict[str, Any]:
    where = None if problem.where == Where() else asdict(problem.where)
    return {"code": problem.code, "message": problem.text(lang), "where": where}


def refuse(problems: Sequence[Problem], lang: str, status: int | None = None) -> JSONResponse:
    """The answer that tells them."""
    code = status or STATUS.get(problems[0].code, 422)
    headers = dict(HEADERS.get(code, {}))
    if code == 429:
        headers["Retry-After"] = str(problems[0].facts["seconds"])
    return JSONResponse({"problems": told(problems[:100], lang)}, status_code=code, headers=headers)


def language(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Of the answer: as asked for by ?lang, else the first known one of Accept-Language."""
    if query.get("lang") in LANGUAGES:
        return query["lang"]
    for wanted in headers.get("accept-language", "").split(","):
        name = wanted.split(";")[0].strip().lower().split("-")[0]
        if name in LANGUAGES:
            return name
    return "en"


def language_of(request: Request) -> str:
    """Of the answer to a request."""
    return language(request.query_params, request.headers)


async def tell_calloff(request: Request, error: Exception) -> JSONResponse:
    """What calloff found to be wrong."""
    assert isinstance(error, CalloffError)
    return refuse(error.problems, language_of(request))


async def tell_http(request: Request, error: Exception) -> JSONResponse:
    """What is wrong with the request."""
    assert isinstance(error, HTTPException)
    if isinstance(error, Refusal):
        return refuse([error.problem], language_of(request))
    codes = {404: "web.absent", 405: "web.method", 400: "web.form", 413: "web.too_many"}
    code = codes.get(error.status_code, "web.form")
    answer = refuse([Problem(code)], language_of(request), error.status_code)
    if code == "web.method":
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    """The methods that the OpenAPI document has for an address."""
    found = [
        method.upper()
        for path, methods in request.app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), request.url.path)
        for method in methods
    ]
    return sorted(found) or ["GET"]


async def tell_values(request: Request, error: Exception) -> JSONResponse:
    """Values that the OpenAPI document rules out."""
    assert isinstance(error, RequestValidationError)
    lang = language_of(request)
    return refuse([_wrong_value(each, lang) for each in error.errors()], lang, 422)


async def tell_system(request: Request, error: Exception) -> JSONResponse:
    """What the system refused, such as a full disk."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    return refuse([Problem("write.refused", facts={"error": reason})], language_of(request))


async def tell_database(request: Request, error: Exception) -> JSONResponse:
    """What kept the database from being read or written: a lock, a full disk, or worse."""
    name = getattr(error, "sqlite_errorname", "")
    if "FULL" in name:
        facts = {"error": os.strerror(errno.ENOSPC)}
        return refuse([Problem("write.refused", facts=facts)], language_of(request))
    if "BUSY" in name or "LOCKED" in name or "locked" in str(error):
        return refuse([Problem("web.locked")], language_of(request))
    return await tell_fault(request, error)


async def tell_fault(request: Request, error: Exception) -> JSONResponse:
    """A fault of calloff's own; what it was is for the log, not for the caller."""
    kind = type(error).__name__
    return refuse([Problem("web.fault", facts={"kind": kind})], language_of(request), 500)


def _wrong_value(error: Mapping[str, Any], lang: str) -> Problem:
    name = ".".join(str(part) for part in error["loc"][1:]) or "-"
    value, context = str(error.get("input"))[:80], error.get("ctx", {})
    bounds = {side: context[key] for key, side in BOUNDS.items() if key in context}
    if error["type"] == "missing":
        return Problem("web.missing", facts={"name": name})
    if bounds:
        side, limit = next(iter(bounds.items()))
        return Problem(f"web.{side}", facts={"name": name, "value": value, "limit": limit})
    if error["type"] == "extra_forbidden":
        return Problem("web.unknown", facts={"name": name})
    return Problem("web.value", facts={"name": name, "value": value})
