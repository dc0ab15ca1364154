"""Who asks? On this computer there is one owner, and nobody logs in.

Elsewhere a caller shows a key, as a program does with every request (Authorization: Bearer), or
once, with a name, for a session that a browser keeps as a cookie. A cookie is set in answer to
that login and renewed from then on; nothing that another site sends is answered with one.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from calloff.texts.errors import Problem
from calloff.web.accounts import SESSION, Account, Accounts, clean_name, digest
from calloff.web.run_store import LOCAL, Scope
from calloff.web.throttle import Throttle

COOKIE = "calloff_session"
SHARED = "shared"  # owner of the runs of all who have the server's token
FORMER_COOKIE, FORMER_HEADER = "calloff_key", "x-calloff-key"  # of versions without accounts


@dataclass(frozen=True)
class Caller:
    """name: who, as others of a team read it; owner: whose the runs are that they begin; scope:
    whose they see; team: with whom they share."""

    name: str
    owner: str
    scope: Scope
    team: str = ""


@dataclass(frozen=True)
class Access:
    """Who may enter. accounts: None on this computer, where everybody is the owner; token: one
    for all who have no account of their own, where it is set."""

    accounts: Accounts | None = None
    token: str | None = None
    throttle: Throttle = field(default_factory=Throttle)

    def caller(self, headers: Mapping[str, str], address: str) -> Caller | Problem:
        """Who asks, or why nobody is let in."""
        if self.accounts is None:
            return Caller(_system_name(), LOCAL, None)
        secret = cookie(headers, COOKIE)
        if secret and (found := self._of_session(secret)):
            return found
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return Problem("web.token")
        return self.login("", key.strip(), address)

    def login(self, name: str, key: str, address: str) -> Caller | Problem:
        """Whoever shows this key; a name, where one is given, must be that of its account."""
        if wait := self.throttle.wait(address):
            return Problem("web.guesses", facts={"seconds": f"{math.ceil(wait)}"})
        found = self._of_key(name, key)
        if found is None:
            self.throttle.wrong(address)
            return Problem("web.token")
        self.throttle.right(address)
        return found

    def open_session(self, caller: Caller, key: str) -> str:
        """The secret of a session, for the cookie."""
        assert self.accounts is not None
        return self.accounts.open_session(caller.name, digest(key))

    def _of_key(self, name: str, key: str) -> Caller | None:
        assert self.accounts is not None
        account = self.accounts.of_key(key)
        if account is not None:
            return of_account(account) if clean_name(name) in ("", account.name) else None
        if self.token is not None and same(key, self.token):
            return _of_token(clean_name(name))
        return None

    def _of_session(self, secret: str) -> Caller | None:
        """A session ends with the key by which it was begun."""
        assert self.accounts is not None
        found = self.accounts.session(secret)
        if found is None:
            return None
        account = self.accounts.get(found.name)
        if account is not None and account.digest == found.key:
            return of_account(account)
        if self.token is not None and same(found.key, digest(self.token)):
            return _of_token(found.name)
        return None


def of_account(account: Account) -> Caller:
    """Runs belong to the team, where there is one; those of before stay one's own."""
    own = f"user:{account.name}"
    if not account.team:
        return Caller(account.name, own, (own,))
    team = f"team:{account.team}"
    return Caller(account.name, team, (team, own), account.team)


def _of_token(name: str) -> Caller:
    return Caller(name, SHARED, (SHARED,))


def former_owner(headers: Mapping[str, str]) -> str | None:
    """Whose runs were those of a key from before there were accounts."""
    key = headers.get(FORMER_HEADER) or cookie(headers, FORMER_COOKIE)
    if not 32 <= len(key) <= 100:
        return None
    return hashlib.sha256(b"calloff owner " + key.encode()).hexdigest()[:32]


def cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; empty where it is not there."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def session_cookie(secret: str, scheme: str) -> str:
    """A cookie that no script can read and no other site can send along; empty: none any more."""
    secure = "; Secure" if scheme == "https" else ""
    age = int(SESSION) if secret else 0
    return f"{COOKIE}={secret}; HttpOnly; Max-Age={age}; Path=/; SameSite=Strict{secure}"


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())


def _system_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without names
        return ""
