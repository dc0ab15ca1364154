"""A headless Chromium for the pages. Without Playwright or Chromium these tests are skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calloff.overrides.table import Overrides
from calloff.planning.results import Results
from calloff.report.html.render import render_report
from calloff.report.summary.summarise import summarise
from calloff.synth import Customer, make, write_export

Opened = Callable[..., Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser: that of CALLOFF_CHROMIUM, or Debian's, best the one without windows of its own:
    the whole one draws its tabs and bars for each context too, a second of work a test."""
    api = pytest.importorskip("playwright.sync_api", reason="pip install 'calloff[browser]'")
    path = (
        os.environ.get("CALLOFF_CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
    )
    if not path:
        pytest.skip("no Chromium is installed (set CALLOFF_CHROMIUM to its path)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a small customer, to be dropped on the local page."""
    made = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(Customer(parts=8, days=32)), made)
    return made


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens the report of an evening from the disk; what the console said must be nothing."""
    said: list[str] = []
    contexts = []

    def open_report(
        results: Results, lang: str = "en", width: int = 1280, own: Overrides | None = None,
        **options: Any,
    ) -> Any:  # fmt: skip
        path = tmp_path / "report.html"
        path.write_text(render_report(summarise(results, own), lang), encoding="utf-8")
        viewport = {"width": width, "height": 900}
        context = chromium.new_context(viewport=viewport, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("table.build tbody tr")
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert said == []
