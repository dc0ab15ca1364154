"""Make the glossary of the catalogue's words: python docs/make_glossary.py

The catalogue (src/calloff/texts/catalogue.toml) is the one list of words, in both languages: table
``term`` names what stands on screen, page, report and workbook, ``glossary_name`` the other things,
``glossary`` says what they are. [word] in a text is a link to another word.
"""

from __future__ import annotations

import re
from pathlib import Path

from calloff.texts.catalogue import catalogue, say

PAGE = Path(__file__).parent / "glossary.md"
LINK = re.compile(r"\[([\w +-]+)\](?!\()")
HEAD = """# Glossary

*For everybody: the words, in English and Korean.*

The words of these pages, of terminal, report and workbook, and of the code: one for each thing. The rules behind them: [the protocol](protocol.md).

```{glossary}
"""  # noqa: E501


def name(key: str, lang: str) -> str:
    """What a thing is called."""
    table = "glossary_name" if f"glossary_name.{key}" in catalogue() else "term"
    return say(f"{table}.{key}", lang)


def entry(key: str, korean: dict[str, str]) -> str:
    """A word with its meaning in both languages."""
    said = LINK.sub(r"{term}`\1`", say(f"glossary.{key}", "en"))
    own = LINK.sub(
        lambda found: f"{{term}}`{korean[found[1]]} <{found[1]}>`", say(f"glossary.{key}", "ko")
    )
    return f"{name(key, 'en')}\n  {said}\n\n  **{name(key, 'ko')}** {own}\n"


def glossary() -> str:
    """The page."""
    keys = [key.partition(".")[2] for key in catalogue() if key.startswith("glossary.")]
    korean = {name(key, "en"): name(key, "ko") for key in keys}
    entries = [entry(key, korean) for key in sorted(keys, key=lambda key: name(key, "en").lower())]
    return HEAD + "\n".join(entries) + "```\n"


if __name__ == "__main__":
    PAGE.write_text(glossary(), encoding="utf-8")
