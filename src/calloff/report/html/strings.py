"""The words of the pages, out of the one catalogue, as JavaScript takes them."""

from __future__ import annotations

from calloff.texts.catalogue import catalogue

# Tables of the catalogue that the pages share with terminal and workbook, and which of them name
# things: on a page names begin with a capital letter.
SHARED = ("term", "meaning", "verdict", "why", "how", "choice", "skip", "finding", "reason", "lead")
NAMES = ("term", "how", "skip", "finding")


def strings(lang: str) -> dict[str, str]:
    """Texts of the pages in a language, ``lang``: key -> text with ``{names}`` for the page to
    fill in. Texts of the shared tables have the table before their key (``term_plan``);
    ``lang`` is the language itself."""
    words = {"lang": lang}
    for key, texts in catalogue().items():
        table, _, name = key.partition(".")
        if table == "page":
            words[name] = texts[lang]
        elif table in SHARED:
            text = texts[lang]
            words[f"{table}_{name}"] = text[:1].upper() + text[1:] if table in NAMES else text
    return words
