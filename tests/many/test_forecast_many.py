"""Forecasts of many customers: equal to those of lone runs, to the bit, whoever makes them."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff import forecast, load
from calloff.planning.executors import dask_executor
from calloff.planning.many import Job, Made, digest, file_name, forecast_many
from calloff.planning.parallel import Outcome
from calloff.planning.results import Settings
from calloff.store.adding import Adding, add
from calloff.synth import random_customer, random_kind
from calloff.texts.errors import CalloffError

SETTINGS = Settings(quantiles=(0.1, 0.9), exclude=("Part 1",))
NAMES = [f"Kunde {number}" for number in range(1, 9)]


def plans(seed: int) -> pl.DataFrame:
    """Three weeks of a small customer, whose parts have the names of every other's."""
    rng = np.random.default_rng(seed)
    kind = replace(random_kind(rng), parts=6, periods=21, horizon=6, cadence=1, passing=0.0)
    return random_customer(rng, kind).table()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight customers, each from a file of its own."""
    folder = tmp_path_factory.mktemp("customers")
    for seed, name in enumerate(NAMES):
        path = folder / f"{seed}.parquet"
        plans(seed).write_parquet(path)
        add(folder / "store", path, how=Adding(customer=name, arrived="issued"))
    return folder / "store"


@pytest.fixture(scope="session")
def jobs(store: Path) -> list[Job]:
    return [Job(name, [store], SETTINGS, customer=name, last=18) for name in NAMES]


@pytest.fixture(scope="session")
def lone(jobs: list[Job]) -> list[str]:
    """What a lone run makes of each: digests of the tables."""
    return [made(each).sha256 for each in forecast_many(jobs)]


def made(outcome: Outcome[Made]) -> Made:
    assert not outcome.failed, [problem.text() for problem in outcome.problems]
    assert outcome.value is not None
    return outcome.value


def digests(outcomes: Sequence[Outcome[Made]]) -> list[str]:
    return [made(each).sha256 for each in outcomes]


def test_a_job_is_what_the_usual_way_gives(store: Path, jobs: list[Job], lone: list[str]) -> None:
    """Without this module: load, leave out, forecast."""
    triangle = load(store, customer=NAMES[0], last=18).triangle.excluding(["Part 1"])
    usual = forecast(triangle, quantiles=(0.1, 0.9), build=SETTINGS.build)
    found = made(forecast_many(jobs[:1])[0])
    assert found.table is not None
    assert found.table.equals(usual.table)
    assert digest(usual.table) == found.sha256 == lone[0]
    assert (found.rows, found.skipped) == (usual.table.height, usual.skipped.height)
    assert found.cutoff == str(usual.cutoff)
    assert found.targets == (str(usual.targets[0]),)
    assert found.method == usual.choice.method.name
    assert found.peak > 50e6 or os.name == "nt"
    assert len(set(lone)) == len(lone)


def test_processes_give_the_same_to_the_bit(
    jobs: list[Job], lone: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "tables"
    folder.mkdir(parents=True)
    (folder / ".Kunde 1.0123.new").touch()  # left by a worker that was killed
    (folder / ".other.new").touch()
    found = forecast_many(jobs[:4], workers=2, to=folder)
    assert digests(found) == lone[:4]
    assert all(made(each).table is None for each in found)
    read = [digest(pl.read_parquet(made(each).file)) for each in found]
    assert read == lone[:4]
    left = sorted(path.name for path in folder.iterdir())
    assert left == [".other.new", *(f"{name}.parquet" for name in NAMES[:4])]


def test_dask_gives_the_same_to_the_bit(
    cluster: Any, jobs: list[Job], lone: list[str], tmp_path: Path
) -> None:
    with dask_executor(cluster.scheduler_address) as workers:
        found = forecast_many(jobs, workers, to=tmp_path)
    assert digests(found) == lone
    assert [digest(pl.read_parquet(tmp_path / f"{name}.parquet")) for name in NAMES] == lone


def test_a_worker_killed_in_the_middle(
    cluster: Any, jobs: list[Job], lone: list[str], tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(_: Outcome[Made]) -> None:
        if not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    with dask_executor(cluster.scheduler_address) as workers:
        found = forecast_many(jobs, workers, to=tmp_path, progress=kill)
    assert killed
    assert digests(found) == lone


def test_a_customer_that_cannot_be_used_stops_no_other(
    jobs: list[Job], lone: list[str], tmp_path: Path
) -> None:
    (tmp_path / "bad.csv").write_text("what is this")
    bad = [
        replace(jobs[0], name="gone", customer="Nobody"),
        Job("bad", [tmp_path / "bad.csv"]),
        replace(jobs[0], name="early", settings=replace(SETTINGS, as_of="1999-01-01")),
    ]
    found = forecast_many([*bad, jobs[0]])
    assert [each.failed for each in found] == [True, True, True, False]
    assert [problem.code for problem in found[0].problems] == ["key.no_customer"]
    assert "bad.csv" in found[1].problems[0].text()
    assert made(found[3]).sha256 == lone[0]


def test_as_of_a_past_day(store: Path, jobs: list[Job]) -> None:
    """As the store was then: the last days are those before it."""
    settings = replace(SETTINGS, as_of="2024-01-17")
    (found,) = forecast_many([replace(jobs[0], settings=settings, last=10)])
    triangle = load(store, customer=NAMES[0], last=10, as_of="2024-01-17").triangle
    usual = forecast(
        triangle.excluding(["Part 1"]),
        as_of="2024-01-17",
        quantiles=(0.1, 0.9),
        build=SETTINGS.build,
    )
    assert made(found).cutoff <= "2024-01-17"
    assert made(found).sha256 == digest(usual.table)


def test_a_table_that_cannot_be_written(jobs: list[Job], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / f"{NAMES[0]}.parquet").mkdir(parents=True)
    (found,) = forecast_many(jobs[:1], to=folder)
    assert [problem.code for problem in found.problems] == ["write.refused"]
    assert [path.name for path in folder.iterdir()] == [f"{NAMES[0]}.parquet"]
    (tmp_path / "file").touch()
    with pytest.raises(CalloffError, match="cannot be written"):
        forecast_many(jobs[:1], to=tmp_path / "file")


def test_arguments_are_checked(jobs: list[Job]) -> None:
    with pytest.raises(CalloffError, match="jobs"):
        forecast_many(["K1"])  # type: ignore[list-item]
    with pytest.raises(CalloffError, match="workers"):
        forecast_many(jobs, workers=0)
    with pytest.raises(CalloffError, match="inputs"):
        Job("K1", "plans.csv")
    with pytest.raises(CalloffError, match=r"alike: K/1, Kunde 1, kunde 1$"):
        names = ["Kunde 1", "other", "kunde 1", "K/1", "K/1"]
        forecast_many([replace(jobs[0], name=name) for name in names])


def test_names_of_files() -> None:
    assert file_name("K1 (Süd)") == "K1 (S%C3%BCd).parquet"
    assert file_name("../etc") == "%2E%2E%2Fetc.parquet"


def test_digests_tell_all_tables_apart() -> None:
    columns: list[pl.Series] = [
        pl.Series("x", [0.1], pl.Float64),
        pl.Series("x", [0.1 + 2**-55], pl.Float64),
        pl.Series("x", [0.1], pl.Float32),
        pl.Series("y", [0.1], pl.Float64),
        pl.Series("x", [0.0]),
        pl.Series("x", [-0.0]),
        pl.Series("x", [float("nan")]),
        pl.Series("x", [None], pl.Float64),
        pl.Series("x", ["0.1"]),
        pl.Series("x", [""]),
        pl.Series("x", [None], pl.String),
        pl.Series("x", [0.1, 0.1]),
    ]
    found = [digest(pl.DataFrame([each])) for each in columns]
    assert len(set(found)) == len(columns)
    assert digest(pl.DataFrame([columns[0]])) == digest(pl.DataFrame([columns[0].clone()]))
