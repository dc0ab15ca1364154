"""Whatever the layout, the table and its faults: the counts add up and sound rows come through."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calloff import CalloffError, load, read
from calloff.data.layouts import parse_layout
from calloff.data.reading.plans import combined
from input_files import text, xls, xlsx

QUANTITIES = st.integers(0, 10**9)
PARTS = st.sampled_from(["Part 1", "Part 2", "품번 3", "A-4"])
STAMPS = st.sampled_from([202110010830, 202110011730, 202110020830, 202110040830])
FAULTS = st.sampled_from(["", " ", "n/a", -5, 0.5, "1.234", 1e12, "²", "-"])
ANY_CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.datetimes(),
    st.dates(),
    st.binary(max_size=4),
    st.lists(st.integers(), max_size=2),
)
LEADS = st.lists(st.integers(1, 45), unique=True, max_size=4)


def is_sound(cell: object) -> bool:
    return type(cell) is int and cell >= 0


@st.composite
def wide_tables(draw: st.DrawFn) -> tuple[list[list[Any]], dict[int, list[float | None]]]:
    """A wide table in random order of columns, with faults; and what its rows are, by row number,
    where one quantity at least is sound."""
    leads = [0, *draw(LEADS)]
    header = ["part", "issued_at", *(f"D+{lead}" if lead else "D" for lead in leads), "note"]
    order = draw(st.permutations(range(len(header))))
    rows, sound = [], {}
    for number in range(draw(st.integers(1, 8))):
        quantities = draw(st.lists(QUANTITIES, min_size=len(leads), max_size=len(leads)))
        row = [draw(PARTS), draw(STAMPS), *quantities, "x"]
        spoil = draw(st.sets(st.integers(2, len(leads) + 1), max_size=2))
        for column in spoil if draw(st.booleans()) else ():
            row[column] = draw(FAULTS)
        cells = [row[2 + leads.index(lead)] for lead in sorted(leads)]
        if any(map(is_sound, cells)):
            sound[number + 2] = [float(cell) if is_sound(cell) else None for cell in cells]
        rows.append([row[at] for at in order])
    return [[header[at] for at in order], *rows], sound


@settings(max_examples=60)
@given(table=wide_tables(), kind=st.sampled_from([".xls", ".xlsx", ".csv"]))
def test_sound_rows_come_through_to_the_digit(
    tmp_path: Path, table: tuple[list[list[Any]], dict[int, list[float | None]]], kind: str
) -> None:
    rows, sound = table
    made = tmp_path / f"plan{kind}"
    made.write_bytes({".xls": xls, ".xlsx": xlsx, ".csv": text}[kind]({"S": rows}))
    if not sound:
        with pytest.raises(CalloffError, match=f"none of the {len(rows) - 1} rows"):
            read(made)
        return
    found = read(made)
    read_back = [[None if np.isnan(q) else q for q in row] for row in found.plans.quantity]
    assert dict(zip(found.plans.row.tolist(), read_back, strict=True)) == sound
    assert found.rows == len(sound) + sum(found.set_aside.values())
    whole = {row for row, cells in sound.items() if None not in cells}
    assert set(found.faults["row"]) == set(range(2, len(rows) + 1)) - whole


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.tuples(PARTS, STAMPS, st.sampled_from([20211004, 20211005, 20210901, ""]), QUANTITIES),
        min_size=1,
        max_size=12,
    ),
    policy=st.sampled_from(["quarantine", "first", "last"]),
)
def test_long_tables_add_up_through_cleaning(rows: list[tuple[Any, ...]], policy: str) -> None:
    from calloff import Policy

    made = io.BytesIO(text({"": [["part", "issued_at", "target", "quantity"], *rows]}))
    table = pl.read_csv(made, infer_schema=False)
    if all(row[2] in ("", 20210901) for row in rows):
        with pytest.raises(CalloffError, match=f"none of the {len(rows)} rows"):
            load(table)
        return
    loaded = load(table, policy=Policy(conflicts=policy))
    reading, cleaned = loaded.reading, loaded.cleaned
    assert reading.rows == len(rows)
    assert reading.rows == int(reading.plans.rows.sum()) + sum(reading.set_aside.values())
    assert reading.rows == cleaned.rows_used + sum(cleaned.set_aside.values())


@settings(max_examples=150)
@given(
    columns=st.lists(
        st.sampled_from(["part", "issued_at", "D", "D+1", "5", "target", "quantity", "x", "D.1"]),
        unique=True,
        max_size=6,
    ),
    rows=st.lists(st.lists(ANY_CELL, min_size=6, max_size=6), max_size=5),
)
@example(columns=["part", "issued_at", "D"], rows=[["A", "²", 1, 0, 0, 0]])
def test_frames_of_anything_read_or_say_why(columns: list[str], rows: list[list[Any]]) -> None:
    import pandas as pd

    table = pd.DataFrame(
        {n: pd.Series([row[at] for row in rows], dtype=object) for at, n in enumerate(columns)}
    )
    try:
        loaded = load(table)
    except CalloffError as error:
        assert error.problems
        assert error.text("ko")
    else:
        inspection = loaded.inspect()
        assert inspection.rows == len(rows)
        assert inspection.rows == inspection.rows_used + sum(inspection.set_aside.values())


TOML = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["name", "title", "kind", "part", "issued_at", "total", "slot", "bucket", "target", "quantity",
     "time_formats", "colour", "plant", "customer", "status", "decimal", "thousands", "blank",
     "unlisted", "encoding", "zone", "cumulative", "period", "skip_rows", "join_twins", "fill_down"]
)  # fmt: skip


@settings(max_examples=150)
@given(declared=st.dictionaries(NAMES, TOML))
def test_layouts_of_anything_load_or_say_why(declared: dict[str, Any]) -> None:
    try:
        parse_layout(declared, "layout.toml")
    except CalloffError as error:
        assert error.problems
        assert error.text("ko")


HEADERS = st.text("abcdefgh()*.+ 일", min_size=1, max_size=8).filter(str.strip)


@settings(max_examples=60)
@given(texts=st.lists(HEADERS, min_size=3, max_size=6, unique_by=lambda t: "".join(t.split())))
def test_random_layouts_find_their_columns(texts: list[str]) -> None:
    """Signs with a meaning in patterns other than * and {lead} are plain signs."""
    plain = [f"{number}{text.replace('*', '')}" for number, text in enumerate(texts)]
    part, issued, *totals = plain
    declared = {
        "part": [part],
        "issued_at": [issued],
        "total": [{"header": header, "lead": lead} for lead, header in enumerate(totals)],
    }
    header = [text.upper() for text in plain]
    row = ["A", 20211001, *range(len(totals))]
    table = pl.DataFrame([row], schema=header, orient="row")
    found = read(table, layout=parse_layout(declared, "own.toml"))
    assert found.plans.quantity.tolist() == [list(range(len(totals)))]


@pytest.mark.parametrize("seed", range(3))
def test_order_and_splitting_of_files_change_nothing(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    header = ["part", "issued_at", "D", "D+1"]
    rows = [
        [f"P{p}", 20211001 + d, *rng.integers(0, 99, 2).tolist()]
        for d in range(6)
        for p in range(4)
    ]
    whole = load(pl.DataFrame(rows, schema=header, orient="row")).triangle
    shuffled = [rows[at] for at in rng.permutation(len(rows))]
    for number, piece in enumerate((shuffled[:7], shuffled[7:9], shuffled[9:])):
        (tmp_path / f"{number}.csv").write_bytes(text({"": [header, *piece]}))
    pieces = load(tmp_path).triangle
    assert pieces.parts == whole.parts
    np.testing.assert_array_equal(pieces.quantity, whole.quantity)


@settings(max_examples=60)
@given(st.lists(st.tuples(*[st.integers(-(2**40), 2**40)] * 4), max_size=30))
def test_combinations_are_numbered_whatever_their_size(rows: list[tuple[int, ...]]) -> None:
    keys = [np.array([row[at] for row in rows], dtype=np.int64) for at in range(4)]
    place = {row: at for at, row in enumerate(sorted(set(rows)))}
    assert combined(keys).tolist() == [place[row] for row in rows]
