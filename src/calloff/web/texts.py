"""The page's words, from the one catalogue."""

from __future__ import annotations

from typing import Any

from calloff.texts.catalogue import catalogue


def words(lang: str) -> dict[str, Any]:
    """page: texts of the page around the view, with the names of things; view: those of the
    view."""
    from calloff.report.html.strings import strings

    names = [key.partition(".")[2] for key in catalogue() if key.startswith("webpage.")]
    page = {name: catalogue()[f"webpage.{name}"][lang] for name in names}
    view = strings(lang)
    terms = {name: text for name, text in view.items() if name.startswith("term_")}
    return {"lang": lang, "page": terms | page, "view": view}
