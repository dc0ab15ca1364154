"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from calloff.commands.evenings import add_evening, add_report, build_spec, prepare_evening
from calloff.commands.options import add_input, add_lead
from calloff.commands.overriding import add_overrides, is_book, overrides_of
from calloff.messages import say

if TYPE_CHECKING:
    from calloff.building import BuildSpec
    from calloff.evening import Evening
    from calloff.forecasting import Forecast
    from calloff.loading import Loaded
    from calloff.overrides import Overrides
    from calloff.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_evening(parser, lang)
    add_overrides(parser, lang)
    add_report(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.commands.work import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.pages import REPORTS
    from calloff.report.forecast import show_forecast
    from calloff.writing import TABLES, write_table

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, TABLES, args.output)
    check_outputs(args, REPORTS, args.report, taken=(args.output,))
    build = build_spec(args)
    loaded = load_input(args, screen)
    overrides = overrides_of(args, loaded)
    whole = is_book(args.output) or args.report
    with screen.progress("progress.forecast") as progress:
        evening = prepare_evening(args, loaded, build, progress) if whole else None
        found = _asked_for(evening.forecast, build) if evening else _forecast(args, loaded, build)
    found = _beside(found, overrides)
    show_forecast(found, screen)
    if args.output and not is_book(args.output):
        write_table(found.table, args.output)
    if evening:
        _write_whole(args, evening, overrides, screen.lang)
    for path in filter(None, (args.output, args.report)):
        screen.note("note.written", file=path)
    return 0


def _write_whole(
    args: argparse.Namespace, evening: Evening, overrides: Overrides, lang: str
) -> None:
    """What shows the whole evening: the workbook and the report."""
    from calloff.pages.report import write_report
    from calloff.workbook import write_workbook

    if is_book(args.output):
        write_workbook(evening, args.output, lang, overrides)
    if args.report:
        shown = overrides.until(evening.past.cutoff.astype(object))
        write_report(evening, args.report, lang, shown)


def _forecast(args: argparse.Namespace, loaded: Loaded, build: BuildSpec | None) -> Forecast:
    """The forecast alone, for the screen and for plain tables."""
    from calloff.forecasting import forecast
    from calloff.spec import Spec

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
    from calloff.forecasting import BUILD

    return found if build else replace(found, table=found.table.drop(BUILD))


def _beside(found: Forecast, overrides: Overrides) -> Forecast:
    """With the planner's own numbers beside ours, where there are any."""
    if not len(overrides):
        return found
    return replace(found, table=overrides.onto(found.table, found.cutoff.astype(object)))
