"""A run on the page: its name, the tab, a link for a colleague, and cancelled work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx", "axe_playwright_python"):
    pytest.importorskip(needed, reason=NEEDED)

import serving  # noqa: E402
from calloff.web.worker_process import WorkerProcess  # noqa: E402
from pages import accessible, quiet_page  # noqa: E402


def test_a_run_has_a_name_its_tab_tells_it_and_its_link_can_be_sent(
    chromium: Any, plan: Path, tmp_path: Path
) -> None:
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US", viewport={"width": 390, "height": 844})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        with quiet_page(context) as page:
            page.goto(address)
            page.set_input_files("#files", plan)
            page.locator("table.build").wait_for()
            assert "export.xlsx" in page.title()
            page.locator("#scores table.methods").wait_for()  # the scores come after the list
            built = page.locator("table.build td.col-build").first.bounding_box()
            assert built["x"] + built["width"] <= 390
            page.get_by_label("Name of this run").fill("Monday")
            page.keyboard.press("Tab")
            page.get_by_text("Saved.").wait_for()
            assert "Monday" in page.title()
            page.get_by_role("button", name="Copy link").click()
            page.get_by_text("It opens on this computer only").wait_for()
            link = page.evaluate("navigator.clipboard.readText()")
            accessible(page)
            page.goto(f"{address}/#/")
            page.get_by_role("link", name="Monday").wait_for()
            other = context.new_page()
            other.goto(link)
            other.locator("table.build").wait_for()
            assert "Monday" in other.title()
        context.close()


def test_work_tells_how_long_it_takes_and_is_cancelled(
    chromium: Any, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = WorkerProcess.do

    def do(worker: WorkerProcess, job: Any, seconds: float, tell: Any, ready: Any) -> Any:
        def slow(share: float, stage: str) -> None:
            serving.halt(worker)  # it must not come to its end before it is cancelled
            tell(0.2, stage)
            serving.wait_for(lambda: serving.dead(worker))

        return sound(worker, job, seconds, slow, ready)

    monkeypatch.setattr(WorkerProcess, "do", do)
    with serving.server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.set_input_files("#files", plan)
            page.get_by_text("s to go").wait_for()
            accessible(page)
            page.get_by_role("button", name="Cancel").click()
            page.get_by_text("this run was cancelled").wait_for(timeout=1000 * serving.PATIENCE)
            page.get_by_role("button", name="Start again").wait_for()
        context.close()
