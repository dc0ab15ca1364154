"""Several target days on the page: each has what to build and own numbers, and what is built for
one is on hand for the next."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from books import opened as read_book  # noqa: E402
from pages import SLOW, open_run  # noqa: E402

STOCK = b"part,stock,on order,safety stock\nPart 2,40,,\nPart 3,20,30,10\nPart 4,900,,\n"
PACK = b"part,pack,minimum\nPart 2,7,\nPart 3,5,10\nPart 5,12,\n"
PASTE = """(field, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste",
        { clipboardData: data, bubbles: true, cancelable: true }));
}"""
Where = tuple[str, str]


@pytest.fixture(scope="module")
def run(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Where]:
    """The address of a server, and of a run for three days, with stock and packs."""
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            files = [("files", (plan.name, plan.read_bytes())), ("stock", ("stock.csv", STOCK)),
                     ("pack", ("pack.csv", PACK))]  # fmt: skip
            answer = client.post("/api/runs", files=files, data={"days": "3", "method": "ratio"})
            assert answer.status_code == 202, answer.text
            found = serving.ended(client, answer.json()["id"])
        yield address, found["id"]


@pytest.fixture
def page(chromium: Any, run: Where) -> Iterator[Any]:
    address, name = run
    for day in targets(run):
        body = {"target": day, "overrides": {}}
        httpx.put(f"{address}/api/runs/{name}/overrides", json=body).raise_for_status()
    context = chromium.new_context(
        locale="en-US", viewport={"width": 1700, "height": 1000}, accept_downloads=True
    )
    yield open_run(context, address, name)
    context.close()


def targets(run: Where) -> list[str]:
    address, name = run
    found: list[str] = httpx.get(f"{address}/api/runs/{name}").json()["facts"]["targets"]
    return found


def served(run: Where) -> dict[tuple[str, str], dict[str, Any]]:
    """Part and target day -> a row of the interface's table."""
    address, name = run
    rows = httpx.get(f"{address}/api/runs/{name}/forecast").json()
    return {(row["part"], row["target"]): row for row in rows}


def listed(page: Any, run: Where) -> dict[tuple[str, str], list[str]]:
    """The same -> projected stock, build and finally built, as the page shows them."""
    found = {}
    for day in targets(run):
        page.select_option("#target", day)
        for row in page.locator("table.build tbody tr").all():
            part = row.locator("th").inner_text()
            cells = [row.locator(f".col-{name}") for name in ("projected", "build", "final")]
            found[part, day] = [cell.inner_text() for cell in cells]
    return found


def own(page: Any, part: str) -> Any:
    return page.locator("tr", has=page.get_by_role("button", name=part, exact=True)).locator(
        "input.own"
    )


def give(page: Any, part: str, pieces: str) -> None:
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        own(page, part).fill(pieces)
        own(page, part).press("Enter")
    page.get_by_text("Saved.").wait_for()


def in_words(row: dict[str, Any]) -> list[str]:
    shown = ["not given" if row["projected"] is None else f"{row['projected']:,.0f}"]
    shown += [f"{row[name]:,.0f}" for name in ("build", "final")]
    return [text.replace("-", "\u2212") for text in shown]


def test_each_day_has_what_to_build(page: Any, run: Where) -> None:
    rows, shown = served(run), listed(page, run)
    assert len({day for _, day in rows}) == 3
    assert shown == {key: in_words(row) for key, row in rows.items()}


def test_an_own_number_is_on_hand_for_the_days_after(page: Any, run: Where) -> None:
    first, second, third = targets(run)
    before = served(run)
    give(page, "Part 2", "400")
    give(page, "Part 5", "77")  # without a stock nothing hangs on it
    page.select_option("#target", second)
    give(page, "Part 3", "1")
    shown, rows = listed(page, run), served(run)
    assert shown == {key: in_words(row) for key, row in rows.items()}
    assert rows["Part 2", first]["final"] == 400
    assert rows["Part 2", second]["built_before"] == 400
    assert rows["Part 2", third]["built_before"] == 400 + rows["Part 2", second]["final"]
    assert rows["Part 2", second]["build"] < before["Part 2", second]["build"]
    assert rows["Part 3", first]["build"] == before["Part 3", first]["build"]
    assert rows["Part 3", third]["build"] > before["Part 3", third]["build"]
    assert rows["Part 5", second] == before["Part 5", second]


def test_the_workbook_and_the_export_say_the_same(page: Any, run: Where, tmp_path: Path) -> None:
    address, name = run
    day = targets(run)[1]
    give(page, "Part 2", "400")
    page.select_option("#target", day)
    give(page, "Part 4", "33")
    rows = served(run)
    book = tmp_path / "a.xlsx"
    book.write_bytes(httpx.get(f"{address}/api/runs/{name}/workbook", timeout=120).content)
    heads, *lines = [list(row) for row in read_book(book, values=True).worksheets[0].values]
    at = {head: place for place, head in enumerate(heads)}
    in_book = {(line[0], line[at["target day"]].date().isoformat()): line
               for line in lines if line[0] and line[at["target day"]]}  # fmt: skip
    assert in_book.keys() == rows.keys()
    for key, row in rows.items():
        line = in_book[key]
        assert line[at["build"]] == row["build"], key
        assert line[at["own number"]] == row["override"], key
        if row["stock"] is not None:
            assert line[at["projected stock"]] == pytest.approx(row["projected"]), key
    with page.expect_download() as download:
        page.get_by_role("button", name="List (.csv)").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    heads, *lines = csv.reader(text.splitlines())
    heads = [head.lower() for head in heads]
    assert len(lines) == sum(target == day for _, target in rows)
    for line in lines:
        row = rows[line[0], day]
        assert line[heads.index("target day")] == day
        assert float(line[heads.index("finally built")]) == pytest.approx(row["final"], abs=1e-3)


def test_numbers_of_all_days_come_out_of_a_workbook(page: Any, run: Where, tmp_path: Path) -> None:
    address, name = run
    first, second, _ = targets(run)
    made = tmp_path / "a.xlsx"
    made.write_bytes(httpx.get(f"{address}/api/runs/{name}/workbook", timeout=120).content)
    book = read_book(made)
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    day, mine = (heads.index(head) + 1 for head in ("target day", "own number"))
    for row in range(2, sheet.max_row + 1):
        target = sheet.cell(row, day).value
        if target and sheet.cell(row, 1).value == "Part 2":
            sheet.cell(row, mine).value = {first: 11, second: 22}.get(target.date().isoformat())
    book.save(tmp_path / "edited.xlsx")
    answer = httpx.post(f"{address}/api/runs/{name}/overrides/workbook",
                        files={"file": ("b.xlsx", (tmp_path / "edited.xlsx").read_bytes())},
                        timeout=60).json()  # fmt: skip
    assert answer["overrides"] == {first: {"Part 2": 11}, second: {"Part 2": 22}}
    assert (answer["read"], answer["changed"], answer["others"]) == (2, 2, 0)


def test_cells_are_pasted_into_the_day_that_is_chosen(page: Any, run: Where) -> None:
    address, name = run
    _, second, _ = targets(run)
    page.select_option("#target", second)
    own(page, "Part 2").evaluate(PASTE, "Part 2\t5\nPart 7\t9")
    serving.wait_for(
        lambda: (
            httpx.get(f"{address}/api/runs/{name}/overrides").json()["overrides"]
            == {second: {"Part 2": 5, "Part 7": 9}}
        )
    )


def test_fewer_days_than_were_asked_for_are_told(chromium: Any, plan: Path, tmp_path: Path) -> None:
    with serving.server(tmp_path) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            begun = serving.upload(client, plan, method="ratio", days="31")
            found = serving.ended(client, begun["id"])
        page = chromium.new_page(locale="en-US")
        page.set_default_timeout(SLOW)
        page.goto(f"{address}/#/run/{found['id']}")
        count = len(found["facts"]["targets"])
        page.locator(".fewer").wait_for()
        assert page.locator(".fewer").inner_text().endswith(f"the plans reach {count}.")
        said = page.locator(".run-tools .differing").inner_text()
        assert "Service level" not in said  # a program that gave none got the usual one
        page.close()


def test_a_number_for_another_day_is_refused(run: Where) -> None:
    address, name = run
    change = {"part": "Part 2", "pieces": 1, "replaces": None, "target": "2030-01-01"}
    answer = httpx.patch(f"{address}/api/runs/{name}/overrides", json=change)
    assert (answer.status_code, serving.codes(answer)) == (409, ["web.target"])
    assert targets(run)[0] in answer.text


def test_the_grid_adds_up_what_is_finally_built(page: Any, run: Where) -> None:
    give(page, "Part 2", "400")
    page.select_option("#grid-value", "final")
    row = page.locator("table.grid tbody tr", has=page.get_by_text("Part 2", exact=True))
    rows = served(run)
    sums = [f"{rows['Part 2', day]['final']:,.0f}" for day in targets(run)]
    shown = row.locator("td").all_inner_texts()
    assert [text for text in shown if text in sums][:3] == sums
