"""From a command line to a listening server."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from calloff.store.converting import current
from calloff.texts.errors import fail
from calloff.web.accounts import Accounts
from calloff.web.app import create_app
from calloff.web.callers import Access
from calloff.web.connections import bounded
from calloff.web.limits import Limits
from calloff.web.logs import limited_errors
from calloff.web.run_store import RunStore

SHORTEST = 16  # characters of a token
BACKLOG = 128  # connections that wait to be taken


@dataclass(frozen=True)
class Address:
    """host and port to listen on (port 0: any that is free), a token, more names for this host."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    names: tuple[str, ...] = ()


def serve(
    address: Address,
    folder: Path,
    limits: Limits,
    ready: Callable[[str], None],
    plans: Path | None = None,
) -> None:
    """Listen until interrupted. plans: a store to keep plans in instead of one in the folder.
    Raises CalloffError where that cannot be."""
    with closing(Accounts(folder)) as accounts:
        access = access_to(address, accounts)
        given = store_of_all(plans, access) if plans else None
        with closing(RunStore(folder, given)) as store, _listening(address) as listener:
            host, port = listener.getsockname()[:2]
            app = create_app(store, limits, access, _names(address))
            ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            with limited_errors():
                uvicorn.Server(quiet_config(app, limits)).run(sockets=[listener])


def quiet_config(app: FastAPI, limits: Limits, port: int = 0) -> uvicorn.Config:
    """How uvicorn serves it: it says nothing of itself, and ends without waiting for long."""
    return uvicorn.Config(
        app,
        port=port,
        http=bounded(limits),
        log_level="warning" if os.environ.get("CALLOFF_DEBUG") else "critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def access_to(address: Address, accounts: Accounts) -> Access:
    """Who may enter: on this computer alone everybody; where others can reach it, by whatever
    name or way, whoever has a key. Raises CalloffError where others would need none."""
    if address.token is not None and len(address.token) < SHORTEST:
        raise fail("web.token_short", least=SHORTEST)
    keys = address.token is not None or bool(accounts.all())
    if not keys and (address.names or not _is_loopback(address.host)):
        raise fail("web.token_needed", host=", ".join((address.host, *address.names)))
    return Access(accounts, address.token) if keys else Access()


def store_of_all(plans: Path, access: Access) -> Path:
    """The folder of a store that all may see. Raises CalloffError where people log in, of whom each
    has their own, or it is no store."""
    if access.accounts is not None:
        raise fail("serve.store_alone")
    return current(plans).root


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(address: Address) -> frozenset[str]:
    own = () if _is_loopback(address.host) else (socket.gethostname().lower(), socket.getfqdn())
    return frozenset({"localhost", address.host.lower(), *own, *address.names} - {""})


def _listening(address: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        # Only of a socket that says it is TCP does asyncio send each answer at once (TCP_NODELAY).
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # elsewhere it would let a second server in
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address.host, address.port))
            listener.listen(BACKLOG)  # whoever is told of the address may come at once
        except BaseException:
            listener.close()
            raise
        return listener
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fail("web.port", host=address.host, port=address.port, error=reason) from error
