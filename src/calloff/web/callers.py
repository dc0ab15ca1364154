"""Whose run is it? A random key that a browser keeps as a cookie, and a program sends along.

The key is not stored: its digest names the owner. Who asks for the first time gets one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from calloff.web.errors import Refusal
from calloff.web.security import cookie

KEY = "calloff_key"  # the cookie
HEADER = "x-calloff-key"
SOUND = re.compile(r"[A-Za-z0-9_-]{32,100}")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Owner:
    """name: the digest; fresh: the key, if it was made just now."""

    name: str
    fresh: str | None = None


def known_owner(request: Request) -> Owner:
    """Who asks; with a key that nobody has, where none was sent."""
    sent = request.headers.get(HEADER)
    if sent is not None and not SOUND.fullmatch(sent):
        raise Refusal("web.key")
    key = sent or cookie(request.headers, KEY)
    if SOUND.fullmatch(key):
        return Owner(_digest(key))
    fresh = secrets.token_urlsafe(32)
    return Owner(_digest(fresh), fresh)


def remember(response: Response, owner: Owner, request: Request) -> None:
    """Let the browser keep a fresh key."""
    if owner.fresh:
        set_cookie(response, KEY, owner.fresh, request)


def set_cookie(response: Response, name: str, value: str, request: Request) -> None:
    """A cookie that no script can read and no other site can send along."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        name, value, max_age=YEAR, httponly=True, samesite="strict", secure=secure, path="/"
    )


def _digest(key: str) -> str:
    return hashlib.sha256(b"calloff owner " + key.encode()).hexdigest()[:32]
