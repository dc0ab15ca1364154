"""A plan is unknown on days before it arrived, and a late file helps no earlier forecast."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from plan_files import LEADS, Row, by_day, history, write

from calloff.data.triangle import Past, Triangle
from calloff.evaluation.backtest import backtest
from calloff.rolling.spec import Spec
from calloff.store.adding import Adding, add
from calloff.store.load import load

DAYS = 16
LATE, AT = 9, "2024-03-17"  # the plan of 2024-03-13 arrives four days later
METHODS = ("plan", "last", "ratio", "auto")


def cleaned(past: Past) -> tuple[object, ...]:
    return (past.parts, past.days.tolist(), np.nan_to_num(past.quantity, nan=-1).tolist())


def spoilt(rows: Sequence[Row], add_on: int = 700) -> list[Row]:
    return [(p, c, at, [pieces + add_on for pieces in ahead]) for p, c, at, ahead in rows]


def store_of(root: Path, late: Sequence[Row], corrected: Sequence[Row] = ()) -> Path:
    """All plans as issued but those of one day, which arrive late; a correction arrives after."""
    files = by_day(root / "in", history(DAYS, 3))
    on_time = [file for at, file in enumerate(files) if at != LATE]
    add(root / "store", *on_time, how=Adding(arrived="issued"))
    add(root / "store", write(root / "late.csv", late), how=Adding(arrived=f"{AT}T09:00"))
    if corrected:
        how = Adding(arrived=f"{AT}T10:00", correction=True)
        add(root / "store", write(root / "corrected.csv", corrected), how=how)
    return root / "store"


def rows_of(day: int) -> list[Row]:
    return history(DAYS, 3)[3 * day : 3 * day + 3]


def test_a_late_plan_is_unknown_until_it_arrives(tmp_path: Path) -> None:
    triangle = load(store_of(tmp_path, rows_of(LATE))).triangle
    day = triangle.days[LATE]
    for cutoff in np.arange(triangle.days[0], triangle.days[-1], dtype="datetime64[D]"):
        known = day in triangle.as_of(cutoff).days
        assert known == (cutoff >= np.datetime64(AT))
        assert (day in whole(triangle).arrived(cutoff).days) == known
    assert day in triangle.as_of().days


def whole(triangle: Triangle) -> Past:
    return triangle.as_of(triangle.days[-1])


def test_a_corrected_plan_is_the_earlier_word_until_it_arrives(tmp_path: Path) -> None:
    wrong = spoilt(rows_of(7))
    files = by_day(tmp_path / "in", history(DAYS, 3))
    files[7] = write(tmp_path / "in" / "wrong.csv", wrong)
    add(tmp_path / "store", *files, how=Adding(arrived="issued"))
    right = write(tmp_path / "right.csv", rows_of(7))
    add(tmp_path / "store", right, how=Adding(arrived=f"{AT}T10:00", correction=True))
    triangle = load(tmp_path / "store").triangle
    before, after = triangle.as_of("2024-03-16"), triangle.as_of("2024-03-18")
    assert before.quantity[:, 7].tolist() == [row[3] for row in wrong]
    assert after.quantity[:, 7].tolist() == [row[3] for row in rows_of(7)]
    assert not triangle.conflict.any() and not before.known.conflict.any()


@pytest.mark.parametrize("seed", range(3))
def test_a_past_is_the_store_of_that_day(tmp_path: Path, seed: int) -> None:
    rng, rows = np.random.default_rng(seed), history(DAYS, 3)
    files = by_day(tmp_path / "in", rows)
    late = rng.integers(0, 4, DAYS) * (rng.random(DAYS) < 0.5)
    arrived = [np.datetime64(file.stem) + np.timedelta64(int(by), "D")
               for file, by in zip(files, late, strict=True)]  # fmt: skip
    for at in rng.permutation(DAYS).tolist():
        add(tmp_path / "store", files[at], how=Adding(arrived=f"{arrived[at]}T20:00"))
    triangle = load(tmp_path / "store").triangle
    for cutoff in triangle.days[4:-1]:
        had = [file for file, came in zip(files, arrived, strict=True) if came <= cutoff]
        then = load(*had).triangle.as_of(cutoff)
        assert cleaned(triangle.as_of(cutoff)) == cleaned(then)
        assert cleaned(load(tmp_path / "store", as_of=cutoff).triangle.as_of(cutoff)) == cleaned(
            then
        )


def scored(triangle: Triangle, method: str, until: str) -> pl.DataFrame:
    pairs = backtest(triangle, Spec(lead=2), methods=[method])
    days = pl.lit(until).str.to_date() + pl.duration(days=2)
    return pairs.filter(pl.col("target") < days).drop("actual", strict=False)


@pytest.mark.parametrize("method", METHODS)
def test_a_late_file_helps_no_earlier_forecast(tmp_path: Path, method: str) -> None:
    """Forecasts made before the late plans came are equal to the bit whatever was in them. Target
    days on which they are the call-offs themselves differ in what came, not in the forecast."""
    right = load(store_of(tmp_path / "a", rows_of(LATE))).triangle
    other = load(store_of(tmp_path / "b", spoilt(rows_of(LATE)))).triangle
    columns = ["target", "part", "forecast"]
    found = [scored(each, method, AT).select(columns) for each in (right, other)]
    assert found[0].height > 3 * LEADS
    assert found[0].equals(found[1])


def test_a_method_that_looks_ahead_is_found(tmp_path: Path) -> None:
    """The comparison can fail: with plans known as issued, the spoilt ones are seen."""
    found = []
    for name, rows in (("a", rows_of(LATE)), ("b", spoilt(rows_of(LATE)))):
        (tmp_path / name).mkdir()
        files = by_day(tmp_path / name / "in", history(DAYS, 3))
        files[LATE] = write(files[LATE], rows)
        triangle = load(*files).triangle
        found.append(scored(triangle, "plan", AT).select("target", "part", "forecast"))
    assert not found[0].equals(found[1])


def test_parts_keep_their_names_on_earlier_days(tmp_path: Path) -> None:
    rows = history(6, 2, ("A", "B"))
    early, late = ([r for r in rows if r[1] == name] for name in ("A", "B"))
    add(tmp_path / "store", write(tmp_path / "a.csv", early), how=Adding(arrived="issued"))
    add(tmp_path / "store", write(tmp_path / "b.csv", late), how=Adding(arrived="2024-03-08T12:00"))
    triangle = load(tmp_path / "store").triangle
    assert triangle.as_of("2024-03-07").parts == ("P0 @ A", "P1 @ A")
    marked = triangle.excluding(["P1 @ A"])
    assert marked.as_of("2024-03-07").known.excluded.tolist() == [False, True]


def test_a_history_that_was_added_before_the_process_ended_is_over(tmp_path: Path) -> None:
    """Killed after the last file and before it was noted that the customer has begun: what comes
    next is new all the same."""
    rows = history(4, 2)
    first, *others = by_day(tmp_path / "files", rows)
    add(tmp_path / "store", first)
    with closing(sqlite3.connect(tmp_path / "store" / "log.sqlite")) as log, log:
        log.execute("DELETE FROM customers")
    add(tmp_path / "store", first)
    assert add(tmp_path / "store", others[0]).history == frozenset()


def test_on_time_plans_are_known_when_issued_and_corrections_later(tmp_path: Path) -> None:
    """The morning's file holds the evening before; what it corrects is a later word."""
    rows = history(DAYS, 3)
    wrong = [(p, c, at, [n + 700 for n in ahead]) if p == "P0" else (p, c, at, ahead)
             for p, c, at, ahead in rows[21:24]]  # fmt: skip
    first = write(tmp_path / "first.csv", [*rows[:21], *wrong])
    whole_file = write(tmp_path / "second.csv", rows)
    for file, now in ((first, "2024-03-12T07:30"), (whole_file, "2024-03-20T07:30")):
        how = Adding(arrived="on-time", now=datetime.fromisoformat(now))
        added = add(tmp_path / "store", file, how=how).written[0].customers["unnamed"]
    assert (added.later, added.late, added.same) == (1, 1, 23)
    triangle = load(tmp_path / "store").triangle
    for cutoff in triangle.days[:-1]:
        past = triangle.as_of(cutoff)
        assert past.days.tolist() == [day for day in triangle.days.tolist() if day <= cutoff.item()]
        if cutoff >= triangle.days[7]:
            assert past.quantity[0, 7].tolist() == wrong[0][3]
    assert triangle.as_of(triangle.days[-1]).quantity[0, 7].tolist() == rows[21][3]


def test_from_whom_an_unnamed_file_is_is_found_by_its_parts(tmp_path: Path) -> None:
    store, ask = tmp_path / "store", Adding(unnamed="ask", arrived="on-time")
    rows = history(6, 4)
    named = [(p, "Acme", at, ahead) for p, _, at, ahead in rows[:12]]
    add(store, write(tmp_path / "named.csv", named), how=ask)
    (later,) = add(store, write(tmp_path / "later.csv", rows[12:]), how=ask).written
    assert later.names == ("Acme",)
    (again,) = add(store, tmp_path / "later.csv", how=ask).written
    assert again.known and again.names == ("Acme",)
    strange = write(tmp_path / "strange.csv", [(f"Q{p}", c, at, n) for p, c, at, n in rows])
    (problem,) = add(store, strange, how=ask).refused
    assert (problem.code, problem.facts["customers"]) == ("store.whose", "Acme")
    apart = add(store, strange, how=replace(ask, unnamed="apart"))
    assert apart.written[0].names == ("unnamed",)
    given = add(store, strange, how=replace(ask, customer="Bolt")).written[0]
    assert given.names == ("Bolt",)
    (problem,) = add(store, write(strange, [(f"Q{p}", c, at, n) for p, c, at, n in rows[:4]]),
                     how=ask).refused  # fmt: skip
    assert (problem.code, problem.facts["customers"]) == ("store.whose_of", "Bolt, unnamed")
