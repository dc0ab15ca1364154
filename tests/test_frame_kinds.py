"""A frame in, a frame of the same library out: whoever works in pandas gets pandas back."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

import calloff
from calloff.data.frame_kinds import POLARS, as_polars, kind_of
from calloff.evaluation.comparison import compare
from calloff.evaluation.figure_tables import planning_figures
from calloff.evaluation.scores import score_building, score_quantiles, score_ranges
from calloff.evaluation.value_added import value_added
from calloff.synth import Customer, make, write_export

ISSUED, PARTS = [datetime(2024, 4, day, 17, 30) for day in range(1, 25)], {"A": 40, "B": 12}
ROWS = [
    {"part": part, "issued_at": issued} | {
        f"D+{lead}": size + 3 * ((issued.day + lead) * 7 % 5) + 2 * lead for lead in range(5)
    }
    for part, size in PARTS.items() for issued in ISSUED
]  # fmt: skip
PLANS = pl.DataFrame(ROWS).rename({"D+0": "D"})
SPEC = calloff.Spec(lead=3)
Convert = Callable[[pl.DataFrame], Any]
CONNECTIONS: list[Any] = []  # a relation does not keep its own open


def with_duckdb(frame: pl.DataFrame) -> Any:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    connection = duckdb.connect()
    CONNECTIONS.append(connection)
    return connection.from_arrow(frame.to_arrow())


LIBRARIES: dict[str, Convert] = {
    "polars": lambda frame: frame,
    "pandas": pl.DataFrame.to_pandas,
    "pandas with types of Arrow": lambda f: f.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": pl.DataFrame.to_arrow,
    "duckdb": with_duckdb,
}


def backtest(plans: Any) -> Any:
    triangle = calloff.load(plans).triangle
    return calloff.backtest(triangle, SPEC, methods=["plan", "mean3"], quantiles=[0.1, 0.9])


@pytest.fixture(scope="module")
def wanted() -> pl.DataFrame:
    return backtest(PLANS)


@pytest.fixture(scope="module", params=LIBRARIES)
def both(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Plans, and the backtest made of them."""
    plans = LIBRARIES[request.param](PLANS)
    return plans, backtest(plans)


def test_what_comes_out_is_what_went_in(both: tuple[Any, Any]) -> None:
    plans, pairs = both
    evening = calloff.forecast(calloff.load(plans).triangle, SPEC, method="plan")
    outcomes = [pairs, calloff.score(pairs), calloff.score(table=pairs, by=["weekday"]),
                evening.table, evening.skipped]  # fmt: skip
    assert {type(each) for each in outcomes} == {type(plans)}


def test_the_figures_are_those_of_polars(both: tuple[Any, Any], wanted: pl.DataFrame) -> None:
    _, found = both
    assert as_polars(found).equals(wanted)
    scored: list[Callable[[Any], Any]] = [
        calloff.score,
        lambda table: calloff.score(table, by=["part", "weekday"]),
        score_ranges,
        compare,
        lambda table: score_quantiles(table, ["q10", "q90"]),
        lambda table: score_building(table, "q90"),
        lambda table: value_added(table, ["plan", "mean3"]),
        lambda table: planning_figures(table, ["method", "part"], called_off="actual"),
    ]
    for score in scored:
        assert_frame_equal(as_polars(score(found)), score(wanted), check_dtypes=False)


def test_the_steps_one_by_one_keep_it_too() -> None:
    triangle = calloff.build_triangle(calloff.clean(calloff.read(PLANS.to_pandas())))
    for each in (triangle, triangle.excluding(["A"]), triangle.until("2024-04-20")):
        assert isinstance(calloff.backtest(each, SPEC, methods=["plan"]), pd.DataFrame)


def test_pandas_gets_its_own_types(wanted: pl.DataFrame) -> None:
    pairs = kind_of([pd.DataFrame()]).of(wanted)
    assert pairs["target"].dtype.kind == "M"
    assert pairs["lead"].dtype.kind == "i"
    assert pairs["q10"].isna().any()  # unknown on the first days
    assert pairs["method"].tolist().count("mean3") * 2 == len(pairs)


def test_a_relation_comes_back_on_its_own_connection() -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    connection, table = duckdb.connect(), PLANS.to_arrow()
    connection.register("plans", table)
    connection.execute("CREATE TABLE lines AS SELECT 'A' AS part, 'line 1' AS line")
    pairs = backtest(connection.table("plans"))
    query = "SELECT DISTINCT line, part FROM pairs JOIN lines USING (part)"
    assert pairs.query("pairs", query).fetchall() == [("line 1", "A")]


def test_files_lazy_frames_and_mixtures_give_polars(tmp_path: Any) -> None:
    write_export(make(Customer(parts=3, days=20)), tmp_path / "export.xlsx")
    half = PLANS.filter(part="A").to_pandas(), PLANS.filter(part="B").to_arrow()
    assert kind_of([tmp_path]) == kind_of([PLANS.lazy()]) == kind_of(half) == kind_of([]) == POLARS
    assert isinstance(backtest(PLANS.lazy()), pl.DataFrame)
    both = calloff.load(*half).triangle
    assert isinstance(calloff.backtest(both, SPEC, methods=["plan"]), pl.DataFrame)
    file = calloff.load(tmp_path / "export.xlsx").triangle
    assert isinstance(calloff.backtest(file, SPEC, methods=["plan"]), pl.DataFrame)


def test_what_stands_for_nothing_in_pandas_is_null() -> None:
    given = pd.DataFrame({
        "text": ["a", None, float("nan")],
        "day": pd.to_datetime(["2024-04-01", None, "2024-04-02"]),
        "time": pd.to_datetime(["2024-04-01 17:30", None, "2024-04-02 00:00"]),
        "whole": pd.array([1, pd.NA, 3], dtype="Int64"),
        "float": [0.5, float("nan"), 1.0],
    })  # fmt: skip
    assert as_polars(given).rows() == [
        ("a", date(2024, 4, 1), datetime(2024, 4, 1, 17, 30), 1, 0.5),
        (None, None, None, None, None),
        (None, date(2024, 4, 2), datetime(2024, 4, 2), 3, 1.0),
    ]


def test_another_process_gets_arrow_for_duckdb() -> None:
    relation = with_duckdb(PLANS)
    kind = kind_of([relation])
    assert copy.deepcopy(kind) is kind
    assert isinstance(pickle.loads(pickle.dumps(kind)).of(PLANS), pa.Table)
    assert pickle.loads(pickle.dumps(kind_of([pd.DataFrame()]))).name == "pandas"


def test_pandas_alone_is_enough() -> None:
    """PyArrow is no part of pandas."""
    code = """if True:
        import sys
        sys.modules["pyarrow"] = None
        import pandas as pd
        import calloff
        days = pd.date_range("2024-04-01 17:30", periods=12)
        plans = pd.DataFrame({"part": "A", "issued_at": days, "D": range(12)})
        plans["D+1"] = plans["D"] + 2
        triangle = calloff.load(plans).triangle
        pairs = calloff.backtest(triangle, calloff.Spec(lead=1), methods=["plan"])
        assert type(calloff.score(pairs, by=["target"])) is pd.DataFrame
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
