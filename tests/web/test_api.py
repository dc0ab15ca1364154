"""The REST interface as its callers meet it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import python_calamine

from calloff.data.load import load
from calloff.web.limits import Limits
from input_files import wide, write
from serving import codes, ended, numbers_of, server, upload


@pytest.fixture(scope="module")
def finished(address: str, plan: Path) -> Iterator[tuple[httpx.Client, dict[str, Any]]]:
    """A caller with a finished run."""
    with httpx.Client(base_url=address, timeout=60) as client:
        made = upload(client, plan, lead=2, service_level=0.9)
        run = ended(client, made["id"])
        assert run["state"] == "done", run
        yield client, run


Finished = tuple[httpx.Client, dict[str, Any]]


def test_a_run_tells_what_was_asked_and_found(finished: Finished) -> None:
    client, run = finished
    assert run["files"] == ["export.xlsx"]
    assert run["settings"]["lead"] == run["facts"]["lead"] == 2
    assert run["share"] == 1.0 and run["problems"] == []
    assert run["facts"]["cutoff"] < run["facts"]["targets"][0]
    assert run["id"] in [each["id"] for each in client.get("/api/runs").json()]


def test_the_results_of_a_run(finished: Finished, plan: Path) -> None:
    client, run = finished
    base = f"/api/runs/{run['id']}"
    table = client.get(f"{base}/forecast").json()
    assert len(table) == run["facts"]["parts"]
    assert all(row["build"] >= 0 for row in table)
    assert client.get(f"{base}/inspection").json()["rows"] == load(plan).inspect().rows
    rows = client.get(f"{base}/summary").json()["build"]
    assert {row["part"] for row in rows} == {row["part"] for row in table}
    assert client.get(f"{base}/earlier").json() == []


def test_workbook_and_report_are_downloads(finished: Finished) -> None:
    client, run = finished
    day = run["facts"]["targets"][0]
    for lang in ("en", "ko"):
        book = client.get(f"/api/runs/{run['id']}/workbook", params={"lang": lang})
        assert f"export%20{day}.xlsx" in book.headers["content-disposition"]
        assert book.headers["content-disposition"].startswith("attachment")
        assert python_calamine.load_workbook(io.BytesIO(book.content)).sheet_names
        report = client.get(f"/api/runs/{run['id']}/report", params={"lang": lang})
        assert report.headers["content-disposition"].startswith("attachment")
        assert report.text.lower().startswith("<!doctype html>")


def test_overrides_are_kept_shown_and_replaced(finished: Finished) -> None:
    client, run = finished
    base = f"/api/runs/{run['id']}"
    part = client.get(f"{base}/forecast").json()[0]["part"]
    for value in (7.0, 9.5):
        put = client.put(f"{base}/overrides", json={"overrides": {part: value}})
        assert put.status_code == 200
        row = next(row for row in client.get(f"{base}/forecast").json() if row["part"] == part)
        shown = client.get(f"{base}/summary").json()["build"]
        assert row["override"] == value
        assert next(row["override"] for row in shown if row["part"] == part) == value
    assert client.get(base).json()["overrides"] == 1
    for wrong in ({part: -1}, {part: "x"}, {part: None}, {part: 1e300}):
        answer = client.put(f"{base}/overrides", json={"overrides": wrong})
        assert answer.status_code == 422
    assert numbers_of(client.get(f"{base}/overrides").json()) == {part: 9.5}
    client.put(f"{base}/overrides", json={"overrides": {}})


def test_the_same_files_with_other_settings(finished: Finished) -> None:
    client, run = finished
    stock = ("stock.csv", b"part,stock\nPart 0,100000\n")
    asked = {"again": run["id"], "lead": "3"}
    answer = client.post("/api/runs", data=asked, files={"stock": stock})
    second = ended(client, answer.json()["id"])
    assert (second["state"], second["facts"]["lead"]) == ("done", 3)
    assert second["tables"] == {"stock": "stock.csv"}
    third = client.post("/api/runs", data={"again": second["id"]}).json()
    table = client.get(f"/api/runs/{ended(client, third['id'])['id']}/forecast").json()
    assert next(row for row in table if row["part"] == "Part 0")["stock"] == 100000


def test_forecast_and_inspect_answer_at_once(client: httpx.Client, plan: Path) -> None:
    files = {"files": (plan.name, plan.read_bytes())}
    before = len(client.get("/api/runs").json())
    found = client.post("/api/forecast", files=files, data={"method": "plan"}).json()
    assert found["run"]["facts"]["method"] == "plan"
    assert all(row["forecast"] == row["plan"] for row in found["forecast"])
    inspection = client.post("/api/inspect", files=files).json()
    assert inspection["parts"] == 8
    assert inspection["files"][0]["file"] == "export.xlsx"
    kept = [each["id"] for each in client.get("/api/runs").json()]
    assert kept[0] == found["run"]["id"]
    assert len(kept) == before + 1  # looking leaves nothing behind


def test_faults_of_a_file_are_told_in_both_languages(client: httpx.Client, tmp_path: Path) -> None:
    table = [["part", "issued_at", "nonsense"], ["A", 1, 2]]
    path = write(tmp_path / "계획.csv", table)
    run = ended(client, upload(client, path)["id"])
    assert run["state"] == "failed"
    (problem,) = run["problems"]
    assert problem["where"]["file"] == "계획.csv"
    assert problem["message"].startswith("계획.csv")
    korean = client.get(f"/api/runs/{run['id']}", params={"lang": "ko"}).json()["problems"][0]
    accepted = client.get(f"/api/runs/{run['id']}", headers={"Accept-Language": "fr, ko-KR;q=0.8"})
    assert korean == accepted.json()["problems"][0]
    assert (korean["code"], korean["message"] != problem["message"]) == (problem["code"], True)
    answer = client.post("/api/forecast", files={"files": ("계획.csv", path.read_bytes())})
    assert answer.status_code == 422
    assert codes(answer) == [problem["code"]]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "web.missing"), ({"lead": "0"}, "web.low"), ({"lead": "400"}, "web.high"),
        ({"lead": "x"}, "web.value"),
        ({"service_level": "1"}, "web.high"), ({"service_level": "nan"}, "web.value"),
        ({"as_of": "yesterday"}, "web.value"), ({"colour": "red"}, "web.unknown"),
        ({"again": "nobody's"}, "web.absent"), ({"days": "32"}, "web.high"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(client: httpx.Client, fields: dict[str, str], code: str) -> None:
    answer = client.post("/api/runs", data=fields, files=[])
    expected = 404 if code == "web.absent" else 422
    assert (answer.status_code, codes(answer)) == (expected, [code])


@pytest.mark.parametrize("name", ["stock", "pack", "parts", "layout"])
def test_faults_of_the_small_tables_name_them(client: httpx.Client, plan: Path, name: str) -> None:
    files = [
        ("files", (plan.name, plan.read_bytes())),
        (name, (f"my {name}.csv", b"part,x\nA,1\n")),
    ]
    run = ended(client, client.post("/api/runs", files=files).json()["id"])
    assert run["state"] == "failed"
    assert run["problems"][0]["message"].startswith(f"my {name}.csv")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"method": "magic"}, "method.unknown"), ({"exclude": "Part 99"}, "part.unknown"),
        ({"as_of": "1999-01-01"}, "forecast.nothing_known"), ({"lead": 300}, "forecast.horizon"),
        ({"shortage_cost": 2}, "build.costs"),
    ],
)  # fmt: skip
def test_settings_that_the_file_cannot_meet(
    client: httpx.Client, plan: Path, fields: dict[str, Any], code: str
) -> None:
    run = ended(client, upload(client, plan, **fields)["id"])
    assert (run["state"], run["problems"][0]["code"]) == ("failed", code)
    book = client.get(f"/api/runs/{run['id']}/workbook")
    assert (book.status_code, codes(book)) == (409, ["web.unready"])


def test_a_run_can_be_deleted_and_started_again(client: httpx.Client, plan: Path) -> None:
    run = ended(client, upload(client, plan, method="magic")["id"])
    again = client.post(f"/api/runs/{run['id']}/restart")
    assert again.status_code == 202
    assert ended(client, run["id"])["state"] == "failed"
    assert client.delete(f"/api/runs/{run['id']}").status_code == 204
    gone = client.get(f"/api/runs/{run['id']}")
    assert (gone.status_code, codes(gone)) == (404, ["web.absent"])
    assert run["id"] not in [each["id"] for each in client.get("/api/runs").json()]


def test_only_what_came_to_nothing_starts_again(finished: Finished) -> None:
    client, run = finished
    answer = client.post(f"/api/runs/{run['id']}/restart")
    assert (answer.status_code, codes(answer)) == (409, ["web.state"])


def test_several_files_of_one_name_are_one_input(client: httpx.Client, tmp_path: Path) -> None:
    table = wide(parts=3, days=8)
    halves = [[table[0], *table[1:13]], [table[0], *table[13:]]]
    parts = [write(tmp_path / f"{n}.csv", half).read_bytes() for n, half in enumerate(halves)]
    files = [("files", ("plan.csv", content)) for content in parts]
    found = client.post("/api/inspect", files=files).json()
    assert (found["issue_days"], found["rows_used"]) == (8, 24)
    assert [each["file"] for each in found["files"]] == ["plan.csv", "plan (2).csv"]


def test_what_is_no_api_is_told_in_the_same_shape(client: httpx.Client) -> None:
    for path, method, status in (
        ("/api/nothing", "GET", 404), ("/nothing", "GET", 404), ("/api/runs", "PATCH", 405),
        ("/web/../../../etc/passwd", "GET", 404), ("/web/%2e%2e/app.py", "GET", 404),
    ):  # fmt: skip
        answer = client.request(method, path)
        assert answer.status_code == status
        codes(answer)
    assert client.put("/api/runs").headers["allow"] == "GET, POST"


def test_a_summary_of_another_version_is_made_anew(tmp_path: Path, plan: Path) -> None:
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        run = ended(client, upload(client, plan)["id"])["id"]
        found = client.get(f"/api/runs/{run}/summary").json()
        (tmp_path / "runs" / run / "result" / "summary.json").write_text('{"format": 0}')
        assert client.get(f"/api/runs/{run}/summary").json() == found


def test_work_that_takes_too_long_is_ended(tmp_path: Path, plan: Path) -> None:
    limits = Limits(seconds=0.01, workers=1)
    with server(tmp_path, limits) as address, httpx.Client(base_url=address, timeout=60) as client:
        run = ended(client, upload(client, plan)["id"])
        assert run["problems"][0]["code"] == "web.timeout"
        files = {"files": (plan.name, plan.read_bytes())}
        answer = client.post("/api/inspect", files=files)
        assert (answer.status_code, codes(answer)) == (503, ["web.timeout"])


def test_a_queue_that_is_full_says_so(tmp_path: Path, plan: Path) -> None:
    limits = Limits(queue=0)
    with server(tmp_path, limits) as address, httpx.Client(base_url=address) as client:
        answer = client.post("/api/runs", files={"files": (plan.name, plan.read_bytes())})
        assert (answer.status_code, codes(answer)) == (503, ["web.full"])
        assert answer.headers["retry-after"]
