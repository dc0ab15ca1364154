"""The local page's own files: every word it says is in the catalogue, nothing runs inline."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from calloff.cli.main import main
from calloff.report.html.static import CHARTS, SCRIPTS, STYLE
from calloff.texts.catalogue import WEEKS, catalogue

FAMILIES = ("stage_", "state_", "run_")


def assets(project: Path) -> Path:
    return project / "src" / "calloff" / "web" / "assets"


def test_every_word_of_the_page_is_in_the_catalogue_and_no_other(project: Path) -> None:
    script = "".join(path.read_text("utf-8") for path in assets(project).glob("*.js"))
    known = {key.partition(".")[2] for key in catalogue() if key.startswith("webpage.")}
    asked = set(re.findall(r'\bt\("(\w+)"', script))
    assert len(asked) > 30
    assert asked - known == set()
    quoted = set(re.findall(r'"(\w+)"', script))
    unused = {key for key in known if key.removesuffix(WEEKS) not in quoted}
    assert {key for key in unused if not key.startswith(FAMILIES)} == set()


def test_the_page_loads_the_view_in_its_order_and_nothing_from_elsewhere(project: Path) -> None:
    page = (assets(project) / "index.html").read_text("utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(path.startswith(("/pages/", "/web/")) for path in loaded)
    view = [path.removeprefix("/pages/") for path in loaded if path.startswith("/pages/")]
    assert [name for name in view if name != CHARTS] == [STYLE, *SCRIPTS]
    assert view.index(CHARTS) < view.index("chart.js")
    own = {path.removeprefix("/web/") for path in loaded if path.startswith("/web/")}
    assert own == {path.name for path in assets(project).iterdir()} - {"index.html"}


def test_nothing_in_it_needs_what_the_policy_forbids(project: Path) -> None:
    page = (assets(project) / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page)
    for path in assets(project).glob("*.js"):
        script = path.read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(",
                             script), path.name  # fmt: skip


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(name: str, package: str | None = None) -> object:
        return None if name == "fastapi" else find_spec("json")  # all others are there

    monkeypatch.setattr("calloff.web.find_spec", found)
    assert main(["serve", "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert "pip install 'calloff[web]'" in said and "fastapi" in said
    assert "uvicorn" not in said
