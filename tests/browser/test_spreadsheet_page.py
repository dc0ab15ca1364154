"""Between the page and a spreadsheet: pasted cells, Enter, an edited workbook, the list as .csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx", "axe_playwright_python"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from books import edited, opened  # noqa: E402
from calloff.synth import Customer, make, write_export  # noqa: E402
from pages import drop, open_run  # noqa: E402

PASTE = """([field, text]) => {
  const carried = new DataTransfer();
  carried.setData("text/plain", text);
  field.dispatchEvent(new ClipboardEvent("paste",
    { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def run(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            begun = serving.upload(client, plan, method="ratio", days="2")
            found = serving.ended(client, begun["id"])
        yield address, found["id"]


@pytest.fixture
def page(chromium: Any, run: tuple[str, str]) -> Iterator[Any]:
    address, name = run
    httpx.put(f"{address}/api/runs/{name}/overrides", json={"overrides": {}})
    context = chromium.new_context(locale="en-US", accept_downloads=True)
    yield open_run(context, address, name)
    context.close()


def numbers(run: tuple[str, str]) -> dict[str, float]:
    address, name = run
    return serving.numbers_of(httpx.get(f"{address}/api/runs/{name}/overrides").json())


def own(page: Any, part: str) -> Any:
    return page.get_by_label(re.compile(f"^Own number for {re.escape(part)}(,|$)"))


def parts(page: Any) -> list[str]:
    return [each.strip() for each in page.locator("table.build tbody th").all_inner_texts()]


def paste(page: Any, part: str, text: str) -> None:
    page.evaluate(PASTE, [own(page, part).element_handle(), text])


def read(path: Path) -> list[dict[str, str]]:
    text = Path(path).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_enter_goes_down_and_saves(page: Any, run: tuple[str, str]) -> None:
    first, second, third = parts(page)[:3]
    own(page, first).click()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    page.keyboard.type("22")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("document.activeElement.value") == "22"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        f"Own number for {third},"
    )
    serving.wait_for(lambda: numbers(run) == {first: 11, second: 22})


def test_a_column_of_cells_goes_down_the_list(page: Any, run: tuple[str, str]) -> None:
    listed = parts(page)
    paste(page, listed[1], "10\r\n1,250\r\n\r\n7.5\r\n")
    page.get_by_text("Pasted and saved: 3 own numbers.").wait_for()
    assert numbers(run) == {listed[1]: 10, listed[2]: 1250, listed[4]: 7.5}  # a blank cell is none


def test_parts_and_numbers_side_by_side_find_their_rows(page: Any, run: tuple[str, str]) -> None:
    paste(page, parts(page)[0], "part\tpieces\nPart 7\t70\nPart 2\t20\n")
    page.get_by_text("Pasted and saved: 2 own numbers.").wait_for()
    assert numbers(run) == {"Part 7": 70, "Part 2": 20}


@pytest.mark.parametrize("text", ["5\nmany\n6", "Part 7\t5\nPart 99\t6", "5\n-3", "1\n" * 200])
def test_cells_that_say_nothing_are_told_and_none_is_taken(
    page: Any, run: tuple[str, str], text: str
) -> None:
    paste(page, parts(page)[0], text)
    page.get_by_text("Nothing was pasted").wait_for()
    assert numbers(run) == {}


def test_an_edited_workbook_is_read_as_own_numbers(
    page: Any, run: tuple[str, str], tmp_path: Path
) -> None:
    address, name = run
    book = tmp_path / "week.xlsx"
    book.write_bytes(httpx.get(f"{address}/api/runs/{name}/workbook", timeout=120).content)
    listed = [row[0].value for row in opened(book).worksheets[0].iter_rows(2)]
    part = listed[0]
    own(page, "Part 7").fill("3")
    own(page, "Part 7").press("Tab")
    page.get_by_text("Saved.").wait_for()
    drop(page, edited(book, {2: 77}, tmp_path / "edited.xlsx"))
    page.get_by_text("1 own numbers in the workbook, 1 of them new or changed.").wait_for()
    assert numbers(run) == {"Part 7": 3} | {part: 77}  # what it has no number for stays
    assert own(page, part).input_value() == "77"
    drop(page, edited(book, {2: -5}, tmp_path / "wrong.xlsx"))
    page.get_by_text("Not saved:").wait_for()
    assert numbers(run)[part] == 77


def test_another_workbook_begins_a_new_run(page: Any, tmp_path: Path) -> None:
    made = tmp_path / "other.xlsx"
    write_export(make(Customer(parts=5, days=30)), made)
    before = page.evaluate("location.hash")
    drop(page, made)
    page.wait_for_function(
        "before => /run/.test(location.hash) && location.hash !== before", arg=before
    )


def test_the_list_as_csv_is_as_it_stands(page: Any, run: tuple[str, str], tmp_path: Path) -> None:
    own(page, "Part 3").fill("700")
    own(page, "Part 3").press("Tab")
    page.get_by_text("Saved.").wait_for()
    page.locator("table.build thead").get_by_role("button", name="Plan", exact=True).click()
    page.fill("#part-search", "Part 1")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="List (.csv)").click()
    assert waiting.value.suggested_filename.endswith(".csv")
    rows = read(waiting.value.path())
    assert [row["Part"] for row in rows] == parts(page)
    page.fill("#part-search", "")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="List (.csv)").click()
    rows = read(waiting.value.path())
    (mine,) = [row for row in rows if row["Part"] == "Part 3"]
    assert (mine["Own number"], mine["Finally built"]) == ("700", "700")
    address, name = run
    table = httpx.get(f"{address}/api/runs/{name}/forecast").json()
    wanted = {row["part"]: row["build"] for row in table if row["target"] == table[0]["target"]}
    assert {row["Part"]: float(row["Build"]) for row in rows} == wanted
