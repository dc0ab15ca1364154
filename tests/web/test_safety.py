"""What strangers, other web sites and odd files may not do."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.data.reading.zipped import UNPACKED
from calloff.web.limits import Limits
from calloff.web.security import HEADERS
from calloff.web.uploads import safe_name
from input_files import text, wide, xlsx
from serving import codes, ended, server, upload

LEAD = {"lead": 2, "method": "ratio"}
SCRIPT = "<img src=x onerror=alert(1)>"


def send(client: httpx.Client, name: str, content: bytes, **options: Any) -> httpx.Response:
    return client.post("/api/runs", files={"files": (name, content)}, **options)


@pytest.mark.parametrize("path", ["/", "/api/runs", "/web/page.js", "/nothing", "/api/about"])
def test_every_answer_is_dressed(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    kept = "no-store" if path.startswith("/api/") else "no-cache"
    assert headers["cache-control"] == kept
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy and policy.startswith("default-src 'self'")
    assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "localhost.evil.example"])
def test_a_name_that_was_pointed_here_gets_nothing(client: httpx.Client, host: str) -> None:
    for path in ("/", "/api/runs", "/api/strings"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, codes(answer)) == (403, ["web.host"])


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:9", "192.168.0.7"])
def test_addresses_and_localhost_are_ours(client: httpx.Client, host: str) -> None:
    assert client.get("/api/runs", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:1"},
    ],
)  # fmt: skip
def test_another_site_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = send(client, "a.csv", b"x", headers=headers)
    assert (answer.status_code, codes(answer)) == (403, ["web.origin"])
    assert client.delete("/api/runs/" + "0" * 20, headers=headers).status_code == 403
    assert client.get("/api/runs", headers=headers).status_code == 403
    page = client.get("/", headers=headers)
    assert page.status_code == 200 and "set-cookie" not in page.headers


def test_the_page_itself_may(client: httpx.Client) -> None:
    own = str(client.base_url).rstrip("/")
    headers = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    assert send(client, "a.csv", text({"": wide()}), headers=headers).status_code == 202


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that takes a megabyte and three files."""
    with server(tmp_path_factory.mktemp("small"), Limits(upload=1 << 20, files=3)) as found:
        yield found


def test_too_much_is_refused_before_it_is_read(small: str) -> None:
    with httpx.Client(base_url=small, timeout=60) as client:
        answer = send(client, "a.csv", b"x" * (2 << 20))
        assert (answer.status_code, codes(answer)) == (413, ["web.too_large"])
        files = [("files", (f"{n}.csv", b"a,b\n")) for n in range(4)]
        answer = client.post("/api/inspect", files=files)
        assert (answer.status_code, codes(answer)) == (413, ["web.too_many"])


def test_too_much_in_pieces_is_refused_on_the_way(small: str) -> None:
    head = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(20):
            yield b"1,2\n" * (1 << 15)

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    with httpx.Client(base_url=small, timeout=60) as client:
        answer = client.post("/api/runs", content=pieces(), headers=kind)
        assert (answer.status_code, codes(answer)) == (413, ["web.too_large"])


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    with server(tmp_path, Limits(idle=0.2)) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(
                b"PUT /api/runs/" + b"0" * 20 + b"/overrides HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
            )
            assert b" 408 " in line.recv(1000)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file.html"),
        ("a.xls", b"%PDF-1.7 ...", "file.pdf"),
        ("a.xlsx", b"\x7fELF\x02\x01\x01\x00" * 9, "file.binary"),
    ],
)
def test_wrong_kinds_are_refused_by_their_content(
    client: httpx.Client, name: str, content: bytes, code: str
) -> None:
    answer = send(client, name, content)
    assert (answer.status_code, codes(answer)) == (415, [code])
    assert answer.json()["problems"][0]["where"]["file"] == name


def test_a_file_without_content_is_refused(client: httpx.Client) -> None:
    answer = send(client, "a.csv", b"")
    assert (answer.status_code, codes(answer)) == (422, ["file.empty"])


def bomb() -> bytes:
    """A workbook of 600 kB that unpacks to more than is ever read."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range((UNPACKED >> 20) + 1):
                sheet.write(bytes(1 << 20))
    return made.getvalue()


def test_a_zip_bomb_is_refused_unopened(client: httpx.Client) -> None:
    content = bomb()
    assert len(content) < 1 << 20
    answer = send(client, "bomb.xlsx", content)
    assert (answer.status_code, codes(answer)) == (413, ["file.too_large"])


def test_a_sheet_that_claims_to_be_huge_fails_and_harms_nothing(
    client: httpx.Client, plan: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx({"Sheet1": wide()}))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    entries[name] = entries[name].replace(b"</sheetData>", cell)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for each, content in entries.items():
            archive.writestr(each, content)
    huge = send(client, "huge.xlsx", made.getvalue()).json()
    run = ended(client, huge["id"])
    assert (run["state"], run["problems"][0]["code"]) == ("failed", "file.too_large")
    run = ended(client, upload(client, plan, customer="Plan")["id"])
    assert run["state"] == "done", run


NAMES = [
    ("../../../evil.csv", "evil.csv"), ("..\\..\\evil.csv", "evil.csv"),
    ("/etc/passwd.csv", "passwd.csv"), ("C:\\Users\\x\\plan.csv", "plan.csv"),
    ("con.csv", "_con.csv"), (".csv", "csv"), ("...", "file"), ("a*[b]?.csv", "a__b__.csv"),
    (f"{SCRIPT}.csv", "_img src=x onerror=alert(1)_.csv"), ("납품 계획.csv", "납품 계획.csv"),
    ("x" * 300 + ".csv", "x" * 120 + ".csv"), ("가" * 300 + ".csv", "가" * 40 + ".csv"),
    ("a\u202egpj.csv", "a_gpj.csv"), ("a\x00b.csv", "a_b.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_names_without_tricks(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_odd_names_on_their_way_through(client: httpx.Client, tmp_path: Path) -> None:
    content = text({"": wide(parts=3, days=8)})
    asked = {**LEAD, "customer": "Odd"}
    for given, kept in NAMES[:9]:
        run = ended(client, send(client, given, content, data=asked).json()["id"])
        assert run["files"] == [kept]
        assert run["state"] == "done", run
    book = client.get(f"/api/runs/{run['id']}/report")
    assert "\n" not in book.headers["content-disposition"]
    assert "onerror%3D" in book.headers["content-disposition"]


def test_markup_and_formulas_in_parts_and_headers_stay_texts(client: httpx.Client) -> None:
    table = wide(parts=3, days=8)
    for row in table[1:]:
        row[0] = {"Part 0": SCRIPT, "Part 1": "=1+1", "Part 2": '"><script>'}[row[0]]
    asked = {**LEAD, "customer": SCRIPT}
    run = ended(client, send(client, "a.csv", text({"": table}), data=asked).json()["id"])
    found = client.get(f"/api/runs/{run['id']}/summary")
    assert found.headers["content-type"] == "application/json"
    assert {row["part"] for row in found.json()["build"]} == {SCRIPT, "=1+1", '"><script>'}
    report = client.get(f"/api/runs/{run['id']}/report").text
    assert "<img src=x" not in report and '"><script>' not in report
    header = [["part", "issued_at", SCRIPT], ["A", 1, 2]]
    failed = ended(client, send(client, "b.csv", text({"": header})).json()["id"])
    assert failed["state"] == "failed"
    answer = client.get(f"/api/runs/{failed['id']}")
    assert answer.headers["content-type"] == "application/json"


def test_a_disk_that_is_full_is_told(
    client: httpx.Client, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("calloff.web.uploads.shutil.copyfileobj", full)
    answer = send(client, plan.name, plan.read_bytes())
    assert (answer.status_code, codes(answer)) == (507, ["write.refused"])
    assert "No space left" in answer.json()["problems"][0]["message"]


def test_headers_with_line_breaks_make_no_headers(client: httpx.Client) -> None:
    wrong = "en\r\nSet-Cookie: a=b"
    answer = client.get("/api/runs", params={"lang": wrong})
    assert answer.status_code == 422 and "set-cookie" not in answer.headers
