"""The page's words, from the one catalogue."""

from __future__ import annotations

from typing import Any

from calloff.texts.catalogue import catalogue


def words(lang: str) -> dict[str, Any]:
    """page: texts of the page around the view; view: those of the view."""
    from calloff.report.html.strings import strings

    names = [key.partition(".")[2] for key in catalogue() if key.startswith("webpage.")]
    page = {name: catalogue()[f"webpage.{name}"][lang] for name in names}
    return {"lang": lang, "page": page, "view": strings(lang)}
