"""Who gets in, whose runs they see, and what a lost, ended or guessed key means."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from calloff.texts.errors import CalloffError, Problem
from calloff.web import accounts as module
from calloff.web.accounts import Accounts, digest
from calloff.web.callers import Access, Caller
from calloff.web.run_store import RunStore
from calloff.web.server import Address, access_to
from calloff.web.throttle import FREE, Throttle
from serving import codes, ended, server, upload

TOKEN = "a-token-of-some-length"
KEYS = {"ann": "planning", "bob": "planning", "eve": ""}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    """Name -> key; ann and bob share a team."""
    with closing(Accounts(folder)) as made:
        return {name: made.new_key(name, team) for name, team in KEYS.items()}


@pytest.fixture(scope="module")
def address(folder: Path, keys: dict[str, str]) -> Iterator[str]:
    """A server on which they log in."""
    with closing(Accounts(folder)) as accounts:
        access = Access(accounts, TOKEN, Throttle())
        with server(folder, access=access) as found:
            yield found


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@contextmanager
def entered(address: str, name: str, key: str, **more: str) -> Iterator[httpx.Client]:
    """A browser whose user has logged in."""
    with httpx.Client(base_url=address, timeout=60) as client:
        answer = client.post("/api/session", json={"name": name, "token": key}, headers=more)
        assert answer.status_code == 204, answer.text
        yield client


def test_a_team_shares_its_runs_and_nobody_else_sees_them(
    address: str, keys: dict[str, str], plan: Path
) -> None:
    with ExitStack() as open_clients:
        ann, bob, eve = (
            open_clients.enter_context(entered(address, name, keys[name]))
            for name in ("ann", "bob", "eve")
        )
        only_the_team(ann, bob, eve, plan)


def only_the_team(ann: httpx.Client, bob: httpx.Client, eve: httpx.Client, plan: Path) -> None:
    run = upload(ann, plan)
    base = f"/api/runs/{run['id']}"
    assert run["author"] == "ann"
    assert bob.get(base).status_code == 200
    assert [each["id"] for each in bob.get("/api/runs").json()] == [run["id"]]
    for method, path in (
        ("GET", base), ("DELETE", base), ("GET", f"{base}/summary"), ("GET", f"{base}/report"),
        ("POST", f"{base}/restart"), ("GET", f"{base}/overrides"),
    ):  # fmt: skip
        answer = eve.request(method, path)
        assert (answer.status_code, codes(answer)) == (404, ["web.absent"])
    assert eve.put(f"{base}/overrides", json={"overrides": {"Part 0": 1}}).status_code == 404
    change = {"part": "Part 0", "pieces": 1, "replaces": None}
    assert eve.patch(f"{base}/overrides", json=change).status_code == 404
    assert eve.post("/api/runs", data={"again": run["id"]}).status_code == 404
    assert eve.get("/api/runs").json() == []
    assert ended(ann, run["id"])["overrides"] == 0


def test_who_asks_is_told(address: str, keys: dict[str, str]) -> None:
    with entered(address, "ann", keys["ann"]) as client:
        about = client.get("/api/about").json()
    assert (about["user"], about["team"], about["local"]) == ("ann", "planning", False)


def test_nothing_without_a_key(address: str, keys: dict[str, str]) -> None:
    with httpx.Client(base_url=address) as client:
        for headers in ({}, {"Authorization": f"Basic {TOKEN}"}, {"Cookie": "calloff_session=x"},
                        {"Cookie": f"calloff_session={keys['ann']}"}):  # fmt: skip
            for path in ("/api/runs", "/api/about", "/api/openapi.json"):
                answer = client.get(path, headers=headers)
                assert (answer.status_code, codes(answer)) == (401, ["web.token"])
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/").status_code == client.get("/api/strings").status_code == 200
        for key in (TOKEN, keys["eve"]):
            assert client.get("/api/runs", headers=bearer(key)).status_code == 200


def test_a_browser_shows_name_and_key_once(address: str, keys: dict[str, str]) -> None:
    with httpx.Client(base_url=address) as client:
        for name, key in (("ann", "wrong"), ("bob", keys["ann"])):
            wrong = client.post("/api/session", json={"name": name, "token": key})
            assert (wrong.status_code, codes(wrong)) == (401, ["web.token"])
            assert "set-cookie" not in wrong.headers
        right = client.post("/api/session", json={"name": "ann", "token": keys["ann"]})
        given = right.headers["set-cookie"]
        assert keys["ann"] not in given
        assert {"HttpOnly", "SameSite=Strict", "Max-Age=2592000"} <= set(given.split("; "))
        assert client.get("/api/runs").status_code == 200
        assert "set-cookie" not in client.get("/api/runs").headers
        assert client.delete("/api/session").status_code == 204
        assert client.get("/api/runs").status_code == 401
        again = {"Cookie": given.partition(";")[0]}
        assert client.get("/api/runs", headers=again).status_code == 401  # it is gone here, too


@pytest.mark.parametrize("site", [{"Sec-Fetch-Site": "cross-site"},
                                  {"Origin": "https://evil.example"}])  # fmt: skip
def test_another_site_gets_no_cookie(
    address: str, keys: dict[str, str], site: dict[str, str]
) -> None:
    with entered(address, "ann", keys["ann"]) as client:
        before = dict(client.cookies)
        for method, path in (("GET", "/"), ("GET", "/api/runs"), ("DELETE", "/api/session")):
            answer = client.request(method, path, headers=site)
            assert "set-cookie" not in answer.headers
        shown = {"name": "eve", "token": keys["eve"]}
        answer = client.post("/api/session", json=shown, headers=site)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers
        assert dict(client.cookies) == before
        assert client.get("/api/about").json()["user"] == "ann"


def test_a_session_is_renewed_after_a_day_but_not_for_another_site(
    address: str, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with entered(address, "ann", keys["ann"]) as client:
        old = client.cookies["calloff_session"]
        assert "set-cookie" not in client.get("/api/runs").headers
        monkeypatch.setattr(module, "RENEWED", -1.0)  # as if a day had passed
        other = client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
        assert "set-cookie" not in other.headers
        fresh = client.get("/api/runs")
        assert client.cookies["calloff_session"] != old
        assert "HttpOnly" in fresh.headers["set-cookie"]
        for secret in (old, client.cookies["calloff_session"]):  # an answer may have been lost
            alone = httpx.get(
                f"{address}/api/runs", headers={"Cookie": f"calloff_session={secret}"}
            )
            assert alone.status_code == 200
        monkeypatch.setattr(module, "RENEWED", 1e9)
        monkeypatch.setattr(module, "now", lambda ago=0.0: "2999-01-01T00:00:00.000Z")
        assert client.get("/api/runs").status_code == 401  # long unused


def test_a_lost_key_is_replaced_on_the_command_line(address: str, folder: Path) -> None:
    def command(*words: str) -> str:
        whole = [sys.executable, "-m", "calloff", "serve", "--folder", str(folder), "--lang", "en"]
        done = subprocess.run([*whole, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    first = command("--new-key", "zoë", "--team", "night shift")
    with entered(address, "zoë", first) as client:
        assert client.get("/api/about").json()["team"] == "night shift"
        second = command("--new-key", "zoë")
        assert client.get("/api/runs").status_code == 401  # a session ends with its key
        assert httpx.get(f"{address}/api/runs", headers=bearer(first)).status_code == 401
        about = httpx.get(f"{address}/api/about", headers=bearer(second)).json()
        assert (about["user"], about["team"]) == ("zoë", "night shift")
        assert "zoë\tnight shift\t20" in command("--keys")
        assert second not in command("--keys")
        command("--end-key", "zoë")
        assert httpx.get(f"{address}/api/runs", headers=bearer(second)).status_code == 401


def test_no_key_is_kept(folder: Path, keys: dict[str, str]) -> None:
    for path in folder.glob("accounts.sqlite*"):
        content = path.read_bytes()
        assert not any(key.encode() in content for key in keys.values())


def test_guesses_slow_down_and_sessions_go_on(folder: Path, keys: dict[str, str]) -> None:
    clock = [0.0]
    with closing(Accounts(folder)) as accounts:
        access = Access(accounts, None, Throttle(lambda: clock[0]))
        ann = access.login("ann", keys["ann"], "a")
        assert isinstance(ann, Caller)
        secret = access.open_session(ann, keys["ann"])
        for _ in range(FREE):
            assert access.login("ann", "wrong", "a") == Problem("web.token")
        waits = []
        for _ in range(12):
            told = access.login("ann", keys["ann"], "a")
            assert isinstance(told, Problem) and told.code == "web.guesses"
            waits.append(float(str(told.facts["seconds"])))
            clock[0] += waits[-1]
            assert access.login("ann", "wrong", "a") == Problem("web.token")
        assert waits[:4] == [1, 2, 4, 8] and waits[-1] == 300
        cookies = {"cookie": f"calloff_session={secret}"}
        assert isinstance(access.caller(cookies, "a"), Caller)
        assert isinstance(access.login("ann", keys["ann"], "b"), Caller)
        clock[0] += 300
        assert isinstance(access.login("ann", keys["ann"], "a"), Caller)
        assert access.throttle.wait("a") == 0


def test_a_server_says_how_long_to_wait(tmp_path: Path) -> None:
    with closing(Accounts(tmp_path)) as accounts, ExitStack() as stack:
        address = stack.enter_context(server(tmp_path, access=Access(accounts, TOKEN)))
        client = stack.enter_context(httpx.Client(base_url=address))
        for _ in range(FREE):
            assert client.get("/api/runs", headers=bearer("wrong")).status_code == 401
        answer = client.get("/api/runs", headers=bearer(TOKEN))
        assert (answer.status_code, codes(answer)) == (429, ["web.guesses"])
        assert answer.headers["retry-after"] == "1"


def test_what_a_throttle_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calloff.web.throttle.ADDRESSES", 3)
    throttle = Throttle(lambda: 0.0)
    for name in "abcd" * FREE:
        throttle.wrong(name)
    assert len(throttle._wrong) == 3


def test_others_reach_it_with_a_key_only(tmp_path: Path) -> None:
    with closing(Accounts(tmp_path)) as accounts:
        for address in (
            *(Address(host=host) for host in ("0.0.0.0", "::", "192.168.0.7", "plan.example")),
            Address(names=("plan.example",)),  # a server before it hands everybody on
        ):
            with pytest.raises(CalloffError) as error:
                access_to(address, accounts)
            assert error.value.problems[0].code == "web.token_needed"
            assert access_to(Address(address.host, token=TOKEN), accounts).accounts is accounts
        for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8"):
            assert access_to(Address(host=host), accounts).accounts is None
        with pytest.raises(CalloffError) as error:
            access_to(Address(token="short"), accounts)
        assert error.value.problems[0].code == "web.token_short"
        accounts.new_key("ann")
        assert access_to(Address(), accounts).accounts is accounts


def test_on_this_computer_there_is_one_owner_and_no_cookie(tmp_path: Path, plan: Path) -> None:
    with server(tmp_path) as address:
        with httpx.Client(base_url=address) as one:
            run = upload(one, plan)
            assert not one.cookies
        with httpx.Client(base_url=address) as other:  # cleared cookies, another browser
            assert ended(other, run["id"])["state"] == "done"
            assert other.get("/api/about").json()["local"]
            assert not other.cookies


def test_the_runs_of_a_former_key_come_along(tmp_path: Path, keys: dict[str, str]) -> None:
    former = "former-key-of-32-letters-or-more-x"
    with closing(Accounts(tmp_path)) as accounts:
        key = accounts.new_key("ann")
        with closing(RunStore(tmp_path)) as store:
            owner = hashlib.sha256(b"calloff owner " + former.encode()).hexdigest()[:32]
            for name in (owner, "another's"):
                store.add(store.new_id(), name, "forecast", {"files": ["old.xls"]})
        with server(tmp_path, access=Access(accounts)) as address:
            with entered(address, "ann", key) as client:
                assert client.get("/api/runs").json() == []
            with entered(address, "ann", key, Cookie=f"calloff_key={former}") as client:
                (run,) = client.get("/api/runs").json()
                assert run["files"] == ["old.xls"]
        assert digest(key) == accounts.all()[0].digest


def test_runs_without_a_name_are_given_away_on_the_command_line(tmp_path: Path) -> None:
    with closing(Accounts(tmp_path)) as accounts:
        accounts.new_key("ann")
    with closing(RunStore(tmp_path)) as store:
        for owner in ("local", "0123", "user:bob"):
            store.add(store.new_id(), owner, "forecast", {"files": []})
    whole = [sys.executable, "-m", "calloff", "serve", "--folder", str(tmp_path)]
    done = subprocess.run([*whole, "--adopt", "ann"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with closing(RunStore(tmp_path)) as store:
        assert sorted(store.owners()) == ["user:ann", "user:bob"]
        assert len(store.runs(("user:ann",))) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with closing(Accounts(tmp_path)) as accounts, pytest.raises(CalloffError):
        accounts.new_key(name)
