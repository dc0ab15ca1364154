"""What every request passes before anything reads it: who may ask, from where, and how much.

The page listens on this computer, where every web site that is open in a browser can send requests
to it. So the Host must be an address or a known name (a name that a stranger's server points here
is not: DNS rebinding), and the interface answers the page itself and programs, never another site.
"""

from __future__ import annotations

import asyncio
import ipaddress
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calloff.texts.errors import Problem
from calloff.web.callers import COOKIE, Access, cookie, session_cookie
from calloff.web.errors import Refusal, language, refuse
from calloff.web.limits import Limits

Cookies = Callable[[list[str]], list[str]]
SET_COOKIE = b"set-cookie"
SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = ("/api/session", "/api/strings")  # needed before anybody has logged in; they tell nothing
DRAIN_SECONDS = 3.0  # for which a refused body is still read, so that the answer arrives
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityMiddleware:
    """The ASGI application around the other one. names: host names that count as ours, beside
    addresses."""

    def __init__(
        self, app: ASGIApp, *, access: Access, names: frozenset[str], limits: Limits
    ) -> None:
        self.app, self.access, self.names, self.limits = app, access, names, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        answering = _with_headers(send, self._cookies(scope, headers), _caching(scope["path"]))
        if refusal := self._refusal(scope, headers) or self._enter(scope, headers):
            if refusal.code == "web.too_large":
                await _drain(receive, self.limits.upload)
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            await refuse([refusal], language(query, headers))(scope, receive, answering)
            return
        await self.app(scope, _metered(receive, self.limits), answering)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Problem | None:
        if not is_host(headers.get("host", ""), self.names):
            return Problem("web.host", facts={"host": headers.get("host", "-")[:100]})
        changing = scope["method"] not in SAFE
        if (changing or scope["path"].startswith("/api/")) and not from_here(headers):
            return Problem("web.origin")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.limits.upload:
            return Problem("web.too_large", facts={"limit": f"{self.limits.upload >> 20:,}"})
        return None

    def _enter(self, scope: Scope, headers: Mapping[str, str]) -> Problem | None:
        """Let the caller in, where one must be known, and say who it is to the routes."""
        if not scope["path"].startswith("/api/") or scope["path"] in PUBLIC:
            return None
        try:
            found = self.access.caller(headers, address(scope))
        except sqlite3.Error:
            return Problem("web.locked")
        if isinstance(found, Problem):
            return found
        scope.setdefault("state", {})["caller"] = found
        return None

    def _cookies(self, scope: Scope, headers: Mapping[str, str]) -> Cookies:
        """What becomes of the cookies of an answer: none for another site; a session that is old
        goes on under another secret."""

        def cookies(given: list[str]) -> list[str]:
            if not from_here(headers):
                return []
            secret = cookie(headers, COOKIE)
            if given or not secret or self.access.accounts is None:
                return given
            with suppress(sqlite3.Error):  # then at the next request
                if fresh := self.access.accounts.renew(secret):
                    return [session_cookie(fresh, scope.get("scheme", "http"))]
            return given

        return cookies


def address(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_host(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names us."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in names or _is_address(name)


def from_here(headers: Mapping[str, str]) -> bool:
    """Whether a change is asked for by our page or by a program that is no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _caching(path: str) -> dict[str, str]:
    """Results are kept nowhere but here; the page's files are asked for anew after an update."""
    return {"cache-control": "no-store" if path.startswith("/api/") else "no-cache"}


def _with_headers(send: Send, cookies: Cookies, more: Mapping[str, str]) -> Send:
    """Every answer carries the headers that keep a browser from doing what we never mean."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", []))
            set_before = [value.decode("latin-1") for name, value in given if name == SET_COOKIE]
            kept = [(name, value) for name, value in given if name != SET_COOKIE]
            kept += [(SET_COOKIE, value.encode("latin-1")) for value in cookies(set_before)]
            names = {name for name, _ in kept}
            ours = [(k.encode(), v.encode()) for k, v in {**HEADERS, **more}.items()]
            message["headers"] = [*kept, *(each for each in ours if each[0] not in names)]
        await send(message)

    return with_headers


def _metered(receive: Receive, limits: Limits) -> Receive:
    """The body, as long as it comes in time and is not too much."""
    taken = 0
    ended = False
    began = time.monotonic()

    async def metered() -> Message:
        nonlocal taken, ended
        if ended:  # whoever listens now waits for the caller to leave
            return await receive()
        left = began + limits.idle + taken / limits.pace - time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), min(limits.idle, max(left, 0.01)))
        except TimeoutError:
            raise Refusal("web.slow", seconds=f"{limits.idle:g}") from None
        taken += len(message.get("body", b""))
        ended = not message.get("more_body", False)
        if taken > limits.upload:
            raise Refusal("web.too_large", limit=f"{limits.upload >> 20:,}")
        return message

    return metered


async def _drain(receive: Receive, most: int) -> None:
    taken, until = 0, asyncio.get_running_loop().time() + DRAIN_SECONDS
    while taken < most and (left := until - asyncio.get_running_loop().time()) > 0:
        try:
            message: Any = await asyncio.wait_for(receive(), left)
        except TimeoutError:
            return
        taken += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
