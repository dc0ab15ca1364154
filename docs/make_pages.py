"""Make the pictures of the report: python docs/make_pages.py [EXPORT]

EXPORT: the customer's plans (default: a synthetic customer's, made on the spot). Needs Chromium
and `pip install 'calloff[browser]'`, and pdftoppm for the printed page.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from calloff.data.load import load
from calloff.planning.results import run, source
from calloff.report.html.render import render_report
from calloff.report.summary.summarise import Summary, summarise
from calloff.synth import Customer, make, write_export

IMAGES = Path(__file__).parent / "images"
COLOURS = 128  # of a picture: enough for the pages, and small
CHROMIUM = os.environ.get("CALLOFF_CHROMIUM") or shutil.which("chromium") or "chromium"


@dataclass(frozen=True)
class Shot:
    """A picture: language, colours, size of the window, and what to do before it is taken."""

    name: str
    lang: str = "en"
    scheme: str = "light"
    width: int = 1280
    height: int = 860
    before: Callable[[Page], object] = lambda page: None


def scroll_to(place: str) -> Callable[[Page], object]:
    return lambda page: page.evaluate(
        "place => document.querySelector(place).scrollIntoView({ behavior: 'instant' })", place
    )


def open_part(page: Page) -> None:
    page.click("table.build tbody tr >> nth=1 >> button.open")
    page.wait_for_selector("dialog canvas")


SHOTS = (
    Shot("report-light"),
    Shot("report-scores", before=scroll_to("#scores")),
    Shot("report-part", height=1000, before=open_part),
    Shot("report-data", scheme="dark", before=scroll_to("#data")),
    Shot("report-dark", scheme="dark"),
    Shot("report-ko", lang="ko"),
    Shot("report-narrow", width=360, height=860),
    Shot("report-narrow-part", lang="ko", scheme="dark", width=360, height=860, before=open_part),
)


def summary_of(path: Path) -> Summary:
    return summarise(run(load(path), sources=[source(path)]))


def synthetic(folder: Path) -> Path:
    path = folder / "export.xlsx"
    write_export(make(Customer(parts=60)), path)
    return path


def shoot(browser: Any, page_of: dict[str, Path], shot: Shot) -> None:
    size = {"width": shot.width, "height": shot.height}
    context = browser.new_context(viewport=size, color_scheme=shot.scheme, offline=True)
    page = context.new_page()
    page.goto(page_of[shot.lang].as_uri())
    page.wait_for_selector("table.build tbody tr")
    shot.before(page)
    page.wait_for_timeout(1200)  # charts have come to rest
    target = IMAGES / f"{shot.name}.png"
    page.screenshot(path=target)
    shrink(target)
    context.close()


def print_first_sheet(browser: Any, path: Path, folder: Path) -> None:
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("table.build tbody tr")
    page.pdf(path=folder / "report.pdf", format="A4", print_background=True)
    page.close()
    for sheet in (1, 3):
        target = IMAGES / f"report-print-{sheet}"
        words = ["-png", "-r", "80", "-f", str(sheet), "-l", str(sheet), "-singlefile"]
        subprocess.run(["pdftoppm", *words, folder / "report.pdf", target], check=True)
        shrink(target.with_suffix(".png"))


def shrink(path: Path) -> None:
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(path.name, small.size, f"{path.stat().st_size // 1024} KiB")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        summary = summary_of(Path(sys.argv[1]) if len(sys.argv) > 1 else synthetic(folder))
        page_of = {lang: folder / f"{lang}.html" for lang in ("en", "ko")}
        for lang, path in page_of.items():
            path.write_text(render_report(summary, lang), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for shot in SHOTS:
            shoot(browser, page_of, shot)
        print_first_sheet(browser, page_of["en"], folder)
        browser.close()


if __name__ == "__main__":
    main()
