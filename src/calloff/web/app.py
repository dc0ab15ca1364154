"""The application: the REST interface, the page's files, and the guard around both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from calloff.texts.errors import CalloffError
from calloff.texts.version import version
from calloff.web.callers import Owner, known_owner, remember, set_cookie
from calloff.web.errors import (
    Refusal,
    tell_calloff,
    tell_fault,
    tell_http,
    tell_system,
    tell_values,
)
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool
from calloff.web.routes import Lang, Speech, refusals, router
from calloff.web.run_store import RunStore
from calloff.web.schemas import Session
from calloff.web.security import ACCESS, Access, SecurityMiddleware
from calloff.web.service import Service
from calloff.web.texts import words

ASSETS = {
    "web": files("calloff") / "web" / "assets",
    "pages": files("calloff.report.html") / "assets",
}
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "where the server has a token"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Calloff-Key",
        "description": "whose runs: 32 to 100 random letters, digits, - and _. Who sends none is "
        "given one in the answer to the first run; a browser keeps it as a cookie.",
    },
}


def create_app(
    store: RunStore, limits: Limits | None = None, access: Access | None = None
) -> FastAPI:
    """The application over a store. Its workers live from start-up to shutdown."""
    limits, access = limits or Limits(), access or Access()
    pool = WorkerPool(store, limits)

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
    app.add_api_route(
        "/api/session",
        session,
        methods=["POST"],
        status_code=204,
        responses=refusals(400, 408, 413),
    )
    app.add_api_route("/", page, include_in_schema=False, response_class=FileResponse)
    for name, folder in ASSETS.items():
        app.mount(f"/{name}", StaticFiles(directory=str(folder)), name=name)
    _tell_problems(app)
    app.add_middleware(SecurityMiddleware, access=access, limits=limits)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def page(request: Request, owner: Annotated[Owner, Depends(known_owner)]) -> FileResponse:
    """The page itself; it asks for everything else."""
    answer = FileResponse(str(ASSETS["web"] / "index.html"), media_type="text/html")
    remember(answer, owner, request)
    return answer


def strings(lang: Speech) -> dict[str, Any]:
    """The words of the page, in one language."""
    return words(lang)


def session(shown: Session, request: Request, response: Response, lang: Lang = None) -> None:
    """Show the token once; a cookie remembers that it was shown."""
    access: Access = request.app.state.access
    if not access.allows({"authorization": f"Bearer {shown.token}"}):
        raise Refusal("web.token")
    if access.token is not None:
        set_cookie(response, ACCESS, access.proof, request)


def _tell_problems(app: FastAPI) -> None:
    app.add_exception_handler(CalloffError, tell_calloff)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_exception_handler(RequestValidationError, tell_values)
    app.add_exception_handler(OSError, tell_system)
    app.add_exception_handler(Exception, tell_fault)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the two headers that say who asks."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        made.setdefault("components", {})["securitySchemes"] = SECURITY
        made["security"] = [{}, {"token": []}, {"key": []}, {"token": [], "key": []}]
        app.openapi_schema = made
    return app.openapi_schema
