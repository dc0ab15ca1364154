"""An answer that comes after that to a later question, or to a page that was left, changes nothing
on the page."""

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
from pages import late_answer, open_run, quiet_page  # noqa: E402


@pytest.fixture
def served(plan: Path, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and three finished runs on it."""
    with (
        serving.server(tmp_path) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        settings = {"method": "ratio", "keep": "false"}
        begun = [serving.upload(client, plan, **settings)["id"] for _ in range(3)]
        yield address, [serving.ended(client, name)["id"] for name in begun]


def test_of_the_list_of_runs(chromium: Any, served: tuple[str, list[str]]) -> None:
    context = chromium.new_context(locale="en-US")
    with quiet_page(context) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{served[0]}/#/")
        lines = page.locator(".home tbody tr")
        lines.nth(2).wait_for()
        with late_answer(page, "**/api/runs?*"):
            for at in (2, 1):
                with page.expect_response(lambda answer: answer.request.method == "DELETE"):
                    lines.nth(at).get_by_role("button").click()
            lines.nth(1).wait_for(state="detached")
        assert lines.count() == 1
    context.close()


def test_of_a_name(chromium: Any, served: tuple[str, list[str]]) -> None:
    address, (run, *_) = served
    context = chromium.new_context(locale="en-US")
    page = open_run(context, address, run)
    with late_answer(page, f"**/api/runs/{run}/name?*"):
        for name in ("Monday", "Tuesday"):
            page.get_by_label("Name of this run").fill(name)
            page.get_by_label("Name of this run").press("Tab")
        page.wait_for_timeout(300)  # the second would be answered by then
    page.get_by_text("Saved.").wait_for()
    page.wait_for_timeout(300)
    assert "Tuesday" in page.title()
    assert httpx.get(f"{address}/api/runs/{run}").json()["name"] == "Tuesday"
    context.close()


def test_of_own_numbers_when_a_tab_is_looked_at_again(
    chromium: Any, served: tuple[str, list[str]]
) -> None:
    address, (run, *_) = served
    context = chromium.new_context(locale="en-US")
    page = open_run(context, address, run)
    number = page.get_by_label("Own number for Part 4", exact=True)
    with late_answer(page, f"**/api/runs/{run}/overrides?*"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        number.fill("100")
        number.press("Enter")
        page.wait_for_timeout(300)  # it would be saved by then
    page.get_by_text("Saved.").wait_for()
    assert number.input_value() == "100"
    context.close()


def test_of_a_page_that_was_left(chromium: Any, served: tuple[str, list[str]]) -> None:
    address, (run, *_) = served
    context = chromium.new_context(locale="en-US")
    with quiet_page(context) as page:
        page.goto(f"{address}/#/")
        lines = page.locator(".home tbody tr")
        lines.nth(2).wait_for()
        with late_answer(page, f"**/api/runs/{run}?*"):
            with page.expect_request(f"**/api/runs/{run}?*"):
                page.goto(f"{address}/#/run/{run}")
            with page.expect_response("**/api/runs?*"):
                page.goto(f"{address}/#/")
        assert page.locator("table.build").count() == 0
        assert lines.count() == 3
    context.close()
