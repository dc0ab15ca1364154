"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from calloff.cli.options import add_input, add_lead
from calloff.cli.override_options import add_overrides, is_book, overrides_of
from calloff.cli.run_options import add_report, add_run, build_spec, run_results
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.data.load import Loaded
    from calloff.overrides.table import Overrides
    from calloff.planning.build import BuildSpec
    from calloff.planning.forecast import Forecast
    from calloff.planning.results import Results
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_run(parser, lang)
    add_overrides(parser, lang)
    add_report(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.report.files import TABLES, write_table
    from calloff.report.html import REPORTS
    from calloff.report.terminal.forecast import show_forecast

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, TABLES, args.output)
    check_outputs(args, REPORTS, args.report, taken=(args.output,))
    build = build_spec(args)
    loaded = load_input(args, screen)
    overrides = overrides_of(args, loaded)
    whole = is_book(args.output) or args.report
    with screen.progress("progress.forecast") as progress:
        results = run_results(args, loaded, build, progress) if whole else None
        found = _asked_for(results.forecast, build) if results else _forecast(args, loaded, build)
    found = _beside(found, overrides)
    show_forecast(found, screen)
    if args.output and not is_book(args.output):
        write_table(found.table, args.output)
    if results:
        _write_whole(args, results, overrides, screen.lang)
    for path in filter(None, (args.output, args.report)):
        screen.note("note.written", file=path)
    return 0


def _write_whole(
    args: argparse.Namespace, results: Results, overrides: Overrides, lang: str
) -> None:
    """What shows the whole results: the workbook and the report."""
    from calloff.report.html.render import write_report
    from calloff.report.workbook import write_workbook

    if is_book(args.output):
        write_workbook(results, args.output, lang, overrides)
    if args.report:
        shown = overrides.until(results.past.cutoff.astype(object))
        write_report(results, args.report, lang, shown)


def _forecast(args: argparse.Namespace, loaded: Loaded, build: BuildSpec | None) -> Forecast:
    """The forecast alone, for the screen and for plain tables."""
    from calloff.planning.forecast import forecast
    from calloff.rolling.spec import Spec

    return forecast(
        loaded.triangle.excluding(args.exclude_parts),
        Spec(lead=args.lead),
        as_of=args.as_of,
        method=args.method,
        days=args.days,
        quantiles=args.quantiles,
        build=build,
    )


def _asked_for(found: Forecast, build: BuildSpec | None) -> Forecast:
    """Without what to build, where nothing about it was said: the screen stays short."""
    from calloff.planning.tables import BUILD

    return found if build else replace(found, table=found.table.drop(BUILD))


def _beside(found: Forecast, overrides: Overrides) -> Forecast:
    """With the planner's own numbers beside ours, where there are any."""
    if not len(overrides):
        return found
    return replace(found, table=overrides.onto(found.table, found.cutoff.astype(object)))
