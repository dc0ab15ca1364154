"""One customer in several jobs: each part once, all learned from one sample, little read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff import load
from calloff.planning.many import Job, Made, forecast_many
from calloff.planning.parallel import Outcome
from calloff.planning.results import Settings
from calloff.planning.splitting import split
from calloff.store.adding import Adding, add
from calloff.synth import random_customer, random_kind
from calloff.texts.errors import CalloffError

PARTS = 24
SETTINGS = Settings(quantiles=(0.1, 0.9), exclude=("Part 3",), method="combined")


def plans() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    kind = replace(random_kind(rng), parts=PARTS, periods=25, horizon=6, cadence=1, passing=0.0)
    return random_customer(rng, kind).table()


def stored(folder: Path, table: pl.DataFrame) -> Job:
    table.write_parquet(folder / "plans.parquet")
    add(folder / "store", folder / "plans.parquet", how=Adding(customer="K", arrived="issued"))
    return Job("K", [folder / "store"], SETTINGS, customer="K")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return stored(tmp_path_factory.mktemp("one"), plans())


def tables(outcomes: list[Outcome[Made]]) -> list[pl.DataFrame]:
    assert not [problem.text() for each in outcomes for problem in each.problems]
    return [each.value.table for each in outcomes if each.value and each.value.table is not None]


def test_each_part_is_in_one_group(job: Job) -> None:
    groups = split(job, 5, sample=8)
    assert [each.name for each in groups] == [f"K {number} of 5" for number in range(1, 6)]
    parts = [part for each in groups for part in (each.group.parts if each.group else ())]
    assert sorted(parts) == sorted(f"Part {number}" for number in range(1, PARTS + 1))
    assert len({each.group.sample for each in groups if each.group}) == 1
    assert split(job, 5, sample=8) == groups != split(job, 5, sample=8, seed=1)
    (whole,) = tables(forecast_many([job]))
    found = pl.concat(tables(forecast_many(groups)))
    assert sorted(found["part"]) == sorted(whole["part"])
    assert whole.columns == found.columns


def test_all_in_the_sample_is_the_whole_customer(job: Job) -> None:
    """Nothing but the sample differs from a forecast of all parts."""
    everything = tuple(f"Part {number}" for number in range(1, PARTS + 1) if number != 3)
    (whole,) = tables(forecast_many([job]))
    groups = split(job, 3, sample=1000)
    assert all(each.group and each.group.sample == set(everything) for each in groups)
    found = pl.concat(tables(forecast_many(groups)))
    both = whole.join(found, on=["part", "target"], suffix=" split")
    assert both.height == whole.height
    np.testing.assert_allclose(both["forecast split"], both["forecast"], rtol=1e-9)


def louder(parts: set[str]) -> pl.DataFrame:
    """The plans with ten times the quantity of some parts."""
    tenfold = pl.when(pl.col("part").is_in(list(parts))).then(10.0).otherwise(1.0)
    return plans().with_columns(quantity=tenfold * pl.col("quantity"))


def test_other_groups_change_nothing(job: Job, tmp_path: Path) -> None:
    first, second = split(job, 2, sample=6)
    assert first.group and second.group
    others = set(second.group.parts - first.group.sample)
    changed = stored(tmp_path, louder(others))
    found = forecast_many([first, replace(first, name="changed", inputs=changed.inputs)])
    before, after = tables(found)
    assert before.equals(after)


def test_groups_learn_from_the_sample_alone(job: Job, tmp_path: Path) -> None:
    first = replace(split(job, 2, sample=6)[0], settings=replace(SETTINGS, method="ratio"))
    assert first.group
    own = min(first.group.parts - first.group.sample)
    changed = stored(tmp_path, louder({own}))
    found = forecast_many([first, replace(first, name="changed", inputs=changed.inputs)])
    rest = [table.filter(pl.col("part") != own) for table in tables(found)]
    assert rest[0].height > 3
    assert rest[0]["forecast"].equals(rest[1]["forecast"])
    assert not rest[0]["forecast"].equals(rest[0]["plan"])


def test_only_what_is_asked_for_is_read(job: Job) -> None:
    triangle = load(job.inputs[0], customer="K", parts=["Part 7", "Part 9"]).triangle
    assert triangle.parts == ("Part 7", "Part 9")
    every = load(job.inputs[0], customer="K").triangle
    at = [every.parts.index(part) for part in triangle.parts]
    np.testing.assert_array_equal(triangle.quantity, every.quantity[at])
    earlier = triangle.as_of("2024-01-20")
    assert set(earlier.parts) <= {"Part 7", "Part 9"}


def test_arguments_are_checked(job: Job, tmp_path: Path) -> None:
    with pytest.raises(CalloffError, match="groups"):
        split(job, 1)
    with pytest.raises(CalloffError, match="sample"):
        split(job, 2, sample=0)
    with pytest.raises(CalloffError, match="calloff add"):
        split(replace(job, inputs=[tmp_path]), 2)
    with pytest.raises(CalloffError, match="Nobody"):
        split(replace(job, customer="Nobody"), 2)
    with pytest.raises(CalloffError):
        load(tmp_path, parts=["Part 7"])
