"""Own numbers on the page: nothing that a planner typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

import httpx  # noqa: E402

import serving  # noqa: E402
from calloff.synth import Customer, make, write_export  # noqa: E402
from pages import SLOW, open_run  # noqa: E402


@pytest.fixture(scope="module")
def run(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server, and of a finished run on it."""
    with serving.server(tmp_path_factory.mktemp("kept")) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            found = serving.ended(client, serving.upload(client, plan)["id"])
        yield address, found["id"]


@pytest.fixture
def tabs(chromium: Any, run: tuple[str, str]) -> Iterator[Any]:
    """Opens the run in a tab of one browser, which has no numbers yet."""
    address, name = run
    httpx.put(f"{address}/api/runs/{name}/overrides", json={"overrides": {}})
    context = chromium.new_context(locale="en-US")
    yield lambda: open_run(context, address, name)
    context.close()


def own(page: Any, part: str) -> Any:
    return page.get_by_label(f"Own number for {part}", exact=True)


def numbers(run: tuple[str, str]) -> dict[str, Any]:
    address, name = run
    found: dict[str, Any] = httpx.get(f"{address}/api/runs/{name}/overrides").json()
    return found


def test_two_tabs_keep_each_other_s_numbers(tabs: Any, run: tuple[str, str]) -> None:
    one, two = tabs(), tabs()
    own(one, "Part 4").fill("100")
    own(one, "Part 4").press("Enter")
    one.get_by_text("Saved.").wait_for()
    own(two, "Part 2").fill("200")
    own(two, "Part 2").press("Enter")
    two.get_by_text("Saved.").wait_for()
    assert serving.numbers_of(numbers(run)) == {"Part 4": 100, "Part 2": 200}
    assert own(two, "Part 4").input_value() == "100"  # the answer brings the other's along


def test_a_number_that_changed_meanwhile_is_not_overwritten(
    tabs: Any, run: tuple[str, str]
) -> None:
    page = tabs()
    own(page, "Part 4").fill("100")
    address, name = run
    change = {"part": "Part 4", "pieces": 55, "replaces": None}
    httpx.patch(f"{address}/api/runs/{name}/overrides", json=change).raise_for_status()
    own(page, "Part 4").press("Enter")
    page.get_by_text("is 55 by now").wait_for()
    assert serving.numbers_of(numbers(run)) == {"Part 4": 55}
    assert own(page, "Part 4").input_value() == "100"  # it is not lost either
    page.get_by_role("button", name="Save mine").click()
    page.get_by_text("Saved.").wait_for()
    assert serving.numbers_of(numbers(run)) == {"Part 4": 100}


def test_what_was_typed_is_there_after_a_reload(tabs: Any, run: tuple[str, str]) -> None:
    page = tabs()
    own(page, "Part 3").click()
    page.keyboard.type("12")
    page.evaluate("location.reload()")  # in the middle of typing: no blur, no change
    page.get_by_text("Typed, but not saved yet: 1 (Part 3)").wait_for()
    assert own(page, "Part 3").input_value() == "12"
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    assert serving.numbers_of(numbers(run)) == {"Part 3": 12}
    page.reload()
    page.locator("table.build").wait_for()
    assert page.get_by_text("Typed, but not saved yet").count() == 0


def test_leaving_the_page_saves_what_was_typed(tabs: Any, run: tuple[str, str]) -> None:
    page = tabs()
    own(page, "Part 3").click()
    page.keyboard.type("77")
    page.evaluate("location.hash = '#/'")
    page.get_by_role("link", name="export.xlsx").wait_for()
    serving.wait_for(lambda: serving.numbers_of(numbers(run)) == {"Part 3": 77})


def test_the_wheel_changes_nothing(tabs: Any, run: tuple[str, str]) -> None:
    page = tabs()
    field = own(page, "Part 4")
    field.fill("100")
    field.press("Enter")
    page.get_by_text("Saved.").wait_for()
    field.focus()
    field.hover()
    page.mouse.wheel(0, 300)
    page.get_by_text("Settings").click()
    lead = page.get_by_label("Days you need to react")
    lead.focus()
    lead.hover()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(300)
    assert (field.input_value(), lead.input_value()) == ("100", "3")
    assert serving.numbers_of(numbers(run)) == {"Part 4": 100}


def test_who_when_and_why_and_back_again(tabs: Any, run: tuple[str, str]) -> None:
    page = tabs()
    for value in ("100", "1,250"):
        own(page, "Part 4").fill(value)
        own(page, "Part 4").press("Enter")
        page.get_by_role("button", name=f"Undo Part 4: {value}").wait_for()
    why = page.get_by_label("Reason for the own number for Part 4", exact=True)
    why.fill("a fair")
    why.press("Enter")
    serving.wait_for(lambda: numbers(run)["changes"][0]["reason"] == "a fair")
    page.locator("table.build").get_by_role("button", name="Part 4", exact=True).click()
    told = page.locator(".own-changes li").all_inner_texts()
    assert [text.split(" · ")[0] for text in told[:3]] == [
        "1,250 → 1,250",
        "100 → 1,250",
        "– → 100",
    ]
    assert told[0].endswith("a fair")
    page.keyboard.press("Escape")
    for expected in ({"Part 4": 1250}, {"Part 4": 100}, {}):
        page.get_by_role("button", name="Undo Part 4").click()
        serving.wait_for(lambda expected=expected: serving.numbers_of(numbers(run)) == expected)
    serving.wait_for(lambda: own(page, "Part 4").input_value() == "")


def test_each_click_on_undo_takes_back_one_change(tabs: Any, run: tuple[str, str]) -> None:
    page = tabs()
    for value in ("100", "200", "300"):
        own(page, "Part 4").fill(value)
        own(page, "Part 4").press("Enter")
        page.get_by_role("button", name=f"Undo Part 4: {value}").wait_for()
    # faster than the server answers
    page.get_by_role("button", name="Undo Part 4").evaluate("undo => [undo.click(), undo.click()]")
    serving.wait_for(lambda: serving.numbers_of(numbers(run)) == {"Part 4": 100})
    page.get_by_role("button", name="Undo Part 4: 100").click()
    serving.wait_for(lambda: serving.numbers_of(numbers(run)) == {})


@pytest.mark.parametrize("text", ["-1", "1e12", "1.2.3", "12,34", "ten", "2000000000"])
def test_what_is_no_number_is_said_and_kept_to_be_mended(
    tabs: Any, run: tuple[str, str], text: str
) -> None:
    page = tabs()
    own(page, "Part 4").fill(text)
    own(page, "Part 4").press("Enter")
    page.get_by_text("a quantity must be a number from 0").wait_for()
    assert own(page, "Part 4").input_value() == text
    assert serving.numbers_of(numbers(run)) == {}


def test_a_server_that_goes_away_is_found_again(chromium: Any, tmp_path: Path) -> None:
    made = tmp_path / "export.xlsx"
    write_export(make(Customer(parts=12, days=42)), made)
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.set_default_timeout(3 * SLOW)
    with serving.process(tmp_path / "kept") as (running, address):
        page.goto(address)
        page.set_input_files("#files", made)
        page.locator("table.build").wait_for()
        running.kill()
        running.wait()
        own(page, "Part 2").fill("555")
        own(page, "Part 2").press("Enter")
        page.get_by_text("The server does not answer. The page goes on").wait_for()
        assert own(page, "Part 2").input_value() == "555"
    port = address.rpartition(":")[2]
    with serving.process(tmp_path / "kept", "--port", port):
        page.get_by_text("Saved.").wait_for()
        page.locator("#offline").wait_for(state="hidden")
        (run,) = httpx.get(f"{address}/api/runs").json()
        found = httpx.get(f"{address}/api/runs/{run['id']}/overrides").json()
        assert serving.numbers_of(found) == {"Part 2": 555}
    context.close()


def test_a_run_goes_on_being_shown_after_the_server_came_back(
    chromium: Any, tmp_path: Path
) -> None:
    made = tmp_path / "export.xlsx"
    write_export(make(Customer(parts=30, days=48)), made)
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.set_default_timeout(3 * SLOW)
    with serving.process(tmp_path / "kept") as (running, address):
        page.goto(address)
        page.set_input_files("#files", made)
        page.locator(".waiting progress").wait_for()
        running.kill()
        running.wait()
        page.get_by_text("The server does not answer. The page goes on").wait_for()
    port = address.rpartition(":")[2]
    with serving.process(tmp_path / "kept", "--port", port):
        page.get_by_role("button", name="Start again").click()
        page.locator("table.build").wait_for()
    context.close()
