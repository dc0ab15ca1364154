"""The page's words, from the one catalogue."""

from __future__ import annotations

from typing import Any

from calloff.messages import catalogue

ROOM = "webpage."


def words(lang: str) -> dict[str, Any]:
    """page: texts of the page around the view; view: those of the view."""
    from calloff.pages.strings import strings

    texts = {key: text[lang] for key, text in catalogue().items() if key.startswith(ROOM)}
    page = {key.removeprefix(ROOM): text for key, text in texts.items()}
    return {"lang": lang, "page": page, "view": strings(lang)}
