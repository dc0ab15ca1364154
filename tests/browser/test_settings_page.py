"""Settings on the page: none travels unseen, a wrong one is shown, a day is taken on a click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx", "axe_playwright_python"):
    pytest.importorskip(needed, reason=NEEDED)

import serving  # noqa: E402
from pages import accessible, quiet_page  # noqa: E402


def test_settings_other_than_usual_are_seen_above_the_list_and_before_the_next_file(
    chromium: Any, plan: Path, tmp_path: Path
) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_text("No runs yet.").wait_for()
            assert page.locator(".differing").is_hidden()
            page.get_by_text("Settings").click()
            page.get_by_label("Days you need to react").fill("2")
            page.get_by_label("Parts to leave out of scores").fill("Part 1, Part 2")
            page.set_input_files("#files", plan)
            page.locator("table.build").wait_for()
            said = page.locator(".run-tools .differing").inner_text()
            assert "Days you need to react: 2 (usually 3)" in said
            assert "Left out of scores and of what holds for all parts: Part 1, Part 2" in said
            strip, table = page.locator(".differing"), page.locator("table.build")
            assert strip.bounding_box()["y"] < table.bounding_box()["y"]
            accessible(page)
            page.goto(f"{address}/#/")
            strip = page.locator(".next-settings .differing")
            strip.wait_for()
            assert "Days you need to react: 2 (usually 3)" in strip.inner_text()
            accessible(page)
            page.get_by_role("button", name="Back to the usual").click()
            assert strip.is_hidden()
            page.reload()
            page.get_by_role("link", name="export.xlsx").wait_for()
            assert page.get_by_label("Days you need to react").input_value() == "3"
        context.close()


def test_a_wrong_setting_opens_the_settings_and_says_so(
    chromium: Any, plan: Path, tmp_path: Path
) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.get_by_text("Settings").click()
            page.get_by_label("Target days", exact=True).fill("99")
            page.get_by_text("Settings").click()
            page.set_input_files("#files", plan)
            page.get_by_text("“Target days” cannot be used").wait_for()
            assert page.locator("details.panel").get_attribute("open") is not None
            assert page.evaluate("document.activeElement.name") == "days"
            page.get_by_label("Target days", exact=True).fill("1")
            page.get_by_label("Parts to leave out of scores").fill("Part 99")
            page.set_input_files("#files", [])
            page.set_input_files("#files", plan)
            page.get_by_text("there is no part “Part 99”").wait_for()
            assert page.locator("details.panel").get_attribute("open") is not None
        context.close()


def test_where_the_newest_plan_is_too_short_its_eve_is_taken_on_a_click(
    chromium: Any, tmp_path: Path
) -> None:
    rows = [(f"2024-01-{n:02}", f"2024-01-{n + lead:02}", (n + lead) * 7 % 11)
            for n in range(1, 11) for lead in range(4)]  # fmt: skip
    rows.append(("2024-01-11", "2024-01-11", 5))  # zeros are listed: what is not is not known
    lines = [f"{part},{','.join(map(str, row))}" for row in rows for part in ("A", "B")]
    path = tmp_path / "short.csv"
    path.write_text("part,issued_at,target,quantity\n" + "\n".join(lines))
    with serving.server(tmp_path / "kept") as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.set_input_files("#files", path)
            page.get_by_role("button", name="Forecast as of Wednesday, January 10, 2024").click()
            page.get_by_role("heading", name="Saturday, January 13, 2024").wait_for()
            assert "As of: 01/10/2024" in page.locator(".differing").inner_text()
        context.close()
