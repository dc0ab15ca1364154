"""Connections that send nothing, send a request bit by bit, or do not take their answer.

uvicorn waits for them without an end. Each would hold a file descriptor, and when there are no
more of these, nobody is served.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from calloff.web.limits import Limits


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol, with an end to each wait. ``limits`` is set by ``bounded``."""

    limits = Limits()
    _silent: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._busy():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.limits.idle, self.transport.abort)

    def resume_writing(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _await_request(self) -> None:
        """From now on the head of a request must be there in time."""
        self._stop_waiting()
        self._silent = self.loop.call_later(self.limits.head, self._close_if_silent)

    def _stop_waiting(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None

    def _close_if_silent(self) -> None:
        if not self._busy():
            self.transport.abort()

    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


def bounded(limits: Limits) -> type[BoundedProtocol]:
    """The protocol with these limits, as uvicorn makes one for each connection."""
    return type("Bounded", (BoundedProtocol,), {"limits": limits})
