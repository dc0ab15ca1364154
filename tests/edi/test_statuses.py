"""Firm, forecast, backlog and immediate, bucket and ship-to are kept from a message to the plans
that the triangle is made of, and in a store."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from edi_files import FILES, WORKED, delfor

from calloff import load
from calloff.data.load import Loaded
from calloff.data.reading.plans import Buckets
from calloff.data.reading.statuses import STATUSES
from calloff.store.adding import add

PLANS = [path for path in FILES if path.stem[:4] not in ("x862", "delj")]
Row = tuple[str, str, str, int, str, float]  # part, ship-to, target, days, status, pieces


def expected(path: Path) -> list[Row]:
    """The rows that were worked out by hand; what is wanted beside a plan without its day."""
    with (WORKED / "expected" / f"{path.stem}.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return sorted(
        (row["part"], row["ship_to"],
         row["issued_at"][:10] if row["status"] in ("backlog", "immediate") else row["target"],
         int(row["days"]), row["status"], float(row["quantity"]))
        for row in rows
    )  # fmt: skip


def kept(loaded: Loaded) -> list[Row]:
    """The same of the plans that the triangle is made of."""
    plans, reading = loaded.cleaned.plans, loaded.reading
    names = {name: key.part for name, key in reading.keys.items()}
    found = []
    for row, column in zip(*np.nonzero(~np.isnan(plans.quantity)), strict=True):
        target = plans.issued[row].astype("M8[D]") + np.timedelta64(int(plans.leads[column]), "D")
        part = names.get(plans.part[row], plans.part[row])
        told = STATUSES[plans.status[row, column]]
        found.append((part, plans.plant[row], str(target), 1, told,
                      float(plans.quantity[row, column])))  # fmt: skip
    beside = [row for table in (reading.buckets, reading.ahead) for row in listed(table)]
    return sorted([*found, *((names.get(part, part), *rest) for part, *rest in beside)])


def listed(table: Buckets) -> Iterator[Row]:
    for at in range(len(table)):
        yield (table.part[at], table.plant[at], str(table.start[at]), int(table.days[at]),
               STATUSES[table.status[at]], float(table.quantity[at]))  # fmt: skip


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_triangle_s_source_data_hold_them(path: Path) -> None:
    loaded = load(path)
    assert kept(loaded) == expected(path)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_store_holds_them(tmp_path: Path, path: Path) -> None:
    add(tmp_path / "store", path)
    (table,) = (tmp_path / "store").rglob("plans*/**/*.parquet")
    rows = pl.read_parquet(table, hive_partitioning=False).filter(pl.col("quantity").is_not_null())
    names = ("part", "plant", "target", "days", "status", "quantity")
    found = [(part, plant, str(target), *rest) for part, plant, target, *rest
             in rows.select(names).iter_rows()]  # fmt: skip
    assert sorted(found) == expected(path)
    assert kept(load(tmp_path / "store")) == kept(load(path))


def test_a_day_is_firm_where_all_of_it_is(tmp_path: Path) -> None:
    path = tmp_path / "plan.edi"
    day = "DTM+2:20260303:102"
    firm, open_ = ("SCC+1", "QTY+113:30", day), ("SCC+4", "QTY+113:12", day)
    for said, status in (((*firm, *open_), "forecast"), ((*open_, *firm), "forecast"),
                         ((*firm, *firm), "firm")):  # fmt: skip
        path.write_text(delfor("NAD+ST+PLANT1", "LIN+1++A:IN", *said))
        (row,) = kept(load(path))
        assert row[4:] == (status, 60.0 if status == "firm" else 42.0)


def test_a_table_may_say_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    rows = ["A,2026-03-02,2026-03-02,5,firm", "A,2026-03-02,2026-03-03,7,Forecast",
            "A,2026-03-02,2026-03-04,9,planned", "A,2026-03-02,2026-03-01,3,backlog"]  # fmt: skip
    path.write_text("\n".join(["part,issued_at,target,quantity,status", *rows]))
    assert [row[3:] for row in kept(load(path))] == [
        (1, "backlog", 3), (1, "firm", 5), (1, "forecast", 7), (1, "", 9)]  # fmt: skip
