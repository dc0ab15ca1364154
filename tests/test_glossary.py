"""One list of words: the glossary is made of the catalogue, and no text uses a word given up."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from calloff.texts.catalogue import catalogue

# Words of our own, or translated word by word, in whose place the trade's own stand now.
GIVEN_UP = {
    "en": r"distrust|\bheld\b|× plan|plan generation",
    "ko": r"세대|의심|복사된 날|유효한 날|× 계획|[0같]\s*쌍에서|정직",
}


@pytest.fixture(scope="module")
def made(project: Path) -> ModuleType:
    path = project / "docs" / "make_glossary.py"
    spec = importlib.util.spec_from_file_location("make_glossary", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_glossary_is_made_of_the_catalogue(made: ModuleType) -> None:
    """To make it anew: python docs/make_glossary.py"""
    assert made.PAGE.read_text(encoding="utf-8") == made.glossary()


def test_every_word_has_a_name_and_is_said_once(made: ModuleType) -> None:
    keys = [key.partition(".")[2] for key in catalogue() if key.startswith("glossary.")]
    for lang in ("en", "ko"):
        names = [made.name(key, lang) for key in keys]
        assert len(names) == len(set(names))
    named = {key.partition(".")[2] for key in catalogue() if key.startswith("glossary_name.")}
    assert named <= set(keys)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_text_uses_a_word_given_up(lang: str) -> None:
    texts = {key: re.sub(r"{\w+}", "0", text[lang]) for key, text in catalogue().items()}
    found = {key: text for key, text in texts.items() if re.search(GIVEN_UP[lang], text)}
    assert found == {}


def test_pages_use_the_words_of_the_list(project: Path) -> None:
    for path in (project / "docs").rglob("*.md"):
        if path.name != "accuracy.md":  # written by a benchmark
            said = re.findall("▲ distrust|▲ 의심|복사된 날|세대", path.read_text(encoding="utf-8"))
            assert not said, path.name
