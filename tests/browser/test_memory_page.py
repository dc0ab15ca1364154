"""Where there is not enough memory to keep a file's plans, looking at them is a click away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

NEEDED = "pip install 'calloff[web,webtest,browser]'"
for needed in ("fastapi", "uvicorn", "python_multipart", "httpx"):
    pytest.importorskip(needed, reason=NEEDED)

from calloff.texts.errors import Problem  # noqa: E402
from calloff.web.worker_process import WorkerProcess  # noqa: E402
from pages import accessible, quiet_page  # noqa: E402
from serving import server  # noqa: E402


def test_too_little_memory_to_keep_plans_is_enough_to_look(
    chromium: Any, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = WorkerProcess.do

    def do(worker: WorkerProcess, job: Any, *given: Any) -> Any:
        return Problem("web.memory") if job.get("keep") else sound(worker, job, *given)

    monkeypatch.setattr(WorkerProcess, "do", do)
    with server(tmp_path) as address:
        context = chromium.new_context(locale="en-US")
        with quiet_page(context) as page:
            page.goto(address)
            page.locator("details.panel summary").click()
            page.select_option("[name=method]", "ratio")
            page.set_input_files("#files", plan)
            page.get_by_text("not enough memory").wait_for()
            accessible(page)
            page.get_by_role("button", name="Only look").click()
            page.locator("table.build").wait_for()
            assert "Only looked at" in page.locator("p.kept").inner_text()
        context.close()
