"""Arguments from Python: what is sound, and what is said of what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from calloff.data.triangle import as_day
from calloff.texts import arguments
from calloff.texts.arguments import require
from calloff.texts.errors import CalloffError, Problem

NAN = float("nan")
PARTS = tuple(f"P-{n}" for n in range(7))
Check = Callable[[object], list[str]]
FRAME = pl.DataFrame({"part": ["A"], "plan": [1.0]})


def codes(found: Iterable[Problem]) -> list[str]:
    return [problem.code for problem in found]


def whole(value: object) -> list[str]:
    return codes(arguments.whole(value, "days", 1, 366))


def number(value: object) -> list[str]:
    return codes(arguments.number(value, "tolerance", 0, 10))


def between(value: object) -> list[str]:
    return codes(arguments.between(value, "shortage_cost", 0, 1e12))


def level(value: object) -> list[str]:
    return codes(arguments.level(value, "level"))


def levels(value: object) -> list[str]:
    return codes(arguments.levels(value, "quantiles"))


def amounts(value: object) -> list[str]:
    return codes(arguments.amounts(value, "stock", 0, 1e9))


def one_of(value: object) -> list[str]:
    return codes(arguments.one_of(value, "lang", ("en", "ko")))


def several(value: object) -> list[str]:
    return codes(arguments.several(value, "methods"))


def some(value: object) -> list[str]:
    return codes(arguments.several(value, "levels", some=True))


def arrays(value: Any) -> list[str]:
    return codes(arguments.arrays(actual=value[0], forecast=value[1]))


def part(value: object) -> list[str]:
    return codes(arguments.part(value, PARTS))


def parts(value: object) -> list[str]:
    return codes(arguments.parts(value, "parts", PARTS))


def day(value: object) -> list[str]:
    return codes(arguments.day(value, "as_of"))


def flag(value: object) -> list[str]:
    return codes(arguments.flag(value, "strict"))


def path(value: object) -> list[str]:
    return codes(arguments.path(value, "path"))


def frame(value: object) -> list[str]:
    return codes(arguments.frame(value, "table", ("part", "plan")))


SOUND: list[tuple[Check, list[Any]]] = [
    (whole, [1, 366, np.int64(3), np.uint8(1)]),
    (number, [0, 10, 0.1, np.float32(0.5), np.int64(1)]),
    (between, [1e-9, 5, np.float64(3)]),
    (level, [0.9, np.float32(0.5)]),
    (levels, [(), [0.1, 0.9], np.array([0.5]), pl.Series([0.5])]),
    (amounts, [{}, {"A": 0, "B": 2.5}]),
    (one_of, ["en", "ko"]),
    (several, [(), ["plan"], {"plan"}, iter(["plan"]), np.array(["plan"])]),
    (some, [["plan"], ("a", "b")]),
    (arrays, [([1.0], [2.0]), (np.zeros((2, 3)), np.ones((2, 3), int)), ([], [])]),
    (part, ["P-0", "P-6"]),
    (parts, [[], ["P-1"], PARTS]),
    (day, ["2021-10-22", "2021-10-22 17:30", "2021-10-22T17:30:00", date(2021, 10, 22)]),
    (day, [datetime(2021, 10, 22, 17), np.datetime64("2021-10-22"), pd.Timestamp("2021-10-22")]),
    (flag, [True, False, np.True_]),
    (path, ["a.csv", Path("a.csv")]),
    (frame, [FRAME, FRAME.with_columns(more=1)]),
]
WRONG: list[tuple[Check, list[Any], list[str]]] = [
    (whole, ["3", True, np.True_, 3.0, None, NAN, [3], np.array([1, 2])], ["argument.whole"]),
    (whole, [0, -1, 367, 10**30], ["option.range"]),
    (number, ["0.1", True, None, NAN, Decimal("0.1"), 1j], ["argument.number"]),
    (number, [-0.1, 10.1, float("inf")], ["option.range"]),
    (between, [0, 1e12, -1, NAN, "1", None, True], ["argument.between"]),
    (level, [0, 1, 90, -0.1, NAN, "0.9", True, None], ["argument.level"]),
    (levels, ["0.9", 0.9, None, iter([0.5]), {"a": 0.5}], ["argument.several"]),
    (levels, [[0.5, 90, "0.9"], np.array([10.0, 90.0])], ["argument.level", "argument.level"]),
    (amounts, [[1], None, "A"], ["argument.type"]),
    (amounts, [{"A": -1, "B": 2, "C": 2e9}], ["option.range", "option.range"]),
    (amounts, [{"A": NAN}, {"A": "5"}], ["argument.number"]),
    (one_of, ["fr", "EN", None, 3, ["en"]], ["option.choice"]),
    (several, ["plan", b"plan", None, 3, {"plan": 1}], ["argument.several"]),
    (some, [[], ()], ["argument.none"]),
    (some, ["plan", None], ["argument.several"]),
    (arrays, [([1.0], [[1.0]]), ([1.0], [1.0, 2.0]), (1.0, [1.0])], ["argument.shape"]),
    (arrays, [(["1"], [1.0]), ([1.0], [True]), ([[1], [1, 2]], [1.0])], ["argument.type"]),
    (arrays, [(np.ma.masked_less([1.0, 2.0], 2), [1.0, 2.0])], ["argument.type"]),
    (part, ["P-7", None, 3, ["P-0"]], ["part.unknown"]),
    (parts, ["P-0", None, iter(["P-0"])], ["argument.several"]),
    (parts, [["P-9", "P-0", 3]], ["part.unknown", "part.unknown"]),
    (day, ["next monday", "today", "20211022", "2021-13-01", "2021-10", ""], ["argument.day"]),
    (day, ["2021-10-22T17:30+09:00", datetime(2021, 10, 22, tzinfo=UTC)], ["argument.day"]),
    (day, [None, 5, np.datetime64("NaT", "D"), pd.NaT, [], NAN], ["argument.day"]),
    (flag, [0, 1, "no", None], ["argument.type"]),
    (path, [3, None, b"a.csv"], ["argument.type"]),
    (frame, [FRAME.to_pandas(), FRAME.lazy(), None, [1]], ["argument.type"]),
    (frame, [pl.DataFrame(), FRAME.drop("plan")], ["table.columns"]),
    (frame, [FRAME.clear()], ["argument.rows"]),
]


@pytest.mark.parametrize(("check", "values"), SOUND, ids=lambda case: getattr(case, "__name__", ""))
def test_what_is_sound_passes(check: Check, values: list[Any]) -> None:
    assert {repr(value): check(value) for value in values} == {repr(v): [] for v in values}


@pytest.mark.parametrize(
    ("check", "values", "wanted"), WRONG, ids=lambda case: getattr(case, "__name__", "")
)
def test_what_is_wrong_is_found(check: Check, values: list[Any], wanted: list[str]) -> None:
    assert {repr(value): check(value) for value in values} == {repr(v): wanted for v in values}


def test_what_is_optional_may_be_none() -> None:
    for check in (
        arguments.whole(None, "a", 0, 1, optional=True),
        arguments.number(None, "a", 0, 1, optional=True),
        arguments.between(None, "a", 0, 1, optional=True),
        arguments.level(None, "a", optional=True),
        arguments.one_of(None, "a", ("x",), optional=True),
        arguments.several(None, "a", optional=True),
        arguments.day(None, "a", optional=True),
        arguments.path(None, "a", optional=True),
        arguments.instance(None, "a", int, optional=True),
    ):
        assert codes(check) == []
    assert codes(arguments.frame(FRAME.clear(), "a", empty=True)) == []


def test_a_sound_day_is_one_that_can_be_used() -> None:
    for check, values in SOUND:
        for value in values if check is day else ():
            assert as_day(value) == np.datetime64("2021-10-22", "D")


@dataclass(frozen=True)
class Box:
    """A stand-in for a value that holds the one that is wanted."""

    triangle: int = 3


def test_types_are_named() -> None:
    def text(value: object, *kinds: type) -> str:
        return ", ".join(p.text() for p in arguments.instance(value, "triangle", *kinds))

    assert text(FRAME, int) == "triangle is of type polars.DataFrame; it must be of type int"
    assert text("x", int, float) == "triangle is of type str; it must be of type int | float"
    assert text(Box(), int) == "triangle is of type test_arguments.Box; it must be of type int"
    Box.__module__ = "calloff.box"
    assert text(Box(), int) == "triangle is of type Box; give its triangle"


def test_all_is_raised_at_once() -> None:
    require()
    require(arguments.whole(3, "days", 1, 366), ())
    with pytest.raises(CalloffError) as caught:
        require(
            arguments.whole(0, "days", 1, 366),
            arguments.day("next monday", "as_of"),
            arguments.several("plan", "methods"),
            arguments.levels([0.5, 90], "quantiles"),
        )
    assert caught.value.text() == (
        "days is 0; it must lie from 1 to 366\n"
        "as_of is 'next monday'; it must be a day such as 2021-10-22\n"
        "methods is 'plan'; it must be a list, such as ['plan']\n"
        "quantiles is 90; it must be a number between 0 and 1, such as 0.9 for 90 %"
    )
    assert "정수" not in caught.value.text("ko") and "날짜" in caught.value.text("ko")


def test_limits_are_shown_in_full() -> None:
    (problem,) = arguments.between(0, "size", 0, 1e9)
    assert problem.text() == "size is 0; it must be a number above 0 and below 1,000,000,000"
    (problem,) = arguments.number(2, "share", 0, 0.5)
    assert problem.text() == "share is 2; it must lie from 0 to 0.5"
    (problem,) = arguments.flag("no", "strict")
    assert problem.text() == "strict is of type str; it must be of type bool"


def test_values_are_shown_shortly() -> None:
    (problem,) = arguments.whole("x" * 10_000, "days", 1, 366)
    assert len(problem.text()) < 120
    (problem,) = arguments.part("no\x1b[31m", PARTS)
    assert problem.text() == (
        "there is no part “no\ufffd[31m”; the file has: P-0, P-1, P-2, P-3, P-4, ..."
    )
