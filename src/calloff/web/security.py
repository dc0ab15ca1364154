"""What every request passes before anything reads it: who may ask, from where, and how much.

The page listens on this computer, where every web site that is open in a browser can send requests
to it. So the Host must be an address or a known name (a name that a stranger's server points here
is not: DNS rebinding), and whatever changes something must come from the page itself or from a
program, never from another site.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calloff.texts.errors import Problem
from calloff.web.errors import Refusal, language, refuse
from calloff.web.limits import Limits

ACCESS = "calloff_access"  # cookie: this browser has shown the token
SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = ("/api/session", "/api/strings")  # needed before the token is shown; they tell nothing
DRAIN_SECONDS = (
    3.0  # seconds for which a body that is refused is still read, so that the answer arrives
)
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


@dataclass(frozen=True)
class Access:
    """names: host names that count as ours, beside addresses; token: what must be shown, if set."""

    names: frozenset[str] = field(default_factory=lambda: frozenset({"localhost"}))
    token: str | None = None

    @property
    def proof(self) -> str:
        """What the access cookie holds: proof of the token, not the token."""
        token = (self.token or "").encode()
        return hmac.new(token, b"calloff access", hashlib.sha256).hexdigest()

    def is_host(self, host: str) -> bool:
        """Whether a Host header names us."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or _is_address(name)

    def allows(self, headers: Mapping[str, str]) -> bool:
        """Whether a request shows the token, or a proof for it."""
        if self.token is None:
            return True
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(shown.strip(), self.token):
            return True
        return _equal(cookie(headers, ACCESS), self.proof)


def cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; empty where it is not there."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


class SecurityMiddleware:
    """The ASGI application around the other one."""

    def __init__(self, app: ASGIApp, *, access: Access, limits: Limits) -> None:
        self.app, self.access, self.limits = app, access, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        with_headers = _with_headers(send, _caching(scope["path"]))
        if refusal := self._refusal(scope, headers):
            if refusal.code == "web.too_large":
                await _drain(receive, self.limits.upload)
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            await refuse([refusal], language(query, headers))(scope, receive, with_headers)
            return
        await self.app(scope, _metered(receive, self.limits), with_headers)

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Problem | None:
        path, method = scope["path"], scope["method"]
        if not self.access.is_host(headers.get("host", "")):
            return Problem("web.host", facts={"host": headers.get("host", "-")})
        if method not in SAFE and not _from_here(headers):
            return Problem("web.origin")
        closed = path.startswith("/api/") and path not in PUBLIC
        if closed and not self.access.allows(headers):
            return Problem("web.token")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.limits.upload:
            return Problem("web.too_large", facts={"limit": f"{self.limits.upload >> 20:,}"})
        return None


def _from_here(headers: Mapping[str, str]) -> bool:
    """Whether a change is asked for by our page or by a program that is no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _caching(path: str) -> dict[str, str]:
    """Results are kept nowhere but here; the page's files are asked for anew after an update."""
    return {"cache-control": "no-store" if path.startswith("/api/") else "no-cache"}


def _with_headers(send: Send, more: Mapping[str, str]) -> Send:
    """Every answer carries the headers that keep a browser from doing what we never mean."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message.get("headers", [])}
            ours = [(k.encode(), v.encode()) for k, v in {**HEADERS, **more}.items()]
            added = [(name, value) for name, value in ours if name not in given]
            message["headers"] = [*message.get("headers", []), *added]
        await send(message)

    return with_headers


def _metered(receive: Receive, limits: Limits) -> Receive:
    """The body, as long as it comes in time and is not too much."""
    taken = 0
    ended = False

    async def metered() -> Message:
        nonlocal taken, ended
        if ended:  # whoever listens now waits for the caller to leave
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), limits.idle)
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


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
