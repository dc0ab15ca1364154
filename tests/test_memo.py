"""Memories forget the oldest."""

from __future__ import annotations

from collections import OrderedDict

from calloff.rolling.memo import kept, room


def test_a_memory_makes_once_and_forgets_the_oldest() -> None:
    memory: OrderedDict[str, str] = OrderedDict()
    made = []

    def ask(key: str) -> str:
        return kept(memory, key, lambda: made.append(key) or key.upper(), 2)

    assert [ask(key) for key in "aabcba"] == list("AABCBA")
    assert made == ["a", "b", "c", "a"]  # a was forgotten for c
    assert list(memory) == ["c", "a"]


def test_what_makes_may_use_the_memory_itself() -> None:
    memory: OrderedDict[int, int] = OrderedDict()

    def sum_to(number: int) -> int:
        return kept(memory, number, lambda: number and number + sum_to(number - 1), 1)

    assert sum_to(5) == 15
    assert list(memory) == [5]


def test_room_for_few_big_things_or_many_small_ones() -> None:
    assert [room(4000, parts) for parts in (0, 100, 9000)] == [4000, 40, 1]
    assert room(4000, 9000, least=2) == 2
