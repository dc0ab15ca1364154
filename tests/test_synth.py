"""The synthetic customer does what it says, and calloff finds what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calloff.data.load import Loaded, load
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.report.demo import BACKTEST, EXPORT, FORECAST, INSPECTION, run_demo
from calloff.synth import Customer, Truth, export_header, make, write_export


@pytest.fixture(scope="module")
def truth() -> Truth:
    return make()


@pytest.fixture(scope="module")
def loaded(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("synth") / "export.xlsx"
    write_export(truth, path)
    return load(path)


def test_the_same_seed_gives_the_same_customer(truth: Truth) -> None:
    again = make()
    np.testing.assert_array_equal(truth.plan, again.plan)
    assert not np.array_equal(make(Customer(seed=8)).plan, truth.plan)


def test_header_has_the_customers_columns() -> None:
    header = export_header()
    assert len(header) == 84
    assert len(set(header)) < 84
    assert (header[0], header[-1]) == ("Part Number", "CRET_TIME")


def test_what_was_planted_is_found(truth: Truth, loaded: Loaded) -> None:
    found = loaded.inspect()
    planted = truth.planted
    assert found.rows == found.rows_used + sum(found.set_aside.values())
    assert found.conflicts == {planted["conflict"]: planted["conflict_stamps"]}
    assert found.totals_mismatch == {planted["mismatch"]: planted["mismatch_plans"]}
    assert found.missing_days == [planted["missing_day"]]
    assert len(found.faults) == planted["faulty_cells"]
    idle = [str(day) for day, works in zip(truth.days, truth.working, strict=True) if not works]
    assert found.stale_days == [day for day in idle if day != planted["missing_day"]]


def test_quantities_come_through(truth: Truth, loaded: Loaded) -> None:
    """Every plan of the triangle is the one that the customer sent that evening; of faulty cells
    the quantity is unknown, and of nothing else."""
    made = loaded.triangle
    day = np.searchsorted(truth.days, made.days)
    unknown = 0
    for row, part in enumerate(made.parts):
        sent = truth.plan[truth.parts.index(part), day]
        known = ~np.isnan(made.quantity[row, :, 0])
        if part == truth.planted["conflict"]:
            continue
        read = np.delete(made.quantity[row, known], 3, axis=1)
        lost = np.isnan(read)
        unknown += int(lost.sum())
        np.testing.assert_array_equal(read[~lost], np.delete(sent[known], 3, axis=1)[~lost])
    assert 0 < unknown <= truth.planted["faulty_cells"]


def test_accuracy_is_pinned(loaded: Loaded) -> None:
    """A change of any figure is meant, and then written here."""
    expected = {"plan": 11.14, "last": 16.27, "mean3": 14.45, "mean7": 14.03, "ratio": 10.81,
                "ratio-part": 9.96, "smoothing": 13.59, "blend": 9.14, "top-down": 10.48,
                "middle-out": 9.22, "combined": 8.73, "lstm": 8.21}  # fmt: skip
    scores = score(backtest(loaded.triangle, methods=list(expected)))
    found = dict(scores.select("method", "mae").rows())
    rough = found.pop("lstm")  # its last digits differ from processor to processor
    assert rough == pytest.approx(expected.pop("lstm"), abs=0.15)
    assert {name: round(found[name], 2) for name in expected} == expected


def test_ratio_finds_the_planted_bias() -> None:
    """With nothing but a bias planted, the pooled ratio is that bias."""
    truth = make(Customer(parts=24, bias=1.3, noise=0.01, faults=False))
    plain = [index for index, kind in enumerate(truth.kinds) if kind == "plain"]
    lead = 3
    targets = np.arange(lead, len(truth.days))
    planned = truth.plan[plain][:, targets - lead, lead]
    fresh = truth.working[targets] & truth.working[targets - lead]
    called = truth.calloffs[plain][:, targets]
    assert called[:, fresh].sum() / planned[:, fresh].sum() == pytest.approx(1.3, abs=0.02)


def test_demo_leaves_its_results(tmp_path: Path) -> None:
    outcome = run_demo(tmp_path / "demo", lambda done, what: None, Customer(parts=12, days=30))
    names = {path.name for path in outcome.folder.iterdir()}
    assert names == {EXPORT, INSPECTION, BACKTEST, FORECAST}
    assert outcome.scores.height >= 6
