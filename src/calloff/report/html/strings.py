"""The words of the pages, out of the one catalogue, as JavaScript takes them."""

from __future__ import annotations

from calloff.texts.catalogue import catalogue

# Sections of the catalogue that the pages share with terminal and workbook, and which of them name
# things: on a page names begin with a capital letter.
SHARED = ("term", "meaning", "verdict", "why", "how", "choice", "skip", "finding", "reason")
NAMES = ("term", "how", "skip", "finding")


def strings(lang: str) -> dict[str, str]:
    """Texts for the page, in the language ``lang``: key -> text with ``{names}`` for the page to
    fill in. Texts of the shared sections of the catalogue have the section before their key
    (``term_plan``); the key "lang" is the language itself."""
    words = {"lang": lang}
    for key, texts in catalogue().items():
        section, _, name = key.partition(".")
        if section == "page":
            words[name] = texts[lang]
        elif section in SHARED:
            text = texts[lang]
            words[f"{section}_{name}"] = text[:1].upper() + text[1:] if section in NAMES else text
    return words
