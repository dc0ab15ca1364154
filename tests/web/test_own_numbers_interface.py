"""Own numbers over the interface: one at a time, refused where somebody else was first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.web.accounts import Accounts
from calloff.web.callers import Access
from serving import codes, ended, numbers_of, server, upload


@pytest.fixture(scope="module")
def base(address: str, plan: Path) -> str:
    """The address of a finished run."""
    with httpx.Client(base_url=address, timeout=60) as client:
        run = ended(client, upload(client, plan)["id"])
        assert run["state"] == "done"
        return f"/api/runs/{run['id']}"


def change(part: str, pieces: Any, replaces: Any = None, reason: str = "") -> dict[str, Any]:
    return {"part": part, "pieces": pieces, "replaces": replaces, "reason": reason}


def details(found: dict[str, Any]) -> dict[str, Any]:
    (one,) = found["details"].values()
    return dict(one)


def test_two_tabs_do_not_overwrite_each_other(client: httpx.Client, base: str) -> None:
    where = f"{base}/overrides"
    first = client.patch(where, json=change("Part 0", 5, None, "  a fair\nin May "))
    assert first.status_code == 200
    other = client.patch(where, json=change("Part 1", 7))
    assert numbers_of(other.json()) == {"Part 0": 5, "Part 1": 7}  # the first is still there
    late = client.patch(where, json=change("Part 0", 6))  # it was made up before there was a 5
    assert (late.status_code, codes(late)) == (409, ["web.changed"])
    assert "5" in late.json()["problems"][0]["message"]
    seen = client.get(where).json()
    assert details(seen)["Part 0"]["reason"] == "a fair in May"
    assert client.patch(where, json=change("Part 0", None, 5)).status_code == 200
    gone = client.patch(where, json=change("Part 0", 8, 5))
    assert (gone.status_code, codes(gone)) == (409, ["web.taken_back"])
    assert numbers_of(client.get(where).json()) == {"Part 1": 7}
    changes = client.get(where).json()["changes"]
    assert [(each["part"], each["before"], each["pieces"]) for each in changes] == [
        ("Part 0", 5, None), ("Part 1", None, 7), ("Part 0", None, 5),
    ]  # fmt: skip
    client.put(where, json={"overrides": {}})


def test_a_long_name_blocks_nothing(client: httpx.Client, base: str) -> None:
    where = f"{base}/overrides"
    for name in ("x" * 201, "가" * 5000, "a/b?c#d%2f", " "):
        assert client.patch(where, json=change(name, 3)).status_code == 200
    assert len(numbers_of(client.get(where).json())) == 4
    assert client.put(where, json={"overrides": {"x" * 300: 1}}).status_code == 200
    client.put(where, json={"overrides": {}})


@pytest.mark.parametrize(
    "wrong",
    [
        change("", 1), change("x" * 40_000, 1), change("A", -1), change("A", "x"),
        change("A", 1e300), change("A", 1, -1), change("A", 1, None, "x" * 201),
        {"part": "A", "pieces": 1}, {"part": "A", "replaces": None}, {**change("A", 1), "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_number_changes_nothing(
    client: httpx.Client, base: str, wrong: dict[str, Any]
) -> None:
    assert client.patch(f"{base}/overrides", json=wrong).status_code == 422
    assert numbers_of(client.get(f"{base}/overrides").json()) == {}


def test_it_is_said_who_gave_a_number(tmp_path: Path, plan: Path) -> None:
    with closing(Accounts(tmp_path)) as accounts:
        keys = [accounts.new_key(name, "planning") for name in ("ann", "bob")]
        with server(tmp_path, access=Access(accounts)) as address:
            ann, bob = ({"Authorization": f"Bearer {key}"} for key in keys)
            with httpx.Client(base_url=address, timeout=60, headers=ann) as client:
                run = ended(client, upload(client, plan)["id"])["id"]
                where = f"/api/runs/{run}/overrides"
                client.patch(where, json=change("Part 0", 5), headers=bob)
                late = client.patch(where, json=change("Part 0", 6))
                assert "bob" in late.json()["problems"][0]["message"]
                client.patch(where, json=change("Part 0", 6, 5))
                found = client.get(where).json()
                assert details(found)["Part 0"]["author"] == "ann"
                assert [each["author"] for each in found["changes"]] == ["ann", "bob"]
                again = client.post("/api/runs", data={"again": run}).json()["id"]
                assert ended(client, again)["state"] == "done"
                inherited = details(client.get(f"/api/runs/{again}/overrides").json())
                assert inherited["Part 0"]["author"] == "ann"


def test_no_more_than_so_many(tmp_path: Path, plan: Path) -> None:
    from calloff.web.limits import Limits

    with (
        server(tmp_path, Limits(overrides=2)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        made = ended(client, upload(client, plan)["id"])["id"]
        where = f"/api/runs/{made}/overrides"
        for name in "ab":
            assert client.patch(where, json=change(name, 1)).status_code == 200
        more = client.patch(where, json=change("c", 1))
        assert (more.status_code, codes(more)) == (413, ["web.too_many"])
        assert client.patch(where, json=change("a", 2, 1)).status_code == 200
        assert client.patch(where, json=change("a", None, 2)).status_code == 200


def test_a_workbook_is_read_as_own_numbers(client: httpx.Client, base: str, tmp_path: Path) -> None:
    from books import edited, opened

    client.put(f"{base}/overrides", json={"overrides": {"Part 2": 5.0}})
    book = tmp_path / "a.xlsx"
    book.write_bytes(client.get(f"{base}/workbook", timeout=120).content)
    part = opened(book).worksheets[0]["A2"].value
    changed = edited(book, {2: 77}, tmp_path / "b.xlsx").read_bytes()
    place = f"{base}/overrides/workbook"
    answer = client.post(place, files={"file": ("b.xlsx", changed)}, timeout=60)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert numbers_of(found) == {"Part 2": 5.0} | {part: 77.0}
    assert found["changed"] == 1 and found["others"] == 0
    again = client.post(place, files={"file": ("b.xlsx", changed)}, timeout=60).json()
    assert (again["changed"], again["read"]) == (0, found["read"])
    large = edited(book, {2: 1e12}, tmp_path / "c.xlsx").read_bytes()
    answer = client.post(place, files={"file": ("c.xlsx", large)}, timeout=60)
    assert codes(answer) == ["overrides.number"]
    assert numbers_of(client.get(f"{base}/overrides").json()) == numbers_of(found)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"part,override\nA,1\n", "overrides.no_mark"),
        ("a.xlsx", b"PK\x03\x04 and no workbook", None),
        ("../../a.pdf", b"%PDF-1.7", "file.pdf"),
    ],
)
def test_what_is_no_workbook_of_ours_is_refused(
    client: httpx.Client, base: str, name: str, content: bytes, code: str | None
) -> None:
    before = numbers_of(client.get(f"{base}/overrides").json())
    answer = client.post(f"{base}/overrides/workbook", files={"file": (name, content)}, timeout=60)
    assert 400 <= answer.status_code < 500, answer.text
    assert code is None or codes(answer) == [code]
    assert "book-" not in answer.text  # no name of a folder of the server
    assert numbers_of(client.get(f"{base}/overrides").json()) == before


def test_a_reason_hides_and_turns_no_characters(client: httpx.Client, base: str) -> None:
    where = f"{base}/overrides"
    client.put(where, json={"overrides": {}})
    assert client.patch(where, json=change("Part 2", 5, None, "a\u202eb\x07c")).status_code == 200
    assert details(client.get(where).json())["Part 2"]["reason"] == "a\ufffdb\ufffdc"
    assert client.get(f"{base}/workbook").status_code == 200
    client.put(where, json={"overrides": {}})
