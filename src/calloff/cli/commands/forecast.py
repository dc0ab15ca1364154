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
    matched_build,
    run_results,
)
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    import polars as pl

    from calloff.data.load import Loaded
    from calloff.overrides.table import Overrides
    from calloff.planning.build import BuildSpec
    from calloff.planning.forecast import Forecast
    from calloff.planning.results import Results
    from calloff.report.summary.forecast import ForecastSummary
    from calloff.report.summary.summarise import Summary
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_run(parser, lang)
    add_overrides(parser, lang)
    add_tolerance(parser, lang)
    add_report(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.report.files import TABLES, write_table
    from calloff.report.html import REPORTS
    from calloff.report.summary.forecast import with_newest
    from calloff.report.terminal.forecast import show_forecast

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, TABLES, args.output)
    check_outputs(args, REPORTS, args.report, taken=(args.output,))
    build = build_spec(args)
    loaded = load_input(args, screen)
    build = matched_build(args, build, loaded, screen)
    overrides = overrides_of(args, loaded)
    with screen.progress("progress.forecast") as progress:
        if is_book(args.output) or args.report:
            made = _whole(run_results(args, loaded, build, progress), overrides)
        else:
            made = _forecast(args, loaded, build, overrides)
    shown = with_newest(made.shown, loaded.triangle, args.as_of)
    show_forecast(replace(shown, building=build is not None), screen)
    if args.output and not is_book(args.output):
        write_table(_table(made.found, build, overrides), args.output)
    if made.whole:
        _write_whole(args, made.whole, screen.lang)
    for path in filter(None, (args.output, args.report)):
        screen.note("note.written", file=path)
    return 0


@dataclass(frozen=True)
class _Made:
    """The forecast, what is shown of it, and the whole summary where a file wants it."""

    found: Forecast
    shown: ForecastSummary
    whole: Summary | None = None


def _whole(results: Results, overrides: Overrides) -> _Made:
    from calloff.report.summary.summarise import summarise

    summary = summarise(results, overrides)
    return _Made(results.forecast, summary.forecast, summary)


def _forecast(
    args: argparse.Namespace, loaded: Loaded, build: BuildSpec | None, overrides: Overrides
) -> _Made:
    """The forecast alone, for the screen and for plain tables: no backtest is made."""
    from calloff.analysis.plan_accuracy import assess
    from calloff.planning.forecast import forecast
    from calloff.report.summary.accuracy import accuracy
    from calloff.report.summary.forecast import Wanted, summarise_forecast
    from calloff.rolling.spec import Spec

    triangle = loaded.triangle.excluding(args.exclude_parts)
    found = forecast(
        triangle,
        Spec(lead=args.lead),
        as_of=args.as_of,
        method=args.method,
        days=args.days,
        quantiles=args.quantiles,
        build=build,
    )
    past = triangle.as_of(found.cutoff)
    plans = assess(past, args.lead, args.tolerance)
    wanted = Wanted(args.quantiles, build, overrides)
    return _Made(found, summarise_forecast(found, past, plans, accuracy(plans, past), wanted))


def _table(found: Forecast, build: BuildSpec | None, overrides: Overrides) -> pl.DataFrame:
    """The forecasts as a table, with the planner's own numbers where there are any; without what
    to build, and what is finally built, where nothing was said about it."""
    import polars as pl

    from calloff.planning.tables import BUILD

    table = found.table if build else found.table.drop(BUILD, strict=False)
    if len(overrides):
        table = overrides.onto(table, found.cutoff.astype(object))
    names = [name for name in ("override", "build") if name in table.columns]
    return table.with_columns(final=pl.coalesce(names)) if build else table


def _write_whole(args: argparse.Namespace, summary: Summary, lang: str) -> None:
    """What shows the whole summary: the workbook and the report."""
    from calloff.report.html.render import write_report
    from calloff.report.workbook import write_workbook

    if is_book(args.output):
        write_workbook(summary, args.output, lang)
    if args.report:
        write_report(summary, args.report, lang)
