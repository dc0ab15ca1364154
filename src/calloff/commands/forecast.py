"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.commands.evenings import add_evening, add_report, build_spec, prepare_evening
from calloff.commands.options import add_input, add_lead
from calloff.messages import say

if TYPE_CHECKING:
    from calloff.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_evening(parser, lang)
    add_report(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.commands.work import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.forecasting import forecast
    from calloff.pages.report import SUFFIXES as REPORTS
    from calloff.pages.report import write_report
    from calloff.report.forecast import show_forecast
    from calloff.spec import Spec
    from calloff.writing import TABLES, write_table

    spec, method = Spec(lead=args.lead), named([args.method])[0] if args.method else None
    check_outputs(args, TABLES, args.output)
    check_outputs(args, REPORTS, args.report, taken=(args.output,))
    build = build_spec(args)
    loaded = load_input(args, screen)
    triangle = loaded.triangle.excluding(args.exclude_parts)
    with screen.progress("progress.forecast"):
        found = forecast(
            triangle,
            spec,
            as_of=args.as_of,
            method=method,
            days=args.days,
            quantiles=args.quantiles,
            build=build,
        )
    show_forecast(found, screen)
    if args.output:
        write_table(found.table, args.output)
        screen.note("note.written", file=args.output)
    if args.report:
        with screen.progress("progress.report") as progress:
            write_report(prepare_evening(args, loaded, build, progress), args.report, screen.lang)
        screen.note("note.written", file=args.report)
    return 0
