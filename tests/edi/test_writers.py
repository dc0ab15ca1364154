"""What a synthetic customer sends as EDI is what is read of it."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calloff.data.edi import edi_format, read_messages
from calloff.synth import BANK, bank, write_edi
from calloff.texts.errors import CalloffError

FORMS = {"delfor": "edifact", "deljit": "edifact", "vda4905": "vda4905", "830": "x12", "862": "x12"}
KEYS = ["part", "ship_to", "issued_at", "target", "quantity"]
NAMES = st.text("ABC-./ 019", min_size=1, max_size=22).map(str.strip).filter(bool)


def plans(*rows: tuple[str, str, datetime, date, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=KEYS, orient="row", schema_overrides={"quantity": pl.Float64})


def read_back(rows: pl.DataFrame, form: str, zeros: bool = True) -> list[tuple[object, ...]]:
    content = write_edi(rows, form, zeros=zeros)
    assert edi_format(content) == FORMS[form]
    found = read_messages(content)
    assert not found.problems and not found.warnings
    assert set(found.lines["status"]) <= {"firm", "backlog"} and set(found.lines["days"]) == {1}
    assert set(found.lines["kind"]) == {"call" if form in ("deljit", "862") else "plan"}
    return sorted(found.lines.select(KEYS).rows())


def expected(rows: pl.DataFrame, form: str) -> list[tuple[object, ...]]:
    """All rows; where a format has no time of day, at midnight."""
    if form not in ("delfor", "deljit"):
        rows = rows.with_columns(pl.col("issued_at").dt.truncate("1d"))
    return sorted(rows.select(KEYS).rows())


@pytest.mark.parametrize("form", FORMS)
@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    quantities=st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=20),
    plants=st.sampled_from([[""], ["P1", "P2"], ["", "X"]]),
    first=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
)
def test_written_and_read(
    form: str, names: list[str], quantities: list[int], plants: list[str], first: date
) -> None:
    rows = [
        (name, plant, datetime(first.year, first.month, first.day, 17, 30), target, float(value))
        for name in names
        for plant in plants
        for at, value in enumerate(quantities)
        for target in [date.fromordinal(first.toordinal() + at)]
    ]
    assert read_back(plans(*rows), form) == expected(plans(*rows), form)


@pytest.mark.parametrize("form", FORMS)
def test_a_customer_of_the_bank(form: str) -> None:
    sent = bank(BANK[0].name).history.table()
    stamps = sent["issued_at"].unique().sort()[:10]
    rows = sent.filter(pl.col("issued_at").is_in(stamps.implode())).with_columns(
        pl.col("quantity").round(), pl.lit("K1").alias("ship_to"),
        pl.col("issued_at").cast(pl.Datetime("ms")),
    )  # fmt: skip
    assert read_back(rows, form) == expected(rows, form)


def test_without_zeros() -> None:
    sent = datetime(2026, 3, 2, 17, 30)
    days = [date(2026, 3, day) for day in (2, 3, 4)]
    rows = plans(*(("A", "", sent, day, value) for day, value in zip(days, (5, 0, 7), strict=True)),
                 *(("B", "", sent, day, 0) for day in days))  # fmt: skip
    left = [("A", days[0], 5), ("A", days[2], 7), ("B", days[0], 0)]
    for form in FORMS:
        found = read_back(rows, form, zeros=False)
        assert [(row[0], row[3], row[4]) for row in found] == left


def test_escapes() -> None:
    row = ("A+B:C'D?E", "P?1", datetime(2026, 3, 2, 17, 30), date(2026, 3, 3), 12.5)
    assert read_back(plans(row), "delfor") == [row]
    assert read_back(plans(row), "deljit") == [row]


@pytest.mark.parametrize(
    ("part", "quantity", "form", "code"),
    [
        ("A*B", 1, "830", "synth.edi_text"),
        ("A" * 23, 1, "vda4905", "synth.edi_length"),
        ("품번", 1, "vda4905", "synth.edi_length"),
        ("A", 1.5, "vda4905", "synth.edi_whole"),
        ("A", 1, "csv", "option.choice"),
    ],
)
def test_what_does_not_go_into_a_format(part: str, quantity: float, form: str, code: str) -> None:
    rows = plans((part, "", datetime(2026, 3, 2, 17, 30), date(2026, 3, 3), quantity))
    with pytest.raises(CalloffError) as caught:
        write_edi(rows, form)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert caught.value.text("ko")
