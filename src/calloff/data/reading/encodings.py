"""Bytes to text: the encoding in which what stands there are words."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from calloff.texts.errors import fail

BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Letters of western Europe, and the signs that stand in names beside them.
WESTERN = set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽžŸ"
              "€–—‘’“”„•…°²³µ±§®©™·«»\u00a0")  # fmt: skip
HIGH = re.compile(r"[^\x00-\x7f]+")
LONGEST = 2  # letters with accents in a row
KOREAN = 0.9  # of what is no ASCII are syllables that Korean is written in


@dataclass(frozen=True)
class _Candidate:
    name: str
    plausible: Callable[[str], bool]


def _is_korean(text: str) -> bool:
    """Whether what is no ASCII is Korean: the 2,350 syllables of KS X 1001, a few other signs."""
    high = "".join(HIGH.findall(text))
    usual = sum("가" <= sign <= "힣" and _is_usual(sign) for sign in high)
    return usual >= KOREAN * len(high)


def _is_usual(sign: str) -> bool:
    first, second = sign.encode("cp949")
    return 0xB0 <= first <= 0xC8 and second >= 0xA1


def _is_western(text: str) -> bool:
    """Whether what is no ASCII are letters with accents, few in a row."""
    runs = HIGH.findall(text)
    return all(set(run) <= WESTERN and len(run.strip("\u00a0")) <= LONGEST for run in runs)


CANDIDATES = (_Candidate("cp949", _is_korean), _Candidate("cp1252", _is_western))


def decode(content: bytes, declared: str = "") -> str:
    """Decode the bytes of a text file.

    Args:
        content: the bytes.
        declared: the encoding that the user says it is in; empty to find it.

    Returns:
        The text.

    Raises:
        CalloffError: it is not in the declared encoding, in none that is known, or what stands
            there makes sense in more than one or in none of them.
    """
    if declared:
        return _declared(content, declared)
    for mark, name in BOMS.items():
        if content.startswith(mark):
            return _declared(content, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        found = [text for each in CANDIDATES if (text := _plausible(content, each)) is not None]
    if len(found) != 1:
        tried = ", ".join(("utf-8", *(each.name for each in CANDIDATES)))
        raise fail("file.encoding", tried=tried)
    return found[0]


def _declared(content: bytes, name: str) -> str:
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise fail("file.not_encoding", name=name) from error
    return text.removeprefix("\ufeff")


def _plausible(content: bytes, candidate: _Candidate) -> str | None:
    try:
        text = content.decode(candidate.name)
    except UnicodeDecodeError:
        return None
    return text if candidate.plausible(text) else None
