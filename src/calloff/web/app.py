"""The application: the REST interface, the page's files, and the guard around both."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from calloff.texts.errors import CalloffError, Problem
from calloff.texts.version import version
from calloff.web.callers import COOKIE, Access, cookie, former_owner, session_cookie
from calloff.web.errors import (
    Refusal,
    tell_calloff,
    tell_database,
    tell_fault,
    tell_http,
    tell_system,
    tell_values,
)
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool
from calloff.web.routes import Lang, Speech, refusals, router
from calloff.web.run_store import RunStore
from calloff.web.schemas import SessionForm
from calloff.web.security import SecurityMiddleware, address
from calloff.web.service import Service
from calloff.web.texts import words

ASSETS = {
    "web": files("calloff") / "web" / "assets",
    "pages": files("calloff.report.html") / "assets",
}
SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "the caller's key, where the server asks for one",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "of a browser, after POST /api/session",
    },
}


def create_app(
    store: RunStore,
    limits: Limits | None = None,
    access: Access | None = None,
    names: frozenset[str] = frozenset({"localhost"}),
) -> FastAPI:
    """The application over a store. Its workers live from start-up to shutdown.

    access: who may enter (default: whoever reaches it); names: host names that count as ours.
    """
    limits, access = limits or Limits(), access or Access()
    pool = WorkerPool(store, limits, alone=access.accounts is None)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        yield
        pool.stop()

    app = FastAPI(
        title="calloff",
        version=version(),
        description=__doc__,
        lifespan=life,
        openapi_url="/api/openapi.json",
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service, app.state.access = Service(store, pool, limits), access
    app.include_router(router)
    app.add_api_route("/api/strings", strings, responses=refusals())
    _add_session(app)
    app.add_api_route("/", page, include_in_schema=False, response_class=FileResponse)
    for name, folder in ASSETS.items():
        app.mount(f"/{name}", StaticFiles(directory=str(folder)), name=name)
    _tell_problems(app)
    app.add_middleware(SecurityMiddleware, access=access, names=names, limits=limits)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def page() -> FileResponse:
    """The page itself; it asks for everything else."""
    return FileResponse(str(ASSETS["web"] / "index.html"), media_type="text/html")


def strings(lang: Speech) -> dict[str, Any]:
    """The words of the page, in one language."""
    return words(lang)


def _add_session(app: FastAPI) -> None:
    told = refusals(400, 408, 413, 507)
    for method, route in (("POST", enter), ("DELETE", leave)):
        app.add_api_route("/api/session", route, methods=[method], status_code=204, responses=told)


def enter(form: SessionForm, request: Request, response: Response, lang: Lang = None) -> None:
    """Log in with a name and a key; a cookie keeps the session. Runs of a key from before there
    were accounts, which the browser may still have, become the caller's."""
    access: Access = request.app.state.access
    if access.accounts is None:
        return
    found = access.login(form.name, form.token, address(request.scope))
    if isinstance(found, Problem):
        raise Refusal(found.code, **found.facts)
    if former := former_owner(request.headers):
        request.app.state.service.store.give([former], found.owner)
    secret = access.open_session(found, form.token)
    response.headers.append("set-cookie", session_cookie(secret, request.url.scheme))


def leave(request: Request, response: Response, lang: Lang = None) -> None:
    """Log out."""
    access: Access = request.app.state.access
    secret = cookie(request.headers, COOKIE)
    if access.accounts is not None and secret:
        access.accounts.end_session(secret)
    response.headers.append("set-cookie", session_cookie("", request.url.scheme))


def _tell_problems(app: FastAPI) -> None:
    app.add_exception_handler(CalloffError, tell_calloff)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_exception_handler(RequestValidationError, tell_values)
    app.add_exception_handler(sqlite3.Error, tell_database)
    app.add_exception_handler(OSError, tell_system)
    app.add_exception_handler(Exception, tell_fault)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the two ways of saying who asks."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        made.setdefault("components", {})["securitySchemes"] = SECURITY
        made["security"] = [{}, {"key": []}, {"session": []}]
        app.openapi_schema = made
    return app.openapi_schema
