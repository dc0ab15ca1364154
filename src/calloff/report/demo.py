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
from calloff.texts import arguments
from calloff.texts.arguments import instance, one_of, require
from calloff.texts.catalogue import LANGUAGES
from calloff.texts.errors import Where, fail

EXPORT, INSPECTION = "export.xlsx", "inspection.json"
BACKTEST, FORECAST = "backtest.csv", "forecast.xlsx"
TARGETS = 12  # the last target days, enough for a demo


@dataclass(frozen=True)
class Demo:
    """What the demo made and found.

    Attributes:
        folder: where the files are.
        truth: the synthetic customer.
        inspection: what is in its export.
        scores: how good the methods were (see ``score``).
        targets: number of target days scored.
        summary: of the forecast for the next target day, as a report shows it.
    """

    folder: Path
    truth: Truth
    inspection: Inspection
    scores: pl.DataFrame
    targets: int
    summary: Summary


def run_demo(
    folder: str | Path,
    progress: Callable[[float, str], None],
    customer: Customer | None = None,
    lang: str = "en",
) -> Demo:
    """Make a customer, write its export, and run inspect, backtest and forecast on that file.

    Args:
        folder: where to leave the files; it is made where it is not there.
        progress: called with the share done (0 to 1) and the file that is made next.
        customer: the customer to make; by default, that of ``make``.
        lang: language of the workbook with the forecast, "en" or "ko".

    Returns:
        What was made and found.

    Raises:
        CalloffError: the folder cannot be written to, or an argument cannot be used.
    """
    require(
        arguments.path(folder, "folder"),
        instance(progress, "progress", Callable),  # type: ignore[arg-type]
        instance(customer, "customer", Customer, optional=True),
        one_of(lang, "lang", LANGUAGES),
    )
    folder = Path(folder)
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
