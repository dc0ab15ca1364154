"""Texts for people are in British spelling throughout. Names that others gave keep theirs: Keras's
optimizers, regularizers and initializers, the titles of papers."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
OTHER = r"""
    colors? colored behaviors? favor\w* neighbor\w* labor centers? centered gray catalogs?
    labeled labeling modeled modeling canceled canceling traveled fulfill fulfillment artifacts?
    judgment toward afterward skillful defense offense
    (?:summar|normal|optim|recogn|organ|minim|maxim|penal|standard|general|initial|real|util|categor|
       emphas|apolog|synthes|vector|serial|regular|sanit|quant|randomi|discret|parametr|stabil|custom
    )iz(?:e|es|ed|ing|ations?)
    analyz(?:e|es|ed|ing)
    (?:optim|initial|regular)isers?
"""
WORDS = re.compile(rf"\b(?:{'|'.join(OTHER.split())})\b", re.IGNORECASE)
# In Markdown and docstrings: code, addresses of links, and roles of the reference.
NOT_PROSE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`|\]\([^)]*\)|https?://\S+|<[^>]*>", re.DOTALL)
TITLE = re.compile(r'\(\d{4}\),\s+"[^"]*"')  # of a paper, as its authors spell it
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"),
                *PROJECT.glob("[!.]*/README.md"), *PROJECT.glob(".github/**/*.md")])  # fmt: skip
SOURCES = sorted([*PROJECT.glob("src/**/*.py"), *PROJECT.glob("examples/*.py")])


def misspelt(text: str) -> list[str]:
    return WORDS.findall(TITLE.sub(" ", NOT_PROSE.sub(" ", text)))


def docstrings(path: Path) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def comments(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield line.partition("  # ")[2] if not line.lstrip().startswith("# ") else line


def shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def test_american_words_are_found_in_prose_alone() -> None:
    assert misspelt("The color of the center was analyzed.") == ["color", "center", "analyzed"]
    assert misspelt("`color`, [colour](color.md), ``center``\n```\ncolor\n```\nan optimizer") == []
    assert misspelt('Okabe & Ito (2008), "Color universal design".') == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_a_page_is_spelt_the_british_way(path: Path) -> None:
    assert misspelt(path.read_text(encoding="utf-8")) == []


def test_messages_are() -> None:
    texts = tomllib.loads((PROJECT / "src/calloff/texts/catalogue.toml").read_text("utf-8"))

    def english(value: object, key: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            for name, each in value.items():
                yield from english(each, name)
        elif key == "en":
            yield from (each for each in (value if isinstance(value, list) else [value]))

    every = list(map(str, english(texts)))
    assert len(every) > 500
    assert {text: found for text in every if (found := misspelt(text))} == {}


def test_docstrings_and_comments_are() -> None:
    found = {
        shown(path): words
        for path in SOURCES
        if (words := [w for text in (*docstrings(path), *comments(path)) for w in misspelt(text)])
    }
    assert found == {}
