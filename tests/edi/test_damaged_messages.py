"""Damaged messages: cut, doubled, swapped and garbled segments give schedules or problems with
their places, never another exception; hostile ones do so within a bound of time."""

from __future__ import annotations

import re
import time

import pytest
from edi_files import FILES
from hypothesis import given, settings
from hypothesis import strategies as st

from calloff.data.edi import Schedules, edi_format, read_messages
from calloff.texts.errors import CalloffError

WHOLE = [path.read_bytes() for path in FILES]
PIECES = [re.findall(rb"[^'~\n>]*['~\n>]+|[^'~\n>]+", content) for content in WHOLE]
GARBAGE = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"\0", b"?", b"'", b"+", b":", b"~", b"*", b"9" * 400, b"QTY+113:1e9:PCE'",
                     b"DTM+2:99999999:102'", b"FST*1*C*D*99999999~", b"UNH+1+DELFOR:D:97A:UN'",
                     b"UNA'+:, +", b"ISA*", b"512", b"<IDOC>", b"\xff\xfe"]),
)  # fmt: skip


def outcome(content: bytes) -> Schedules | CalloffError:
    """What comes of it; each problem can be said in both languages."""
    try:
        found: Schedules | CalloffError = read_messages(content)
    except CalloffError as error:
        found = error
    said = found.problems + (found.warnings if isinstance(found, Schedules) else ())
    for problem in said:
        assert problem.text("en") and problem.text("ko")
    return found


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    pieces = list(draw(st.sampled_from(PIECES)))
    for _ in range(draw(st.integers(1, 4))):
        at, to = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
        match draw(st.sampled_from(["cut", "double", "swap", "garble", "insert", "end"])):
            case "cut":
                pieces[at] = b""
            case "double":
                pieces[at] *= 2
            case "swap":
                pieces[at], pieces[to] = pieces[to], pieces[at]
            case "garble":
                place = draw(st.integers(0, len(pieces[at])))
                pieces[at] = pieces[at][:place] + draw(GARBAGE) + pieces[at][place + 1 :]
            case "insert":
                pieces[at] += draw(GARBAGE)
            case "end":
                pieces[at:] = [piece[: len(piece) // 2] for piece in pieces[at : at + 1]]
                pieces.append(b"")
    return b"".join(pieces)


@settings(max_examples=400)
@given(content=damaged())
def test_damaged_messages(content: bytes) -> None:
    found = outcome(content)
    if isinstance(found, Schedules):
        lines = found.lines
        assert lines["quantity"].is_finite().all() and (lines["quantity"] >= 0).all()
        assert (lines["days"] >= 1).all() and not sum(lines.null_count().row(0))
        assert set(lines["status"]) <= {"firm", "forecast", "backlog", "immediate"}
        assert (lines["part"] != "").all()


@given(content=st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    assert edi_format(content) in ("", "edifact", "x12", "vda4905", "idoc")
    outcome(content)


@pytest.mark.parametrize("index", range(len(WHOLE)), ids=[path.stem for path in FILES])
def test_a_message_without_one_of_its_bytes(index: int) -> None:
    content = WHOLE[index]
    for at in range(0, len(content), 7):
        outcome(content[:at] + content[at + 1 :])
        outcome(content[:at])


EDIFACT = b"UNB+UNOC:3+C+S+260302:0600+1'UNH+1+DELFOR:D:97A:UN'BGM+241+1+5'"
ISA = WHOLE[-1][:106]
HOSTILE = {
    "terminators": EDIFACT + b"'" * 1_000_000,
    "elements": EDIFACT + b"QTY" + b"+" * 1_000_000,
    "components": EDIFACT + b":'" * 100_000,
    "escapes": EDIFACT + b"?" * 1_000_001,
    "escaped terminators": EDIFACT + b"?'" * 500_000,
    "messages": EDIFACT * 20_000,
    "service strings": b"UNA:+.? '" * 50_000 + EDIFACT,
    "control characters": EDIFACT + b"\0" * 1_000_000,
    "x12 terminators": ISA + b"~*" * 100_000,
    "x12 elements": ISA + b"ST*830*1~LIN" + b"*" * 1_000_000,
    "records": WHOLE[5][:130] + b"512\n" * 100_000,
    "elements of XML": b"<DELFOR02>" + b"<A>" * 300_000,
    "text of XML": b"<DELFOR02><IDOC><E1EDP16><A>" + b"x" * 1_000_000,
    "entities": b'<!DOCTYPE DELFOR02 [<!ENTITY a "bb"><!ENTITY c "&a;">]><DELFOR02>&c;</DELFOR02>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_end(name: str) -> None:
    """Within far less processor time than anything that grows with the square of the length."""
    began = time.process_time()
    assert isinstance(outcome(HOSTILE[name]), CalloffError)
    assert time.process_time() - began < 10
