"""The same plan in many forms gives the same triangle or a refusal, never a third thing; and each
row of each part is either used or named."""

from __future__ import annotations

import random
import shutil
import tracemalloc
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calloff import CalloffError, load
from calloff.data.load import Loaded
from plan_forms import Form, Plan, assert_plan, plan, separated, written

STAMPS = {
    "iso": lambda d: f"{d:%Y-%m-%d %H:%M}", "T": lambda d: d.isoformat(),
    "dots": lambda d: f"{d:%d.%m.%Y %H:%M}", "slashes": lambda d: f"{d:%d/%m/%Y}",
    "US": lambda d: f"{d:%m/%d/%Y %I:%M %p}", "digits": lambda d: f"{d:%Y%m%d%H%M}",
    "Korean": lambda d: f"{d.year}. {d.month}. {d.day}. 오후 {d.hour - 12}:{d:%M}",
    "named": lambda d: f"{d:%d-%b-%Y}", "serial": lambda d: (d - datetime(1899, 12, 30)).days,
    "short": lambda d: f"{d:%d.%m.%y}", "zone": lambda d: f"{d.isoformat()}+09:00",
}  # fmt: skip
NUMBERS = {
    "plain": str, "dots": lambda n: f"{n:,}".replace(",", "."), "commas": lambda n: f"{n:,}",
    "decimals": lambda n: f"{n:,.2f}", "SAP": lambda n: f"{n},000",
    "spaces": lambda n: f"{n:,}".replace(",", " "),
    "apostrophes": lambda n: f"{n:,}".replace(",", "'"), "floats": lambda n: f"{n}.0",
}  # fmt: skip
HEADERS = {
    "iso": lambda d: f"{d:%Y-%m-%d}", "US": lambda d: f"{d.month}/{d.day}",
    "dots": lambda d: f"{d:%d.%m.}",
    "Korean": lambda d: f"{d.month}월 {d.day}일", "long": lambda d: f"{d:%d.%m.%Y}",
    "named": lambda d: f"{d:%d-%b}",
}  # fmt: skip
NAMES = [
    {}, {"part": "품번", "issued_at": "작성일시", "target": "납품일", "quantity": "수량"},
    {"part": "Sachnummer", "issued_at": "Abrufdatum", "target": "Liefertermin",
     "quantity": "Menge"},
]  # fmt: skip
ABOVE: list[tuple[list[str], ...]] = [
    (),
    (["Delivery plan, all parts"],),
    (["계획", "", "a;b;c"], [""]),
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp949"]

FORMS = st.builds(
    Form,
    shape=st.sampled_from(["wide", "long", "dated"]),
    stamp=st.sampled_from(list(STAMPS.values())),
    number=st.sampled_from(list(NUMBERS.values())),
    target=st.sampled_from(
        [STAMPS[name] for name in ("iso", "slashes", "digits", "named", "serial")]
    ),
    header=st.sampled_from(list(HEADERS.values())),
    names=st.sampled_from(NAMES),
    beside=st.sampled_from(
        [{}, {"plant": "K1"}, {"plant": "K1", "customer": "A"}, {"customer": ""}]
    ),
    zeros=st.booleans(),
    above=st.sampled_from(ABOVE),
    extra=st.sampled_from([(), ("note",), ("비고", "unit")]),
)
PLANS = st.builds(plan, seed=st.integers(0, 99), most=st.sampled_from([40, 900, 5000, 90_000]))


def assert_counted(found: Loaded) -> None:
    reading, cleaned = found.reading, found.cleaned
    assert reading.rows == cleaned.rows_used + sum(cleaned.set_aside.values())


def assert_same_or_refused(folder: Path, made: Plan) -> bool:
    """Whether it is read, and then as it is."""
    try:
        found = load(folder)
    except CalloffError as error:
        assert error.problems and error.text("ko") and "Traceback" not in error.text("en")
        return False
    assert_counted(found)
    assert_plan(found.triangle, made)
    return True


def clean(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


ONE = settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)


@ONE
@given(form=FORMS, made=PLANS, encoding=st.sampled_from(ENCODINGS),
       delimiter=st.sampled_from([",", ";", "\t", "|"]))  # fmt: skip
def test_a_plan_as_text(
    tmp_path: Path, form: Form, made: Plan, encoding: str, delimiter: str
) -> None:
    folder = clean(tmp_path / "in")
    written(folder, form.tables(made), encoding=encoding, delimiter=delimiter)
    assert_same_or_refused(folder, made)


@settings(ONE, max_examples=60)
@given(form=FORMS, made=PLANS, kind=st.sampled_from([".xls", ".xlsx", ".parquet"]),
       typed=st.booleans())  # fmt: skip
def test_a_plan_as_a_workbook(
    tmp_path: Path, form: Form, made: Plan, kind: str, typed: bool
) -> None:
    from dataclasses import replace

    if typed:
        form = replace(form, number=int, stamp=lambda stamp: stamp)
    folder = clean(tmp_path / "in")
    tables = form.tables(made)
    if kind == ".parquet":
        tables = [table[len(form.above) :] for table in tables]
    written(folder, tables, kind)
    assert_same_or_refused(folder, made)


def test_most_of_the_forms_are_read(tmp_path: Path) -> None:
    """Else the tests above would prove nothing."""
    made, count = plan(), 0
    for number, stamp in enumerate(STAMPS.values()):
        for shape in ("wide", "long", "dated"):
            for spelt in (str, NUMBERS["decimals"], NUMBERS["spaces"]):
                folder = clean(tmp_path / "in")
                form = Form(shape, stamp, spelt, above=ABOVE[number % 3], names=NAMES[number % 3])
                written(folder, form.tables(made))
                count += assert_same_or_refused(folder, made)
    # a zone and a short year are asked for, and 05/10 where a file has one evening
    assert count >= 9 * (len(STAMPS) - 2) - 6


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_order_of_columns_and_rows_changes_nothing(tmp_path: Path, shape: str, seed: int) -> None:
    rng = random.Random(seed)
    (table,) = Form(shape, extra=("note", "x")).tables(plan())
    order = rng.sample(range(len(table[0])), len(table[0]))
    rows = rng.sample(table[1:], len(table) - 1)
    written(tmp_path, [[[row[at] for at in order] for row in (table[0], *rows)]])
    assert assert_same_or_refused(tmp_path, plan())


def spoilt(text: str, seed: int) -> str:
    """Lines cut, doubled, swapped or changed."""
    rng = random.Random(seed)
    lines = text.splitlines()
    for _ in range(rng.randint(1, 6)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        way = rng.randrange(6)
        if way == 0:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        elif way == 1:
            lines.insert(other, lines[at])
        elif way == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif way == 3:
            lines[at] = lines[at] + lines[other]
        elif way == 4:
            del lines[at]
        elif lines[at]:
            place = rng.randrange(len(lines[at]))
            sign = rng.choice('",;\t|\0\ufeff\r#-.=가é')
            lines[at] = lines[at][:place] + sign + lines[at][place + 1 :]
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_damaged_texts_are_read_or_refused_in_bounded_memory(tmp_path: Path, shape: str) -> None:
    text = separated(Form(shape, beside={"plant": "K1"}).tables(plan())[0]).decode()
    load_once = tmp_path / "plan.csv"
    load_once.write_text(text)
    load(load_once)
    read = 0
    tracemalloc.start()
    for seed in range(150):
        load_once.write_text(spoilt(text, seed), encoding="utf-8", newline="")
        try:
            assert_counted(load(load_once))
            read += 1
        except CalloffError as error:
            assert error.text("en") and error.text("ko")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read > 75
    assert peak < 200 * len(text) + 20_000_000


@pytest.mark.parametrize("seed", range(8))
def test_each_part_s_rows_are_used_or_named(tmp_path: Path, seed: int) -> None:
    """Rows that spoilt cells take away are those with a fault that is named, part by part."""
    rng = np.random.default_rng(seed)
    (table,) = Form().tables(plan(seed=seed))
    bad: dict[int, str] = {}
    for row in rng.choice(np.arange(1, len(table)), 12, replace=False).tolist():
        column = int(rng.choice([0, 1, 2, 4]))
        table[row][column] = str(rng.choice(["", "n/a", "#N/A", "1.5", "-3", "2021-13-45"]))
        bad[row + 1] = table[row][0]
    written(tmp_path, [table])
    try:
        found = load(tmp_path)
    except CalloffError:
        return
    assert_counted(found)
    named = set(found.reading.faults["row"].to_list()) | {lost.row for lost in found.reading.lost}
    spelt = Counter[str](row[0] for row in table[1:])
    plans = found.cleaned.plans
    for part, count in spelt.items():
        rows = {number + 1 for number, row in enumerate(table) if number and row[0] == part}
        used = int(plans.rows[plans.part == part].sum())
        assert used <= count
        assert count - used <= len(rows & named), (part, rows - named)


def test_a_part_whose_newest_row_is_lost_is_named_with_the_reason(tmp_path: Path) -> None:
    (table,) = Form().tables(plan())
    table[-1][1] = "soon"
    for row in table[1:]:
        if row[0] == "P-02":
            row[2:] = ["n/a"] * 5
    written(tmp_path, [table])
    lost = load(tmp_path).reading.lost
    assert [(each.part, each.reason, each.newest) for each in lost] == [
        ("P-02", "text", ""), ("P-06", "time_wrong", "2021-10-07")
    ]  # fmt: skip
