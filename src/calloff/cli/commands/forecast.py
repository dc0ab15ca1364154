"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from calloff.cli.options import add_input, add_lead
from calloff.cli.override_options import add_overrides, is_book, overrides_of
from calloff.cli.run_options import (
    add_report,
    add_run,
    add_tolerance,
    build_spec,
    master_of,
    matched_build,
    run_results,
    settings_of,
)
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from calloff.data.load import Loaded
    from calloff.data.part_tables import PartData
    from calloff.ledger.runs import Run
    from calloff.overrides.table import Overrides
    from calloff.planning.build import BuildSpec
    from calloff.planning.forecast import Forecast
    from calloff.planning.results import Results
    from calloff.report.summary.forecast import ForecastSummary
    from calloff.report.summary.labels import Labels
    from calloff.report.summary.summarise import Summary
    from calloff.report.terminal.screen import Screen
    from calloff.store.folder import Store


BY = ("plant", "customer", "group", "abc")


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_run(parser, lang)
    add_overrides(parser, lang)
    add_tolerance(parser, lang)
    add_report(parser, lang)
    words = say("ledger.help_record", lang)
    parser.add_argument("--record", action="store_true", help=words)
    parser.add_argument("--by", choices=BY, help=say("help.by", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.report.files import TABLES, write_table
    from calloff.report.html import REPORTS
    from calloff.report.summary.forecast import with_newest
    from calloff.report.terminal.forecast import show_forecast
    from calloff.report.terminal.sums import show_sums

    if args.method:
        named([args.method])  # refused before the input is read
    store = _store(args)
    check_outputs(args, TABLES, args.output)
    check_outputs(args, REPORTS, args.report, taken=(args.output,))
    build = build_spec(args)
    loaded = load_input(args, screen)
    build = matched_build(args, build, loaded, screen)
    overrides, master = overrides_of(args, loaded), master_of(args, loaded, screen)
    with screen.progress("progress.forecast") as progress:
        if is_book(args.output) or args.report:
            made = _whole(run_results(args, loaded, build, progress), overrides, master)
        else:
            made = _forecast(args, loaded, build, overrides, master)
    shown = with_newest(made.shown, loaded.triangle, args.as_of)
    shown = replace(shown, building=build is not None)
    show_forecast(shown, screen)
    if args.by:
        show_sums(shown, made.labels, args.by, screen)
    if args.output and not is_book(args.output):
        write_table(_table(made, build, overrides), args.output)
    if made.whole:
        _write_whole(args, made.whole, screen.lang)
    if store:
        screen.note("ledger.recorded", run=_record(args, store, loaded, build, made).id)
    for path in filter(None, (args.output, args.report)):
        screen.note("note.written", file=path)
    return 0


def _store(args: argparse.Namespace) -> Store | None:
    """The store that the forecast is to be written down in; refused before the work where that
    cannot be."""
    from calloff.store.converting import current
    from calloff.store.folder import is_store
    from calloff.texts.errors import fail

    if not args.record:
        return None
    if not is_store(args.inputs[0]):
        raise fail("ledger.no_store")
    if args.shipments:
        raise fail("ledger.shipments")
    return current(args.inputs[0])


def _record(
    args: argparse.Namespace, store: Store, loaded: Loaded, build: BuildSpec | None, made: _Made
) -> Run:
    from calloff.data.cleaning import Policy
    from calloff.ledger.question import question_of
    from calloff.ledger.runs import record
    from calloff.lstm.engine import instruction_set
    from calloff.report.summary.forecast import verdicts

    dated = replace(settings_of(args, build), as_of=str(made.found.cutoff))
    question = question_of(store, loaded, dated, Policy(args.conflicts, args.quantity))
    return record(store, question, made.found, loaded.reading.keys, engine=instruction_set(),
                  beside=verdicts(made.shown))  # fmt: skip


@dataclass(frozen=True)
class _Made:
    """The forecast, what is shown of it, and the whole summary where a file wants it."""

    found: Forecast
    shown: ForecastSummary
    labels: Labels
    whole: Summary | None = None


def _whole(results: Results, overrides: Overrides, master: Mapping[str, PartData]) -> _Made:
    from calloff.report.summary.summarise import summarise

    summary = summarise(results, overrides, master)
    return _Made(results.forecast, summary.forecast, summary.labels, summary)


def _forecast(
    args: argparse.Namespace,
    loaded: Loaded,
    build: BuildSpec | None,
    overrides: Overrides,
    master: Mapping[str, PartData],
) -> _Made:
    """The forecast alone, for the screen and for plain tables: no backtest is made."""
    from calloff.analysis.plan_accuracy import assess
    from calloff.planning.build import BuildSpec
    from calloff.planning.forecast import forecast
    from calloff.report.summary.accuracy import accuracy
    from calloff.report.summary.forecast import Wanted, summarise_forecast
    from calloff.report.summary.labels import labels
    from calloff.rolling.spec import Spec

    triangle = loaded.triangle.excluding(args.exclude_parts)
    found = forecast(
        triangle,
        Spec(lead=args.lead),
        as_of=args.as_of,
        method=args.method,
        days=args.days,
        quantiles=args.quantiles,
        build=build or (BuildSpec() if args.record else None),  # as it is made again
    )
    past = triangle.as_of(found.cutoff)
    plans = assess(past, args.lead, args.tolerance, set(found.table["lead"].to_list()))
    wanted = Wanted(args.quantiles, build, overrides)
    shown = summarise_forecast(found, past, plans, accuracy(plans, past), wanted)
    return _Made(found, shown, labels(past, loaded.reading.keys, master))


def _table(made: _Made, build: BuildSpec | None, overrides: Overrides) -> pl.DataFrame:
    """The forecasts as a table, with the planner's own numbers and master data where there are any;
    without what to build, and what is finally built, where nothing was said about it."""
    import polars as pl

    from calloff.planning.tables import BUILD
    from calloff.report.summary.forecast import Wanted, with_own_numbers

    found = with_own_numbers(made.found, Wanted(build=build, overrides=overrides))
    table = found.table if build else found.table.drop(BUILD, strict=False)
    if len(overrides):
        table = overrides.onto(table, found.cutoff.astype(object))
    names = [name for name in ("override", "build") if name in table.columns]
    table = table.with_columns(final=pl.coalesce(names)) if build else table
    known = {name: [made.labels.of(name, part) or None for part in table["part"]]
             for name in made.labels.shown}  # fmt: skip
    return table.with_columns(pl.Series(*each, dtype=pl.String) for each in known.items())


def _write_whole(args: argparse.Namespace, summary: Summary, lang: str) -> None:
    """What shows the whole summary: the workbook and the report."""
    from calloff.report.html.render import write_report
    from calloff.report.workbook import write_workbook

    if is_book(args.output):
        write_workbook(summary, args.output, lang)
    if args.report:
        write_report(summary, args.report, lang)
