"""Bytes to text: the encoding in which what stands there are words."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calloff.data.reading.detect import wide_without_mark
from calloff.texts.errors import fail

WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins as the next
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Letters beyond ASCII of languages of western Europe, and of those whose encodings have others of
# their letters in the same places. A text is western where it fits one of the first and, read the
# other way, none of the second, or means the same there.
WESTERN = ("äöüßÄÖÜé", "àâæçéèêëîïôœùûüÿÀÂÇÉÈÊËÎÏÔŒÙÛ", "áéíóúüñÁÉÍÓÚÑ", "àèéìòùÀÈÉÌÒÙ",
           "ãáàâçéêíóôõúÃÁÀÂÇÉÊÍÓÔÕÚ", "åäöæøéÅÄÖÆØ")  # fmt: skip
EASTERN = {
    "cp1250": ("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ", "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
               "áäčďéíĺľňóôŕšťúýžČĎĽŇŠŤŽ", "čćđšžČĆĐŠŽ", "ăâîşţĂÂÎŞŢ"),
    "cp1254": ("çğıöşüâîÇĞİÖŞÜ",),
}  # fmt: skip
SIGNS = set("€–—‘’“”„•…°²µ±®©·\u00a0")  # beside names
HIGH = re.compile(r"[^\x00-\x7f]+")
ALONE = re.compile(r"[^\W\d_][€–—‘’“”„•…]|[€–—‘’“”„•…][^\W\d_]")  # letters of old encodings
LONGEST = 2  # letters with accents in a row
KOREAN = 0.9  # of what is no ASCII are syllables and signs that Korean is written in
USUAL = 0.5  # of the syllables are usual: Chinese, read as Korean, gives any
# The syllables of everyday words, of names of parts, and of foreign words spelt in Korean.
SYLLABLES = set(
    "가각간감갑값강갖같개객거건걸검것게겐겠격견결경계고곡곤골공과관광괄교구국군권귀규균그극근글금급기긴길김"
    "깊까꺼께끄끝나낙난날남납낮내너널넘네넷년노녹논높누눈뉴늄느는늘능니닉님다단달담당대댐더던덕덜데덱도독돈돌"
    "동되된될두둘드든들등디딩따때또라락란람랑래램랩략량러런럼럽레렉렌려력련렬령로록론롤료루류률르른를름리린림"
    "링마막만말맞매맥머먼멈메면명모목몰못무문물므미민믹밀바박반받발밤방배백밴버번범법베벨벤변별병보복본볼봉부"
    "분불붙브블비빈빔빙빨사산살삼상새색샘생샤샵서석선설섬성세센셈셋션셀소속손솔송쇠쇼수순숫술쉬슈스슬습시식신"
    "실심싱쌍써쓰씨아악안않알암압앞애액앤야약양어언얻얼업없었에엔엘여역연열영예오온올옵와완왼외요용우운울웃워"
    "원월웨위유육율으은을음응의이익인일임입잇있자작잔잘잠장재저적전절점접정제져조족존종좌주준줄중즈증지직진질"
    "집짜째쪽차착찬창찾채책처척천철첫체초촉총최추축출충취츠측층치친칙침카칸칼캐캡커컨컬컴케켓코콘콜콤쿠쿨크큰"
    "클키킷타탄탈탐태택탱터턴텀테텐토톤통투튜트특틀티틱팀파판팔패팩팬퍼페편평포폭표푸품풀프플피핀필하학한할함"
    "합항해핸햄행허험헤현형호혼홀화확환활회획횡후훈휠휴흐흡흥희히힘"
)


@dataclass(frozen=True)
class _Candidate:
    name: str
    plausible: Callable[[str], bool]


def _is_korean(text: str) -> bool:
    """Whether what is no ASCII is Korean: the 2,350 syllables and the signs of KS X 1001, and
    usual syllables among them."""
    high = "".join(HIGH.findall(text))
    syllables = [sign for sign in high if "가" <= sign <= "힣"]
    known = sum(map(_is_known, high))
    usual = sum(sign in SYLLABLES for sign in syllables)
    return bool(syllables) and known >= KOREAN * len(high) and usual >= USUAL * len(syllables)


def _is_known(sign: str) -> bool:
    first, second = sign.encode("cp949").rjust(2, b"\0")
    return (0xA1 <= first <= 0xA9 or 0xB0 <= first <= 0xC8) and second >= 0xA1


def _is_western(text: str) -> bool:
    """Whether what is no ASCII are letters of one western language, few in a row, and nothing
    else in an encoding of another."""
    runs = HIGH.findall(text)
    letters = set("".join(runs)) - SIGNS
    if ALONE.search(text) or any(len(run.strip("\u00a0")) > LONGEST for run in runs):
        return False
    if not any(letters <= set(language) for language in WESTERN) and letters - set("µ"):
        return False
    return not any(_fits(text, name, languages) for name, languages in EASTERN.items())


def _fits(text: str, name: str, languages: Sequence[str]) -> bool:
    """Whether a text means something else, and something, in another encoding."""
    try:
        other = text.encode("cp1252").decode(name)
    except UnicodeDecodeError:
        return False
    letters = set("".join(HIGH.findall(other))) - SIGNS
    return other != text and any(letters <= set(language) for language in languages)


CANDIDATES = (_Candidate("cp949", _is_korean), _Candidate("cp1252", _is_western))


def as_utf8(content: bytes, declared: str = "") -> bytes:
    """Bring the bytes of a text file into UTF-8.

    Args:
        content: the bytes.
        declared: the encoding that the user says it is in; empty to find it.

    Returns:
        The text, without a byte order mark.

    Raises:
        CalloffError: it is not in the declared encoding, in none that is known, or what stands
            there makes sense in more than one or in none of them.
    """
    if declared:
        return _declared(content, declared)
    for mark, name in WIDE.items():
        if content.startswith(mark):
            return _declared(content, name)
    if b"\0" in content[:4096] and (name := wide_without_mark(content)):
        return _declared(content, name)
    marked = content.startswith(codecs.BOM_UTF8)
    bare = content.removeprefix(codecs.BOM_UTF8)
    try:
        bare.decode("utf-8")
        return bare.removeprefix(codecs.BOM_UTF8)  # programs that add to a file add another
    except UnicodeDecodeError:
        if marked:
            raise fail("file.not_encoding", name="utf-8-sig") from None
        found = [text for each in CANDIDATES if (text := _plausible(content, each)) is not None]
    if len(found) != 1:
        tried = ", ".join(("utf-8", *(each.name for each in CANDIDATES)))
        raise fail("file.encoding", tried=tried)
    return found[0].encode()


def _declared(content: bytes, name: str) -> bytes:
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise fail("file.not_encoding", name=name) from error
    return text.removeprefix("\ufeff").encode()


def _plausible(content: bytes, candidate: _Candidate) -> str | None:
    try:
        text = content.decode(candidate.name)
    except UnicodeDecodeError:
        return None
    return text if candidate.plausible(text) else None
