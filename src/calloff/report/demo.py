"""The main job from end to end on a synthetic customer, with its results in a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from calloff.data.inspection import Inspection
from calloff.data.load import load
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.forecasters import available
from calloff.planning.results import Settings, run, source
from calloff.report.files import replacing, write_json, write_table
from calloff.report.summary.summarise import Summary, summarise
from calloff.report.workbook import write_workbook
from calloff.rolling.spec import Spec
from calloff.synth import Customer, Truth, make, write_export
from calloff.texts.errors import Where, fail

EXPORT, INSPECTION = "export.xlsx", "inspection.json"
BACKTEST, FORECAST = "backtest.csv", "forecast.xlsx"
TARGETS = 12  # the last target days, enough for a demo


@dataclass(frozen=True)
class Demo:
    """What the demo made and found."""

    folder: Path
    truth: Truth
    inspection: Inspection
    scores: pl.DataFrame
    targets: int
    summary: Summary


def run_demo(
    folder: Path,
    progress: Callable[[float, str], None],
    customer: Customer | None = None,
    lang: str = "en",
) -> Demo:
    """Make a customer, write its export, and run inspect, backtest and forecast on that file;
    the forecast as a workbook in a language.

    Raises CalloffError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fail("write.refused", Where(file=str(folder)), error=error.strerror) from error
    progress(0.0, EXPORT)
    truth = make(customer)
    with replacing(folder / EXPORT) as made:
        write_export(truth, made)
    progress(0.4, INSPECTION)
    loaded = load(folder / EXPORT)
    inspection = loaded.inspect()
    write_json(inspection.as_dict(), folder / INSPECTION)
    progress(0.6, BACKTEST)
    methods = [method for method in available().values() if method.quick or method.name == "lstm"]
    first = str(loaded.triangle.target_days[-TARGETS:][0])
    table = backtest(loaded.triangle, Spec(), methods=methods, first=first)
    write_table(table, folder / BACKTEST)
    progress(0.8, FORECAST)
    results = run(loaded, Settings(), sources=[source(folder / EXPORT)])
    summary = summarise(results)
    write_workbook(summary, folder / FORECAST, lang)
    targets = table["target"].n_unique()
    return Demo(folder, truth, inspection, score(table), targets, summary)
