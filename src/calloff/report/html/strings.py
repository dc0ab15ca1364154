"""The words of the pages, out of the one catalogue, as JavaScript takes them."""

from __future__ import annotations

from collections.abc import Iterator

from calloff.texts.catalogue import catalogue


def strings(lang: str) -> dict[str, str]:
    """Texts of the pages in a language, ``lang``: key -> text with ``{names}`` for the page to fill
    in; the reasons of rows set aside are ``reason_...``, and ``lang`` is the language itself."""
    texts = catalogue()
    words = {name: texts[f"page.{name}"][lang] for name in _names("page")}
    reasons = {f"reason_{name}": texts[f"reason.{name}"][lang] for name in _names("reason")}
    return {"lang": lang, **words, **reasons}


def _names(table: str) -> Iterator[str]:
    return (key.split(".", 1)[1] for key in catalogue() if key.startswith(table + "."))
