"""Bad arguments of public functions: one kind of error, naming all and what they must be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import calloff
from calloff import CalloffError, Policy, load
from calloff.analysis.correlation import align, correlate
from calloff.analysis.plan_accuracy import assess
from calloff.data.inspection import inspect
from calloff.data.part_tables import Pack, read_packs, read_stock
from calloff.evaluation.period_backtest import backtest_cover
from calloff.overrides.table import Overrides, beside
from calloff.overrides.workbook_reader import read_overrides
from calloff.planning.build import BuildSpec
from calloff.planning.results import Settings, run
from calloff.report.demo import run_demo
from calloff.report.figures import heat_map, loss_curves, save, trust_map
from calloff.report.files import write_json, write_table
from calloff.report.html.render import render_report, write_report
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.synth import Customer, bank, make, make_customer, random_customer, write_export
from calloff.training.train import TrainSpec, train_parts
from calloff.training.windows import WindowSpec, cut_windows
from results_cases import LEVELS, plans, small

Call = Callable[[], object]
NAN = float("nan")


@cache
def loaded() -> Any:
    return load(plans(list(LEVELS), list(LEVELS.values())))


@cache
def results() -> Any:
    return small(method="plan")


@cache
def summary() -> Any:
    return summarise(results())


def past() -> Any:
    triangle = loaded().triangle
    return triangle.as_of(triangle.days[-1])


DATA: dict[str, Call] = {
    "no input was given": lambda: load(),
    "frame 1: the sheet has no rows of data": lambda: load(pl.DataFrame()),
    "frame 1: the sheet has no rows": lambda: load(
        pd.DataFrame(columns=["part", "issued_at", "D"])
    ),
    "a list can be neither opened nor read": lambda: load(["a.xlsx"]),
    "layout is of type int; it must be of type str | PathLike | Layout\n"
    "strict is of type str; it must be of type bool\n"
    "progress is of type str; it must be of type Callable": lambda: calloff.read(
        "a.xlsx", layout=3, strict="no", progress="yes"
    ),
    "policy is of type str; it must be of type Policy": lambda: load("a.csv", policy="x"),
    "conflicts is “x”; it must be one of: quarantine, first, last, fail\n"
    "quantity is “None”; it must be one of: total, slots": lambda: Policy("x", quantity=None),
    "reading is of type Loaded; give its reading\npolicy is of type str": lambda: calloff.clean(
        loaded(), "first"
    ),
    "cleaned is of type Loaded; give its cleaned": lambda: inspect(
        loaded().reading, loaded(), loaded().triangle
    ),
    "path is of type int; it must be of type str": lambda: calloff.load_layout(3),
    "absent.toml: the layout cannot be read": lambda: calloff.load_layout("absent.toml"),
    "path is of type NoneType": lambda: read_stock(None),
    "path is of type list": lambda: read_packs(["a"]),
    "size is 0; it must be a number above 0 and below 1,000,000,000\n"
    "minimum is -1; it must lie from 0 to 1,000,000,000": lambda: Pack(0, -1),
    "size is nan": lambda: Pack(NAN),
}
ANALYSIS: dict[str, Call] = {
    "triangle is of type Loaded; give its triangle\n"
    "max_lead is '3'; it must be a whole number": lambda: align(loaded(), "A-1", max_lead="3"),
    "there is no part “Z-9”; the file has: A-1, B-2, C-3": lambda: align(loaded().triangle, "Z-9"),
    "there is no part “0”": lambda: align(loaded().triangle, 0),
    "keep_stale is of type int": lambda: align(loaded().triangle, "A-1", keep_stale=1),
    "aligned is of type Triangle; it must be of type Aligned": lambda: correlate(loaded().triangle),
    "past is of type Triangle; it must be of type Past\n"
    "lead is 0; it must lie from 1 to 366\n"
    "tolerance is nan; it must be a number from 0 to 10": lambda: assess(loaded().triangle, 0, NAN),
    "tolerance is '10%'; it must be a number": lambda: assess(past(), 3, "10%"),
}
OVERRIDES: dict[str, Call] = {
    "the table needs a column target, evening, made, plan, forecast": lambda: Overrides(
        pl.DataFrame({"part": ["A"], "override": [1.0]})
    ),
    "table cannot be used (": lambda: Overrides(
        Overrides().table.clear(n=1).with_columns(override=pl.lit("many"))
    ),
    "cutoff is 'next monday'; it must be a day such as": lambda: Overrides().until("next monday"),
    "before is 3; it must be a day": lambda: Overrides().latest(3),
    "the table needs a column part, target": lambda: Overrides().onto(pl.DataFrame(), "2024-01-01"),
    "newer is of type NoneType": lambda: Overrides().keep(None),
    "table is of type Loaded; it must be of type polars.DataFrame\n"
    "overrides is of type NoneType; it must be of type Overrides\n"
    "lead is 3.0; it must be a whole number": lambda: beside(loaded(), None, 3.0),
    "paths is 'a.xlsx'; it must be a list, such as ['a.xlsx']": lambda: read_overrides("a.xlsx"),
    "paths is of type int": lambda: read_overrides([3]),
    "parts is 'A-1'; it must be a list": lambda: read_overrides(["a.xlsx"], "A-1"),
}
ROLLING: dict[str, Call] = {
    "lead is '3'; it must be a whole number from 1 to 366": lambda: calloff.Spec(lead="3"),
    "lead is True": lambda: calloff.Spec(lead=True),
    "triangle is of type Loaded; give its triangle\n"
    "spec is of type int; it must be of type Spec\n"
    "as_of is 'next monday'; it must be a day such as 2021-10-22\n"
    "method is of type int; it must be of type str | Forecaster\n"
    "days is 0; it must lie from 1 to 366\n"
    "build is of type float; it must be of type BuildSpec": lambda: calloff.forecast(
        loaded(), 3, as_of="next monday", method=5, days=0, build=0.9
    ),
    "quantiles is 90; it must be a number between 0 and 1, such as 0.9 for 90 %\n"
    "quantiles is nan": lambda: calloff.forecast(loaded().triangle, quantiles=[90, NAN]),
    "quantiles is 'q90'; it must be a list": lambda: calloff.forecast(
        loaded().triangle, quantiles="q90"
    ),
    "methods is 'plan'; it must be a list, such as ['plan']\nfirst is '2024-13-01'": lambda: (
        calloff.backtest(loaded().triangle, methods="plan", first="2024-13-01")
    ),
    "methods is of type int": lambda: calloff.backtest(loaded().triangle, methods=[3]),
    "there is no method “magic”": lambda: calloff.backtest(loaded().triangle, methods=["magic"]),
    "days is 0; it must lie from 1 to 366\nlevel is 95": lambda: backtest_cover(
        loaded().triangle, days=0, level=95
    ),
    "service-level is 95; it must be a number between 0 and 1": lambda: BuildSpec(95),
    "stock['A'] is -1; it must lie from 0": lambda: BuildSpec(stock={"A": -1}),
    "stock is of type list; it must be of type Mapping": lambda: BuildSpec(stock=[1]),
    "packs is of type list; it must be of type Mapping": lambda: BuildSpec(packs=[1]),
    "packs is of type int; it must be of type Pack": lambda: BuildSpec(packs={"A": 5}),
    "as_of is 'soon'; it must be a day such as 2021-10-22\n"
    "days is 0; it must lie from 1 to 366\n"
    "tolerance is nan": lambda: Settings(as_of="soon", days=0, tolerance=NAN),
    "loaded is of type Triangle": lambda: run(loaded().triangle),
    "day is 'soon'; it must be a day": lambda: loaded().triangle.as_of("soon"),
    "no plan was issued on 2031-01-01": lambda: loaded().triangle.called_off("2031-01-01"),
    "names is 'A-1'; it must be a list": lambda: loaded().triangle.excluding("A-1"),
    "there is no part “X”; the file has: A-1, B-2, C-3\nthere is no part “Y”": lambda: (
        loaded().triangle.excluding(["X", "Y"])
    ),
}
SYNTH: dict[str, Call] = {
    "parts is 0; it must lie from 1 to 100000\ndays is '56'; it must be a whole number": lambda: (
        Customer(parts=0, days="56")
    ),
    "kinds is “odd”; it must be one of: plain, intermittent": lambda: Customer(kinds=("odd",)),
    "kinds is empty": lambda: Customer(kinds=()),
    "start is of type str; it must be of type datetime.date": lambda: Customer(start="2024-03-04"),
    "faults need three plain parts that are always sent and 14 days; there are 2 and 20": lambda: (
        make(Customer(parts=2, days=20))
    ),
    "customer is of type int": lambda: make(3),
    "name is “daily”; it must be one of: daily-good, daily-biased": lambda: bank("daily"),
    "settings is of type Customer; it must be of type Settings": lambda: make_customer(Customer()),
    "rng is of type int; it must be of type numpy.Generator": lambda: random_customer(3),
    "truth is of type Customer": lambda: write_export(Customer(), "a.xlsx"),
    "absent/a.xlsx: cannot be written": lambda: write_export(
        make(Customer(parts=4, days=14)), "absent/a.xlsx"
    ),
}
TRAINING: dict[str, Call] = {
    "lookback is 0; it must lie from 1 to 366\n"
    "leads is 3; it must be a list, such as [3]": lambda: WindowSpec(lookback=0, leads=3),
    "leads is -1; it must lie from 0": lambda: WindowSpec(leads=(0, -1)),
    "units is '8'; it must be a whole number from 1 to 1024\n"
    "dropout is 1.0; it must lie from 0 to 0.99": lambda: TrainSpec(units="8", dropout=1.0).check(),
    "this network cannot be built: loss must be one of": lambda: TrainSpec(loss="mean").check(),
    "this network cannot be built: activation: activation must be": lambda: TrainSpec(
        activation="wild"
    ).check(),
    "parts is 'A-1'; it must be a list, such as ['A-1']": lambda: train_parts(
        loaded().triangle, "A-1", TrainSpec()
    ),
    "there is no part “Z-9”; the file has: A-1, B-2, C-3\nthere is no part “Y-8”": lambda: (
        train_parts(loaded().triangle, ["Z-9", "Y-8"], TrainSpec())
    ),
    "epochs is 0; it must lie from 1 to 100000": lambda: train_parts(
        loaded().triangle, ["A-1"], TrainSpec(epochs=0)
    ),
    "there is no part “Z-9”": lambda: cut_windows(loaded().triangle, "Z-9", WindowSpec()),
    "the file has no D+5": lambda: cut_windows(loaded().triangle, "A-1", WindowSpec()),
}
REPORT: dict[str, Call] = {
    "table is of type pandas.DataFrame; it must be of type polars.DataFrame": lambda: write_table(
        pd.DataFrame(), "a.csv"
    ),
    "path is of type int; it must be of type str | PathLike": lambda: write_table(
        pl.DataFrame(), 3
    ),
    "a.doc: results cannot be written as “.doc”": lambda: write_table(pl.DataFrame(), "a.doc"),
    "value cannot be used (Object of type set": lambda: write_json({1, 2}, "a.json"),
    "value cannot be used (Out of range float": lambda: write_json(NAN, "a.json"),
    "summary is of type Loaded; it must be of type Summary\n"
    "lang is “fr”; it must be one of: en, ko": lambda: render_report(loaded(), "fr"),
    "lang is “None”; it must be one of": lambda: write_report(summary(), "a.html", None),
    "lang is “KO”; it must be one of: en, ko": lambda: write_workbook(summary(), "a.xlsx", "KO"),
    "results is of type Loaded; it must be of type Results\n"
    "overrides is of type dict; it must be of type Overrides": lambda: summarise(loaded(), {}),
    "figure is of type str": lambda: save("x", "a.png"),
    "a.gif: results cannot be written as “.gif”; use one of: .png": lambda: save(
        trust_map(results().plan_accuracy), "a.gif"
    ),
    "found is of type Aligned": lambda: heat_map(align(loaded().triangle, "A-1", max_lead=2)),
    "runs is empty; give at least one": lambda: loss_curves([]),
    "worst is 0": lambda: trust_map(results().plan_accuracy, worst=0),
    "folder is of type int": lambda: run_demo(3, print),
    "progress is of type NoneType": lambda: run_demo("folder", None),
}
CASES = {**DATA, **ANALYSIS, **OVERRIDES, **ROLLING, **SYNTH, **TRAINING, **REPORT}


@pytest.mark.parametrize("text", CASES)
def test_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CalloffError) as caught:
        CASES[text]()
    found = caught.value
    assert found.text().startswith(text)
    assert len(found.text("ko").splitlines()) == len(found.text().splitlines())
    assert list(tmp_path.iterdir()) == []  # nothing half done


def test_several_problems_in_one_error() -> None:
    with pytest.raises(CalloffError) as caught:
        calloff.read("absent.csv", layout=3, strict="no")
    assert [problem.code for problem in caught.value.problems] == ["argument.type"] * 2
