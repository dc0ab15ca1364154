"""Nothing is done to the caller: calloff leaves settings, files' modes and arrays as they were."""

from __future__ import annotations

import locale
import logging
import os
import random
import signal
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import polars as pl
import pytest

import calloff
from calloff.analysis.plan_accuracy import assess
from calloff.evaluation import metrics
from calloff.evaluation.scores import score_building, score_quantiles, score_ranges
from calloff.lstm import LSTM, Dense, Network
from calloff.overrides.table import Overrides, beside
from calloff.overrides.workbook_reader import read_overrides
from calloff.report.files import write_json, write_table
from calloff.report.html.render import write_report
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make, write_export
from calloff.training.train import TrainSpec, train_parts
from calloff.training.windows import WindowSpec
from results_cases import LEVELS, plans, small

LOGGERS = (None, "matplotlib", "matplotlib.font_manager", "calloff")


def settings() -> dict[str, object]:
    """All that a library could change behind its caller's back."""
    mask = os.umask(0)
    os.umask(mask)
    return {
        "pictures": dict(matplotlib.rcParams),
        "loggers": {name: _logger(logging.getLogger(name)) for name in LOGGERS},
        "umask": mask,
        "floating point": np.geterr(),
        "printing": np.get_printoptions(),
        "tables": pl.Config.state(),
        "warnings": list(warnings.filters),
        "environment": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
        "random numbers": (random.getstate(), str(np.random.get_state())),
        "folder": Path.cwd(),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "denormals": float(np.float32(1e-40) * np.float32(1)),
    }


def _logger(logger: logging.Logger) -> tuple[object, ...]:
    return logger.level, logger.disabled, logger.propagate, [*logger.filters], [*logger.handlers]


def frame() -> pl.DataFrame:
    return plans(list(LEVELS), list(LEVELS.values()), days=20)


def forecasting(folder: Path) -> None:
    loaded = calloff.load(frame())
    loaded.inspect().as_dict()
    spec = Spec(lead=2)
    first = str(loaded.triangle.target_days[-3])
    table = calloff.backtest(loaded.triangle, spec, first=first, quantiles=[0.1, 0.9])
    calloff.score(table, by=["weekday"])
    score_ranges(table)
    score_quantiles(table, ["q10", "q90"])
    score_building(table, "q90")
    calloff.forecast(loaded.triangle, spec, quantiles=[0.9])
    beside(table, Overrides(), 2)


def reporting(folder: Path) -> None:
    results = small(method="plan")
    summary = summarise(results)
    for lang in ("en", "ko"):
        write_report(summary, folder / f"{lang}.html", lang)
        write_workbook(summary, folder / f"{lang}.xlsx", lang)
    read_overrides([folder / "en.xlsx"])
    for suffix in ("csv", "parquet", "xlsx"):
        write_table(results.forecast.table, folder / f"table.{suffix}")
    write_json({"a": 1}, folder / "a.json")
    truth = make(Customer(parts=10, days=25))
    write_export(truth, folder / "export.xlsx")
    calloff.load(folder / "export.xlsx")


def drawing(folder: Path) -> None:
    from calloff.report import figures

    triangle = calloff.load(frame()).triangle
    found = calloff.correlate(calloff.align(triangle, "A-1", max_lead=4))
    figures.save(figures.heat_map(found, "ko"), folder / "correlation.png")
    accuracy = assess(triangle.as_of(triangle.days[-1]), 2)
    figures.save(figures.trust_map(accuracy, "ko"), folder / "accuracy.svg")
    windows = WindowSpec(leads=(0, 3, 4))
    spec = TrainSpec(windows=windows, units=2, layers=1, epochs=2, engine="numpy")
    runs, _ = train_parts(triangle, ["A-1"], spec)
    figures.save(figures.loss_curves(runs, "ko"), folder / "curves.png")


def learning(folder: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3, 2)), rng.normal(size=8)
    network = Network([LSTM(3), Dense(1)])
    for engine in ("numpy", "auto"):
        fitted = network.fit(x, y, epochs=2, engine=engine, verbose=0)
    fitted.save(folder / "network")
    calloff.lstm.load(folder / "network").predict(x)


JOBS: tuple[Callable[[Path], None], ...] = (forecasting, reporting, drawing, learning)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.__name__)
def test_settings_stay_as_they_were(job: Callable[[Path], None], tmp_path: Path) -> None:
    job(tmp_path)  # first imports: other projects may do as they like in theirs
    before = settings()
    job(tmp_path)
    after = settings()
    assert {name: after[name] for name in before if after[name] != before[name]} == {}


def test_what_refuses_leaves_them_too(tmp_path: Path) -> None:
    before = settings()
    with pytest.raises(calloff.CalloffError):
        calloff.load(tmp_path / "absent.xlsx")
    with pytest.raises(calloff.CalloffError):
        write_table(frame(), tmp_path / "absent" / "a.csv")
    assert settings() == before


def test_files_get_the_mode_of_any_other_file_and_the_umask_is_never_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    before = os.umask(0o027)
    try:
        other.touch()
        monkeypatch.setattr("os.umask", _refuse)
        write_table(frame(), tmp_path / "a.csv")
        write_json({}, tmp_path / "a.json")
    finally:
        monkeypatch.undo()
        os.umask(before)
    modes = {path.name: path.stat().st_mode for path in tmp_path.iterdir()}
    assert set(modes.values()) == {other.stat().st_mode} and len(modes) == 3


def _refuse(mask: int) -> int:
    raise AssertionError("the umask is of the whole process: other threads write files by it")


def test_pictures_ask_nothing_of_the_settings_even_for_a_moment(tmp_path: Path) -> None:
    """Another thread may draw at the same time."""
    from calloff.report import figures

    found = calloff.correlate(calloff.align(calloff.load(frame()).triangle, "A-1", max_lead=4))
    before = str(matplotlib.rcParams["font.family"])
    seen = {before}
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.add(str(matplotlib.rcParams["font.family"]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        figures.save(figures.heat_map(found), tmp_path / "a.png")
    finally:
        stop.set()
        thread.join()
    assert seen == {before}


def test_a_missing_font_is_not_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from calloff.report import figures

    monkeypatch.setattr(figures, "HANGUL_FONTS", ())
    found = calloff.correlate(calloff.align(calloff.load(frame()).triangle, "A-1", max_lead=4))
    figures.save(figures.heat_map(found, "ko"), tmp_path / "a.png")
    assert not caplog.records
    logging.getLogger("matplotlib.font_manager").warning("the caller's own")
    assert [record.message for record in caplog.records] == ["the caller's own"]


def arrays() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 3, 2)), rng.normal(size=(8, 1))
    return {"x": x, "y": y, "mask": np.ones((8, 3), dtype=bool), "weight": np.ones(8)}


def test_arrays_stay_as_they_were() -> None:
    given, same = arrays(), arrays()
    x, y, weight = given["x"], given["y"], given["weight"]
    network = Network([LSTM(3), Dense(1)])
    for engine in ("numpy", "auto"):
        weights = network.build(2)
        fitted = network.fit(
            x, y, sample_weight=weight, mask=given["mask"], initial_weights=weights,
            validation_data=(x, y), engine=engine, verbose=0,
        )  # fmt: skip
        fitted.evaluate(x, y, sample_weight=weight)
        assert all(w.flags.writeable for w in (*weights, *fitted.weights, fitted.predict(x)))
    metrics.mae(y, y + 1)
    for name, array in given.items():
        assert array.flags.writeable, name
        np.testing.assert_array_equal(array, same[name])


def test_a_triangle_leaves_the_arrays_that_it_is_made_of() -> None:
    given = calloff.load(frame()).triangle
    names = ("days", "leads", "quantity", "stale", "conflict", "mismatch")
    own = {name: getattr(given, name).copy() for name in names}
    made = calloff.Triangle(given.parts, **own)
    calloff.forecast(made, Spec(lead=2), method="plan")
    assert all(array.flags.writeable for array in own.values())
    assert not made.quantity.flags.writeable


def test_frames_stay_as_they_were() -> None:
    given, same = frame().to_pandas(), frame().to_pandas()
    calloff.load(given)
    assert given.equals(same)
    assert given["D"].to_numpy().flags.writeable == same["D"].to_numpy().flags.writeable
