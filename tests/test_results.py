"""One evening as one value."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import numpy as np

from calloff.data.load import load
from calloff.evaluation.scores import score
from calloff.planning.results import Settings, run, source
from calloff.synth import Customer, make, write_export


def customer(folder: Path, **fields: int) -> Path:
    path = folder / "export.xlsx"
    write_export(make(Customer(**{"parts": 12, "days": 40, "seed": 3, **fields})), path)
    return path


def test_an_evening_reads_nothing_that_came_after_it(tmp_path: Path) -> None:
    loaded = load(customer(tmp_path))
    days = loaded.triangle.target_days
    found = run(loaded, Settings(as_of=str(days[-5]), method="ratio"))
    assert found.past.cutoff == days[-5]
    assert found.pairs["target"].max() <= days[-5].astype(object)
    assert (found.past.days <= days[-5]).all()
    assert set(found.pairs["method"]) >= {"plan", "last", "ratio"}
    assert {"q10", "q50", "q90"} <= set(found.pairs.columns)
    assert "build" in found.forecast.table.columns


def test_the_last_targets_are_scored_and_a_short_past_has_no_pairs(tmp_path: Path) -> None:
    loaded = load(customer(tmp_path))
    found = run(loaded, Settings(method="plan", scored=4))
    assert found.pairs["target"].n_unique() == 4
    assert np.isfinite(score(found.pairs)["mae"].to_numpy()).all()
    first = loaded.triangle.target_days[0]
    assert run(loaded, Settings(as_of=str(first))).pairs.is_empty()


def test_a_source_is_named_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 3_000_000)
    found = source(path)
    assert (found.name, found.size) == ("a.csv", 3_000_000)
    assert found.sha256 == sha256(b"x" * 3_000_000).hexdigest()


def test_results_say_what_trained_their_networks(tmp_path: Path) -> None:
    """The last digits of a network depend on the instruction set."""
    loaded = load(customer(tmp_path))
    found = run(loaded, Settings(method="lstm", scored=2))
    assert found.curves
    assert re.fullmatch(r"numpy|cpp, \w+", found.engine)
    plain = run(loaded, Settings(method="ratio", scored=2))
    assert (plain.engine, plain.curves) == ("", ())
