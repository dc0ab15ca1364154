"""Connections that send nothing or too slowly, and what a server says of all that."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from calloff.web.limits import Limits
from calloff.web.logs import LONGEST, LineLimit
from calloff.web.server import Address, _listening
from serving import server

LIMITS = Limits(head=1.0, idle=1.0, connections=30, pace=1e5)
HEAD = b"GET /api/about HTTP/1.1\r\nHost: localhost\r\n"
PUT = (b"PUT /api/runs/" + b"0" * 20 + b"/overrides HTTP/1.1\r\nHost: localhost\r\n"
       b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n")  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("bounded"), LIMITS) as found:
        yield found


def test_an_answer_is_sent_at_once() -> None:
    """Else its second piece waits until the caller's system acknowledges the first: 40 ms."""
    with _listening(Address(port=0)) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.proto == socket.IPPROTO_TCP  # what asyncio looks at


def line(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def closed_after(connection: socket.socket, piece: bytes = b"") -> float:
    """Seconds until the server lets go, while a piece is sent every tenth of one."""
    began = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - began < 15:
        try:
            if piece:
                connection.sendall(piece)
            if connection.recv(1000) == b"":
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began
    raise AssertionError("it waits for ever")


def test_a_connection_that_sends_nothing_is_closed(address: str) -> None:
    with line(address) as connection:
        assert 0.5 < closed_after(connection) < 10


def test_a_head_that_comes_letter_by_letter_is_not_waited_for(address: str) -> None:
    with line(address) as connection:
        connection.sendall(HEAD + b"X-Slow: ")
        assert 0.5 < closed_after(connection, b"x") < 10


def test_the_head_of_the_next_request_has_as_long(address: str) -> None:
    with line(address) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert b" 200 " in connection.recv(10_000)
        connection.sendall(HEAD)
        assert 0.5 < closed_after(connection, b"x: y\r\n") < 10


def test_a_body_that_comes_letter_by_letter_is_not_waited_for(address: str) -> None:
    with line(address) as connection:
        connection.sendall(PUT)
        assert closed_after(connection, b" ") < 12  # 408, and then the next head does not come


def test_who_does_not_take_the_answer_is_let_go(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    size = len(httpx.get(f"{address}/pages/echarts.min.js").content)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect((host, int(port)))
        whole = b"GET /pages/echarts.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(whole * 20)
        time.sleep(4)
        connection.settimeout(10)
        assert received(connection) < 20 * size  # closed before all of it was there
        assert httpx.get(f"{address}/api/about").status_code == 200


def received(connection: socket.socket) -> int:
    """Bytes that still come."""
    total = 0
    try:
        while piece := connection.recv(1 << 20):
            total += len(piece)
    except (ConnectionError, TimeoutError):
        pass
    return total


def test_many_silent_connections_keep_nobody_out(address: str) -> None:
    silent = [line(address) for _ in range(100)]
    try:
        until = time.monotonic() + 60  # a machine may be busy
        while time.monotonic() < until:
            try:
                assert httpx.get(f"{address}/api/about").status_code == 200
                break
            except httpx.TransportError:  # all places are taken, for a moment
                time.sleep(0.2)
        else:
            raise AssertionError("nobody was served")
    finally:
        for connection in silent:
            connection.close()


def test_so_many_lines_a_minute_and_none_of_them_long() -> None:
    limit = LineLimit(lines=3)
    said = [limit.take(b"x" * 10 + b"\n", float(second)) for second in range(59)]
    assert said == [b"x" * 10 + b"\n"] * 3 + [b""] * 56
    again = limit.take(b"y" * 10_000 + b"\n", 61.0)
    assert again.startswith(b"... 56 more lines were left out\n" + b"y" * LONGEST)
    assert len(again) < LONGEST + 50


def test_what_is_said_below_python_is_limited_too() -> None:
    code = """
import os
from calloff.web.logs import limited_errors
with limited_errors():
    for number in range(100_000):
        os.write(2, b"panicked at " + str(number).encode() + b" " * 100 + b"!\\n")
os.write(2, b"after\\n")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    lines = done.stderr.splitlines()
    assert done.returncode == 0
    assert lines[0].startswith(b"panicked at 0 ")
    assert len(lines) <= 200 and lines[-1] == b"after"


def is_socket(place: Path) -> bool:
    try:
        return str(place.readlink()).startswith("socket:")
    except OSError:  # closed since it was listed
        return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to count in")
def test_closed_connections_give_their_places_back(address: str) -> None:
    def count() -> int:
        """Sockets of this process; its files are opened and closed by others meanwhile."""
        return sum(is_socket(each) for each in Path("/proc/self/fd").iterdir())

    before = count()
    for _ in range(50):
        with line(address) as connection:
            connection.sendall(HEAD + b"\r\n")
            assert b" 200 " in connection.recv(10_000)  # so it was taken
            connection.sendall(b"GET")
    until = time.monotonic() + 60  # a machine may be busy
    while (found := count()) > before + 5 and time.monotonic() < until:
        time.sleep(0.1)
    assert found <= before + 5
