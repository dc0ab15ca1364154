"""Make the pictures of the local page: python docs/make_local_page.py

A synthetic customer's file is dropped on a server that keeps its runs in a temporary folder. Needs
Chromium and `pip install 'calloff[web,browser]'`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from make_pages import CHROMIUM, IMAGES, shrink, synthetic
from playwright.sync_api import Page, sync_playwright

PATIENCE = 180_000  # milliseconds for a run
SHOTS = (  # name, language, colours, width, height
    ("page-light", "en-US", "light", 1280, 830),
    ("page-dark", "en-US", "dark", 1280, 830),
    ("page-ko", "ko-KR", "light", 1280, 830),
    ("page-narrow", "en-US", "light", 390, 820),
)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server that ends with the block."""
    command = [sys.executable, "-m", "calloff", "serve", "--port", "0", "--lang", "en"]
    with subprocess.Popen(
        [*command, "--folder", str(folder)], stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        address = next(word for word in running.stderr.readline().split() if "http://" in word)
        try:
            yield address
        finally:
            running.terminate()


def upload(page: Page, path: Path) -> None:
    page.set_input_files("#files", path)
    page.wait_for_selector("table.build tbody tr", timeout=PATIENCE)


def shoot(browser: Any, address: str, state: Any, shot: tuple[str, str, str, int, int]) -> None:
    name, locale, scheme, width, height = shot
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=locale,
        storage_state=state,
    )
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="export.xlsx").first.click()
    page.wait_for_selector("table.build tbody tr", timeout=PATIENCE)
    page.wait_for_selector("#scores table.methods", timeout=PATIENCE)  # the key figures are whole
    page.wait_for_timeout(1200)  # charts have come to rest
    page.screenshot(path=IMAGES / f"{name}.png")
    shrink(IMAGES / f"{name}.png")
    context.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as kept,
        serving(Path(kept) / "runs") as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        first = browser.new_context(locale="en-US")
        page = first.new_page()
        page.goto(address)
        upload(page, synthetic(Path(kept)))
        state = first.storage_state()
        for shot in SHOTS:
            shoot(browser, address, state, shot)
        browser.close()


if __name__ == "__main__":
    main()
