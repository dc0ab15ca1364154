"""The catalogue: both languages alike, every key that the code uses, and none that it does not."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from calloff.data.cleaning import CONFLICT_POLICIES
from calloff.data.layouts import built_in
from calloff.data.reading.cells import FAULTS
from calloff.data.reading.combining import DECLARABLE
from calloff.data.reading.detect import READABLE
from calloff.texts.catalogue import LANGUAGES, WEEKS, catalogue, choose_language, plain, say
from calloff.texts.errors import CalloffError, Problem, Where

KEY = re.compile(r"[a-z]+\.[a-z0-9_]+")
REFUSALS = ("empty", "encrypted", "html", "xml", "pdf", "archive", "binary")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_say_the_same(key: str) -> None:
    words = catalogue()[key]
    assert set(words) == set(LANGUAGES)
    assert places(words["en"]) == places(words["ko"])
    for lang in LANGUAGES:
        assert words[lang] == words[lang].strip()
        assert say(key, lang, **dict.fromkeys(places(words[lang]), "x")) is not None


def strings(project: Path) -> tuple[set[str], set[str]]:
    """Texts in the code that could be keys, and the beginnings of those made by f-strings."""
    whole, begun = set(), set()
    for path in (project / "src" / "calloff").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    tables = {key.split(".")[0] for key in catalogue()}
    keys = {text for text in whole if KEY.fullmatch(text) and text.split(".")[0] in tables}
    families = {text for text in begun if text.split(".")[0] in tables and "." in text}
    return keys - families, families


NOT_KEYS = {"backtest.csv", "forecast.xlsx", "inspection.json", "ledger.sqlite", "page.css",
            "store.json", "store.load"}  # names of files and modules  # fmt: skip


def test_every_key_in_the_code_exists(project: Path) -> None:
    keys, families = strings(project)
    assert len(keys) > 100
    assert sorted(keys - set(catalogue()) - NOT_KEYS) == []
    for family in families:
        assert any(key.startswith(family) for key in catalogue()), family


def test_no_key_is_unused(project: Path) -> None:
    """The room ``page`` is that of scripts, which tests/report/test_report.py looks through; of
    the glossary a page is made (tests/test_glossary.py)."""
    keys, families = strings(project)
    known = (*families, "page.", "glossary.", "glossary_name.")
    unused = [key for key in catalogue()
              if key.removesuffix(WEEKS) not in keys and not key.startswith(known)]  # fmt: skip
    assert unused == []


def test_every_name_of_a_thing_is_used(project: Path) -> None:
    source = project / "src" / "calloff"
    code = "".join(p.read_text("utf-8") for p in (*source.rglob("*.py"), *source.rglob("*.js")))
    terms = (key for key in catalogue() if key.startswith("term."))
    names = [key.partition(".")[2].removesuffix(WEEKS) for key in terms]
    unused = [name for name in names if not re.search(rf'"{name}"|\bterm[._]{name}\b', code)]
    assert unused == []


def test_things_have_one_name_each_and_no_name_is_of_two(project: Path) -> None:
    for lang in LANGUAGES:
        said = {key: text[lang] for key, text in catalogue().items() if key.startswith("term.")}
        names = [text for key, text in said.items() if text != said.get(key.removesuffix(WEEKS))
                 or not key.endswith(WEEKS)]  # fmt: skip
        assert sorted(names) == sorted(set(names))


def test_families_are_whole() -> None:
    """The members that f-strings ask for at run time."""
    cells = [*FAULTS[1 : FAULTS.index("row_blank")], "row_long"]
    reasons = [*FAULTS[1:], "conflict", "superseded", "not_chosen"]
    wanted = [
        *(f"cell.{name}" for name in cells),
        *(f"reason.{name}" for name in reasons),
        *(f"file.{name}" for name in REFUSALS),
        *(f"file.only_{name}" for name in ("hidden", "pivot", "own")),
        *(f"unused.{name}" for name in (*DECLARABLE, "other")),
        *(f"key.no_{name}" for name in ("plant", "customer")),
        *(f"weekday.{day}" for day in range(1, 8)),
        *(f"layout.{layout.name}" for layout in built_in()),
    ]
    assert [key for key in wanted if key not in catalogue()] == []
    cell_keys = {key.removeprefix("cell.") for key in catalogue() if key.startswith("cell.")}
    assert cell_keys == set(cells)
    assert {k.removeprefix("reason.") for k in catalogue() if k.startswith("reason.")} == set(
        reasons
    )
    assert not set(REFUSALS) & set(READABLE)
    assert CONFLICT_POLICIES[0] == "quarantine"


@pytest.mark.parametrize(
    ("settings", "lang"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "kok_IN"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko"}, "ko"),
        ({"LC_MESSAGES": "ko-KR", "LANG": "C"}, "ko"),
        ({"LC_ALL": "C", "LANG": "ko_KR"}, "en"),
    ],
)
def test_the_language_of_the_system(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], lang: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))
    assert choose_language() == lang
    assert choose_language("fr") == lang
    assert choose_language("ko") == "ko"
    monkeypatch.setattr("locale.getlocale", lambda: ("Korean_Korea", "949"))
    assert choose_language() == (lang if settings else "ko")


def test_problems_in_words() -> None:
    where = Where("plan.xls", "Sheet1", 17, "D+1", "M17")
    problem = Problem("cell.text", where, {"value": "{x}\n\x1b[31m"})
    assert problem.text() == (
        "plan.xls, sheet Sheet1, row 17, column “D+1” (M17): "
        "“{x} \ufffd[31m” is no quantity; it must be a whole number from 0"
    )
    error = CalloffError([problem, Problem("file.empty")])
    assert str(error).count("\n") == 1
    assert "시트 Sheet1, 17행" in error.text("ko")


def test_texts_from_outside_become_harmless() -> None:
    assert plain("품번 7, ok") == "품번 7, ok"
    assert plain("a\tb\x07\udcff\u202e") == "a b\ufffd\ufffd\ufffd"
