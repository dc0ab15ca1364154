"""What is read from a store is what its files would give, to the bit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from plan_files import Row, by_day, history, write

from calloff.data.edi import read_messages
from calloff.data.load import Loaded
from calloff.data.triangle import ARRAYS, Triangle
from calloff.store.adding import Adding, add
from calloff.store.database import rows_in
from calloff.store.folder import Store
from calloff.store.load import load
from calloff.store.manifest import reading
from calloff.store.selection import Request, select
from calloff.texts.errors import CalloffError
from input_files import export
from input_files import write as made

ISSUED = Adding(arrived="issued")


def same_triangle(one: Triangle, other: Triangle) -> None:
    assert one.parts == other.parts
    assert one.sources == other.sources
    assert one.lost == other.lost
    for name in ARRAYS:
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.shape == theirs.shape, name
        assert mine.tobytes() == theirs.tobytes(), name


def same(one: Loaded, other: Loaded) -> None:
    same_triangle(one.triangle, other.triangle)
    assert (one.weeks is None) == (other.weeks is None)
    if one.weeks and other.weeks:
        same_triangle(one.weeks, other.weeks)
    for name in (each.name for each in fields(one.reading)):
        mine, theirs = getattr(one.reading, name), getattr(other.reading, name)
        if name in ("plans", "buckets", "ahead"):
            for each in fields(mine):
                np.testing.assert_array_equal(getattr(mine, each.name), getattr(theirs, each.name))
        elif isinstance(mine, pl.DataFrame):
            assert mine.equals(theirs), name
        else:
            assert mine == theirs, name


@pytest.mark.parametrize("customers", [("",), ("A", "B")])
def test_a_store_reads_as_its_files_do(tmp_path: Path, customers: tuple[str, ...]) -> None:
    files = by_day(tmp_path / "in", history(12, 4, customers))
    add(tmp_path / "store", *files)
    same(load(*files), load(tmp_path / "store"))


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_and_in_parts(tmp_path: Path, seed: int) -> None:
    files = by_day(tmp_path / "in", history(12, 4, ("A", "B")))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(files))
    for some in np.array_split(order, 3):
        add(tmp_path / "store", *(files[at] for at in some), how=ISSUED)
    same(load(*files), load(tmp_path / "store"))
    one = load(tmp_path / "store", customer="a", last=5).triangle
    days = load(*files).triangle.days[-5:]
    assert (one.days == days).all()
    assert (one.quantity == load(*files[-5:], customer="A").triangle.quantity).all()


def test_messages_weeks_and_faults_come_back(tmp_path: Path) -> None:
    long = "part,issued_at,target,quantity\n" + "".join(
        f"P{part},2024-03-{day:02} 18:00,{target},{7 * part + 50 - day * 3 - 5 * lead}\n"
        for part in range(3)
        for day in range(4, 9)
        for lead, target in enumerate([f"2024-03-{day:02}", f"2024-03-{day + 1:02}", "2024-W12"])
    )
    spoilt = long + "P9,2024-03-08 18:00,2024-03-09,many\n"
    file = tmp_path / "long.csv"
    file.write_text(spoilt, encoding="utf-8")
    add(tmp_path / "store", file)
    found = load(file)
    assert found.weeks is not None and found.reading.lost
    same(found, load(tmp_path / "store"))


GAPS = "part,issued_at,D,D+2,D+5\n" + "".join(
    f"P{part},2024-03-{day:02} 18:00,{10 * part + day},{20 + day},{30 + part}\n"
    for day in range(4, 8)
    for part in range(3)
)
STATUSES = "part,issued_at,target,quantity,status\n" + "".join(
    f"P{part},2024-03-{day:02} 18:00,2024-03-{day + lead:02},{50 + part - day},{status}\n"
    for part in range(3)
    for day in range(4, 8)
    for lead, status in enumerate(["firm", "", "forecast"])
)


@pytest.mark.parametrize("kind", ["gaps", "statuses", "slots", "customers"])
def test_what_few_plans_have_comes_back(tmp_path: Path, kind: str) -> None:
    texts = {"gaps": GAPS, "statuses": STATUSES}
    file = tmp_path / "plan.csv"
    if kind == "slots":
        rows = [{"part": f"P{at}", "stamp": 202110010830 + 10_000 * (at // 2),
                 "totals": [at] * 31} for at in range(6)]  # fmt: skip
        table = export(rows)
        table[3][1] = 7  # a slot that is another than the rest of its total
        file = made(tmp_path / "plan.xls", table)
    elif kind == "customers":
        write(file, history(3, 2, ("A", "B", "")))
    else:
        file.write_text(texts[kind], encoding="utf-8")
    found = load(file)
    plans = found.reading.plans
    has = {"gaps": np.diff(plans.leads).max() > 1, "statuses": len(np.unique(plans.status)) == 3,
           "slots": (plans.slots == plans.slots).any(), "customers": True}  # fmt: skip
    assert has[kind]
    add(tmp_path / "store", file)
    same(found, load(tmp_path / "store"))


def test_what_is_wanted_of_two_customers(tmp_path: Path) -> None:
    add(tmp_path / "store", write(tmp_path / "a.csv", history(5, 2, ("A", "B"))))
    assert load(tmp_path / "store").triangle.parts == ("P0 @ A", "P0 @ B", "P1 @ A", "P1 @ B")
    assert load(tmp_path / "store", customer="B").triangle.parts == ("P0", "P1")
    with pytest.raises(CalloffError, match="A, B"):
        load(tmp_path / "store", customer="C")


def test_the_last_days_are_those_of_the_files_that_count(tmp_path: Path) -> None:
    add(tmp_path / "store", *by_day(tmp_path / "in", history(6, 2)), how=ISSUED)
    with reading(Store(tmp_path / "store")) as log:
        found = select(log, Request(last=2, newest=4))  # others may be adding meanwhile
    assert (found.first, found.newest) == ("2024-03-06", 4)
    assert sorted(day for table in found.tables for day in table.days) == [
        "2024-03-06", "2024-03-07"]  # fmt: skip


def test_any_number_of_values_is_asked_about() -> None:
    with closing(sqlite3.connect(":memory:")) as data:
        data.execute("CREATE TABLE numbers (value INTEGER)")
        data.executemany("INSERT INTO numbers VALUES (?)", [(each,) for each in range(1300)])
        query = "SELECT value FROM numbers WHERE value > ? AND value IN ({})"
        found = rows_in(data, query, range(1200), [4])
    assert [row[0] for row in found] == list(range(5, 1200))


def test_files_without_a_customer_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", history(3, 2))
    add(tmp_path / "store", file, how=Adding(customer="Werk Süd/1."))
    found = load(tmp_path / "store", customer="werk süd/1.")
    assert {key.customer for key in found.reading.keys.values()} == {"Werk Süd/1."}
    (table,) = (tmp_path / "store" / "plans").rglob("*.parquet")
    assert table.parent.parent.name == "customer=Werk S%C3%BCd%2F1%2E"


def test_other_programs_read_the_tables(tmp_path: Path) -> None:
    rows: list[Row] = history(40, 2, ("A", "B & C"))
    add(tmp_path / "store", *by_day(tmp_path / "in", rows))
    table = pl.read_parquet(tmp_path / "store" / "plans")
    assert table["quantity"].sum() == sum(sum(row[3]) for row in rows)
    assert set(table["customer"].unique()) == {"A", "B & C"}
    assert set(table["month"].unique()) == {"2024-03", "2024-04"}
    first = table.filter(customer="A", part="P1").sort("issued_at", "lead").row(0, named=True)
    assert first["source_file"].endswith("2024-03-04.csv") and first["row"] == 3


def test_duckdb_reads_the_tables(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = history(40, 2, ("A", "B & C"))
    add(tmp_path / "store", *by_day(tmp_path / "in", rows))
    query = (
        f"SELECT customer, sum(quantity) FROM read_parquet('{tmp_path}/store/plans/**/*.parquet',"
        " hive_partitioning = true) GROUP BY customer ORDER BY customer"
    )
    sums = {name: sum(sum(row[3]) for row in rows if row[1] == name) for name in ("A", "B & C")}
    assert dict(duckdb.sql(query).fetchall()) == sums


def test_a_store_is_read_by_itself(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", history(3, 2))
    add(tmp_path / "store", file)
    for inputs, more in (
        ((tmp_path / "store", file), {}),
        ((tmp_path / "store",), {"layout": "x"}),
    ):
        with pytest.raises(CalloffError):
            load(*inputs, **more)
    with pytest.raises(CalloffError):
        load(file, last=3)


WORKED = sorted((Path(__file__).parents[1] / "edi" / "worked").glob("*.*"))


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_messages_come_back(tmp_path: Path, path: Path) -> None:
    try:
        found = load(path)
    except CalloffError as error:
        assert error.problems[0].code == "edi.calls_only"
        assert not add(tmp_path / "store", path).refused  # their plans may be there, or come
        return
    add(tmp_path / "store", path)
    same(found, load(tmp_path / "store"))


def test_calls_of_the_day_count_once(tmp_path: Path) -> None:
    """A message of calls that comes in two files is one."""
    (calls,) = (path for path in WORKED if path.name.startswith("x862"))
    add(tmp_path / "store", calls)
    twice = calls.read_bytes()
    again = tmp_path / "again.edi"
    again.write_bytes(twice + b"\n")
    add(tmp_path / "store", again)
    lines = read_messages(twice).lines.filter(kind="call")
    parts = lines["part"].unique().to_list()
    day = str(lines["target"].min())
    plans = "part,issued_at,D,D+1\n" + "".join(f"{part},{day} 06:00,,7\n" for part in parts)
    (tmp_path / "plans.csv").write_text(plans)
    customer = lines["customer"][0]
    for store, files in (("store", ()), ("once", (calls,))):
        add(tmp_path / store, *files, tmp_path / "plans.csv", how=Adding(customer=customer))
    one, two = (load(tmp_path / store) for store in ("once", "store"))
    assert one.reading.called_from == two.reading.called_from == "calls"
    assert np.nansum(one.triangle.quantity[:, :, 0]) > 0
    np.testing.assert_array_equal(one.triangle.quantity, two.triangle.quantity)


def test_the_last_days_of_a_store_are_not_the_last_target_day_of_a_backtest(
    tmp_path: Path,
) -> None:
    """Both options are called after what is last; one of them is for stores alone."""
    from calloff.cli.main import main

    plans = Path(__file__).parents[1] / "reading" / "cases" / "80-stock-no-match" / "w.csv"
    words = ["--lead", "3", "--method", "ratio", "--from", "2021-10-12", "--to", "2021-10-20"]
    assert main(["backtest", str(plans), *words]) == 0
    assert main(["add", str(tmp_path / "store"), str(plans), "--customer", "A"]) == 0
    assert main(["backtest", str(tmp_path / "store"), "--last", "30", *words]) == 0
    assert main(["backtest", str(plans), "--last", "30", *words]) == 2
