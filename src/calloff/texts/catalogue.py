"""The one catalogue of everything calloff says, in English and Korean (messages.toml)."""

from __future__ import annotations

import locale
import os
import re
import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ko")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Key -> language -> text, with ``{name}`` where a fact goes in."""
    text = (files("calloff.texts") / "catalogue.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    return {f"{room}.{key}": words for room, keys in tables.items() for key, words in keys.items()}


def say(key: str, lang: str = "en", **facts: object) -> str:
    """The text of ``key`` in ``lang``. Raises KeyError for a key that the catalogue lacks."""
    return catalogue()[key][lang].format(**facts)


def plain(text: str) -> str:
    """A text from outside as one line, without characters that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def choose_language(asked: str | None = None) -> str:
    """The language asked for, else Korean in a Korean locale, else English."""
    if asked in LANGUAGES:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return _language(value)
    return _language(locale.getlocale()[0] or "")


def _language(name: str) -> str:
    """From "ko_KR.UTF-8" or, on Windows, "Korean_Korea"; not from "kok_IN", which is Konkani."""
    return "ko" if re.split(r"[_.@-]", name.lower())[0] in ("ko", "korean") else "en"
