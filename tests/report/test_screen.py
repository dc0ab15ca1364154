"""Tables on the screen where room is short."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from calloff.report.terminal.screen import Number, Screen

HEADS = ["term.part", "term.target", "term.last", "q2.5", "term.shortage", "term.verdict"]
ROW = ["Part 10", "2024-04-29", Number("[bold]1,234[/]"), Number("7"), Number("8"), "▲ check"]


def lines(width: int, *more: str) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    row = [*ROW, *more]
    Screen("en", False, console, console).table([*HEADS, *["why"] * len(more)], [row])
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_what_has_room_is_left_alone() -> None:
    assert lines(120) == [
        "part     target day  last call-off  q2.5  expected short  verdict",
        "Part 10  2024-04-29          1,234     7               8  ▲ check",
    ]


@pytest.mark.parametrize("width", [57, 62])
def test_numbers_days_and_words_stay_whole(width: int) -> None:
    shown = lines(width)
    assert max(map(len, shown)) <= width
    assert len(shown) == 3  # heads of two words in two lines
    words = " ".join(shown).split()
    assert {"2024-04-29", "1,234", "check", "call-off", "expected", "q2.5"} <= set(words)


def test_only_long_texts_are_broken() -> None:
    text = "Plans of D+3 were 100 too low on average (19 days)"
    shown = lines(100, text)
    assert max(map(len, shown)) <= 100
    assert " ".join(" ".join(line[65:].split()) for line in shown[1:]).strip().endswith("19 days)")
    assert sum("2024-04-29" in line for line in shown) == 1


def test_where_nothing_helps_all_is_broken_and_nothing_lost() -> None:
    def letters(width: int) -> Counter[str]:
        return Counter("".join("".join(lines(width)).split()))

    assert letters(24) == letters(120)
