"""The site's pages: what they show runs and says what they say, and nothing public is left out."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

import calloff
import calloff.lstm
from calloff.cli.main import COMMANDS, build_parser

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "docs"))

import make_drawings  # noqa: E402
import make_outputs  # noqa: E402

PAGES = make_outputs.pages()
RUN = [page for page in PAGES if page not in make_outputs.NEEDS]  # those: tests/with_keras


def text(page: str) -> str:
    return (PROJECT / "docs" / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's export, made once and to be copied."""
    folder = tmp_path_factory.mktemp("demo")
    make_outputs.prepare(folder)
    return folder


@pytest.mark.parametrize("page", RUN)
def test_what_a_page_shows_is_what_comes(
    page: str, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make them anew: python docs/make_outputs.py"""
    if not re.search(r"```(?:console|python)\n", text(page)):
        return
    monkeypatch.chdir(tmp_path)
    shutil.copytree(demo, tmp_path, dirs_exist_ok=True)
    made = make_outputs.refreshed(text(page))
    assert make_outputs.masked(made) == make_outputs.masked(text(page))


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_only_named_are_understood(page: str) -> None:
    blocks = "".join(re.findall(r"```sh\n(.*?)```", text(page), flags=re.DOTALL))
    lines = re.findall(r"(?:^|&& |\S=\S+ )calloff (.*?)(?:  #.*)?$", blocks, flags=re.MULTILINE)
    for line in lines:
        assert build_parser("en").parse_args(shlex.split(line)).command in COMMANDS


def test_a_page_that_says_something_else_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = "```python\nprint('what comes', 1)\n```\n\n```text\nwhat came 2\n```\n"
    made = make_outputs.refreshed(page)
    assert "what comes 1" in made
    assert make_outputs.masked(made) != make_outputs.masked(page)
    again = make_outputs.refreshed(made.replace("1\n```\n", "25.3\n```\n"))
    assert make_outputs.masked(made) == make_outputs.masked(again)
    with pytest.raises(RuntimeError, match="status 2"):
        make_outputs.refreshed("```console\n$ calloff inspect absent.xlsx\n```")


def test_every_picture_has_words_in_its_place() -> None:
    for page in PAGES:
        for words, file in re.findall(r"!\[(.*?)\]\((.*?)\)", text(page)):
            assert len(words) > 20, file
            assert (PROJECT / "docs" / page).parent.joinpath(file).exists(), file


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md"])
def test_links_into_the_project_lead_somewhere(file: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)", (PROJECT / file).read_text(encoding="utf-8"))
    assert [link for link in links if not (PROJECT / link).exists()] == []


@pytest.mark.parametrize("theme", [make_drawings.LIGHT, make_drawings.DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("draw", [make_drawings.triangle, make_drawings.path])
def test_drawings_are_what_their_script_makes(
    draw: make_drawings.Draw, theme: make_drawings.Theme
) -> None:
    file = PROJECT / "docs" / "images" / f"{draw.__name__}-{theme.name}.svg"
    assert file.read_text(encoding="utf-8") == draw(theme)


def test_the_reference_has_every_public_name() -> None:
    reference = "".join(text(page) for page in PAGES if page.startswith("reference/"))
    public = {f"calloff.{name}" for name in calloff.__all__}
    public |= {f"calloff.lstm.{name}" for name in calloff.lstm.__all__}
    for module in ("keras", "lstm.onnx"):
        source = (PROJECT / f"src/calloff/{module.replace('.', '/')}").with_suffix(".py")
        source = source if source.exists() else source.with_suffix("") / "__init__.py"
        names = re.search(r"^__all__ = \[(.*?)\]", source.read_text("utf-8"), re.M | re.S)
        listed = re.findall(r'"(\w+)"', names[1]) if names else ["to_onnx"]
        public |= {f"calloff.{module}.{name}" for name in listed}
    documented = set(re.findall(r":: (calloff[\w.]*)", reference))
    assert public <= documented, sorted(public - documented)
