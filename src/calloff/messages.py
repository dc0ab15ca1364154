"""The one catalogue of everything calloff says, in English and Korean (messages.toml)."""

from __future__ import annotations

import locale
import os
import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ko")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Key -> language -> text, with ``{name}`` where a fact goes in."""
    text = (files("calloff") / "messages.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    return {f"{room}.{key}": words for room, keys in tables.items() for key, words in keys.items()}


def say(key: str, lang: str = "en", **facts: object) -> str:
    """The text of ``key`` in ``lang``. Raises KeyError for a key that the catalogue lacks."""
    return catalogue()[key][lang].format(**facts)


def choose_language(asked: str | None = None) -> str:
    """The language asked for, else Korean in a Korean locale, else English."""
    if asked in LANGUAGES:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "ko" if (locale.getlocale()[0] or "").lower().startswith("ko") else "en"
