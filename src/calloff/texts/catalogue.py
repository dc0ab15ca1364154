"""The one catalogue of everything calloff says, in English and Korean (catalogue.toml)."""

from __future__ import annotations

import locale
import os
import re
import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ko")
WEEKS = "_weeks"  # ends the key of a text that stands for another where a customer plans by weeks


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: key -> language -> text, with ``{name}`` where a fact goes in."""
    text = (files("calloff.texts") / "catalogue.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    return {f"{name}.{key}": words for name, keys in tables.items() for key, words in keys.items()}


def say(key: str, lang: str = "en", *, weekly: bool = False, **facts: object) -> str:
    """Give a text of the catalogue, its facts filled in.

    Args:
        key: its table and name, such as "file.empty".
        lang: "en" or "ko".
        weekly: whether the text is about a customer that plans by weeks.
        facts: what stands for ``{name}`` in the text, by name.

    Returns:
        The text. A key, language or fact that is not there is a KeyError.
    """
    said = f"{key}{WEEKS}" if weekly and f"{key}{WEEKS}" in catalogue() else key
    return catalogue()[said][lang].format(**facts)


def plain(text: str) -> str:
    """``text``, from outside, as one line, without characters that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def choose_language(asked: str | None = None) -> str:
    """Choose the language of messages.

    Args:
        asked: the language asked for, if any was.

    Returns:
        That language if there are texts in it, else "ko" in a Korean locale, else "en".
    """
    if asked in LANGUAGES:
        return asked
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return _language(value)
    return _language(locale.getlocale()[0] or "")


def _language(name: str) -> str:
    """From "ko_KR.UTF-8" or, on Windows, "Korean_Korea"; not from "kok_IN", which is Konkani."""
    return "ko" if re.split(r"[_.@-]", name.lower())[0] in ("ko", "korean") else "en"
