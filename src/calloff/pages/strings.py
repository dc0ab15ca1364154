"""The words of the pages, out of the one catalogue, as JavaScript takes them."""

from __future__ import annotations

from calloff.messages import catalogue


def strings(lang: str) -> dict[str, str]:
    """Key -> text with ``{names}`` for the page to fill in; the reasons of rows set aside are
    ``reason_...``; ``lang`` is the language itself."""
    rooms = {"page": "", "reason": "reason_"}
    words = {"lang": lang}
    for key, texts in catalogue().items():
        room, name = key.split(".", 1)
        if room in rooms:
            words[rooms[room] + name] = texts[lang]
    return words
