"""The local page in a real browser: a file dropped in, looked at, taken along, found again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx", "axe_playwright_python"):
    pytest.importorskip(needed, reason=NEEDED)

import serving  # noqa: E402
from pages import SLOW, accessible, drop, quiet_page  # noqa: E402
from support import real_file  # noqa: E402


def names(page: Any) -> list[str]:
    return [each.strip() for each in page.locator("table.build tbody th").all_inner_texts()]


def saved(page: Any, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_morning_with_the_page(chromium: Any, tmp_path: Path) -> None:
    path = real_file("kamp_until_1022.xls")
    state = tmp_path / "cookies.json"
    with serving.process(tmp_path / "kept") as (running, address):
        context = chromium.new_context(locale="en-US", accept_downloads=True)
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_text("No runs yet.").wait_for()
            drop(page, path)
            page.locator("progress").wait_for()
            page.get_by_role("heading", name="Monday, October 25, 2021").wait_for()
            by_size = names(page)
            page.locator("table.build thead").get_by_role("button", name="Part").first.click()
            assert names(page)[:3] == ["Part 0", "Part 1", "Part 2"] != by_size[:3]
            page.locator("table.build").get_by_role("button", name="Part 2", exact=True).click()
            page.locator("dialog[open] canvas").first.wait_for()
            page.keyboard.press("Escape")
            page.locator("dialog[open]").wait_for(state="detached")
            page.get_by_label("Own number for Part 2", exact=True).fill("555")
            page.keyboard.press("Tab")
            page.get_by_text("Saved.").wait_for()
            page.get_by_role("button", name="한국어").click()
            page.get_by_role("heading", name="2021년 10월 25일 월요일").wait_for()
            assert page.locator("html").get_attribute("lang") == "ko"
            assert saved(page, "통합 문서 (.xlsx)").startswith(b"PK")
            report = saved(page, "보고서 (.html)").decode()
            assert '<html lang="ko">' in report and "555" in report
            context.storage_state(path=state)
        context.close()
        running.kill()
        running.wait()
    port = address.rpartition(":")[2]
    with serving.process(tmp_path / "kept", "--port", port) as (_, address):
        context = chromium.new_context(locale="en-US", storage_state=state)
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_role("link", name="kamp_until_1022.xls").click()
            page.get_by_role("heading", name="2021년 10월 25일 월요일").wait_for()
            field = page.get_by_label("Part 2의 직접 입력 수량", exact=True)
            page.get_by_label("품번 찾기").fill("Part 2")
            assert field.input_value() == "555"
        context.close()


def test_an_earlier_forecast_is_scored_on_the_page(chromium: Any, tmp_path: Path) -> None:
    path = real_file("kamp_until_1022.xls")
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_text("Settings").click()
            page.get_by_label("As of", exact=True).fill("2021-10-18")
            page.locator("select[name=keep]").select_option("false")  # what came long ago
            page.set_input_files("#files", path)
            page.get_by_text("No earlier forecast has come due yet").wait_for()
            page.get_by_text("Settings").click()
            page.get_by_label("As of", exact=True).fill("")
            page.get_by_role("button", name="Forecast again").click()
            row = page.locator("#earlier tbody tr")
            row.wait_for()
            assert row.inner_text().split("\t")[:2] == ["Mon, Oct 18", "Thu, Oct 21"]
            page.get_by_text("Parts of Thu, Oct 21").click()
            page.locator("#earlier details th[scope=row]").first.wait_for()
            assert page.locator("#earlier details th[scope=row]").count() > 100
            accessible(page)
        context.close()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_state_is_accessible(chromium: Any, plan: Path, tmp_path: Path, look: str) -> None:
    wrong = tmp_path / "<img src=x onerror=alert(1)>.csv"
    wrong.write_text("part,issued_at,<script>alert(1)</script>\nA,1,2\n")
    with serving.server(tmp_path / "kept") as address:
        context = chromium.new_context(color_scheme=look, locale="ko-KR",
                                      viewport={"width": 390, "height": 844})  # fmt: skip
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_text("아직 실행이 없습니다.").wait_for()
            accessible(page)
            page.set_input_files("#files", plan)
            page.locator("table.build").wait_for()
            page.get_by_text("설정").click()
            accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.goto(f"{address}/#/")
            page.set_input_files("#files", wrong)
            page.locator(".problems").wait_for()
            assert "_img src=x onerror" in page.locator(".lede").inner_text()
            assert "script" in page.locator(".problems").inner_text()
            assert page.locator("main img, main script").count() == 0
            accessible(page)
            page.goto(f"{address}/#/")
            page.locator("tbody tr").nth(1).wait_for()
            accessible(page)
        context.close()


def test_a_server_for_several_asks_for_name_and_key(chromium: Any, tmp_path: Path) -> None:
    from calloff.web.accounts import Accounts
    from calloff.web.callers import Access

    with closing(Accounts(tmp_path)) as accounts:
        key = accounts.new_key("ann", "planning")
        with serving.server(tmp_path, access=Access(accounts)) as address:
            context = chromium.new_context(locale="en-US")
            page = context.new_page()  # its console tells of the refused requests, as it should
            page.goto(address)
            page.get_by_label("Name").fill("ann")
            page.get_by_label("Key").fill("wrong")
            page.get_by_role("button", name="Enter").click()
            page.get_by_role("alert").wait_for()
            accessible(page)
            page.get_by_label("Key").fill(key)
            page.keyboard.press("Enter")
            page.get_by_text("No runs yet.").wait_for()
            page.get_by_text("ann (planning)").wait_for()
            accessible(page)
            (cookie,) = context.cookies()
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
            linked(context, address, "ann (planning)")
            page.reload()
            page.get_by_role("button", name="Log out").click()
            page.get_by_label("Key").wait_for()
            context.close()


def linked(context: Any, address: str, text: str) -> None:
    """Come by a link from another site: no cookie is set by it, and one's own page opens."""
    before = context.cookies()
    page = context.new_page()
    page.route("http://elsewhere.example/", lambda route: route.fulfill(
        content_type="text/html", body=f'<a href="{address}/">there</a>'))  # fmt: skip
    page.goto("http://elsewhere.example/")
    with page.expect_response(f"{address}/") as opened:
        page.get_by_text("there").click()
    assert opened.value.header_value("set-cookie") is None
    page.get_by_text(text).wait_for()
    assert context.cookies() == before
    page.close()


def test_a_link_from_another_site_takes_no_runs_away(
    chromium: Any, plan: Path, tmp_path: Path
) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.set_input_files("#files", plan)
            page.locator("table.build").wait_for()
            linked(context, address, "export.xlsx")
            assert context.cookies() == []
        context.close()


def test_by_keyboard_alone(chromium: Any, plan: Path, tmp_path: Path) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            chosen: list[Any] = []
            page.on("filechooser", lambda it: chosen.append(it))  # listening begins with a delay
            page.goto(address)
            page.get_by_text("No runs yet.").wait_for()
            page.bring_to_front()
            page.keyboard.press("Tab")
            page.locator(".skip:focus").wait_for()
            page.keyboard.press("Enter")
            page.locator("main:focus").wait_for()
            page.keyboard.press("Tab")
            page.locator(".main-button:focus").wait_for()
            page.keyboard.press("Enter")
            for _ in range(SLOW // 50):
                if chosen:
                    break
                page.wait_for_timeout(50)
            chosen[0].set_files(plan)
            page.locator("table.build").wait_for()
            page.get_by_role("searchbox").focus()
            page.locator("table.build .open").first.focus()
            page.keyboard.press("Enter")
            page.locator("dialog[open]").wait_for()
            page.keyboard.press("Escape")
            page.locator("dialog[open]").wait_for(state="detached")
        context.close()
