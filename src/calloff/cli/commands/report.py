"""calloff report: one file to open: what to build, which plans to distrust, how good the forecasts
were, and why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.cli.options import add_input, add_lead
from calloff.cli.override_options import add_overrides, overrides_of
from calloff.cli.run_options import (
    add_run,
    add_tolerance,
    build_spec,
    master_of,
    matched_build,
    run_results,
)
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen

DEFAULT = "report.html"


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_run(parser, lang)
    add_overrides(parser, lang)
    add_tolerance(parser, lang)
    words = say("reporthelp.output", lang)
    parser.add_argument("-o", "--output", metavar="FILE.html", default=DEFAULT, help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.report.html import REPORTS
    from calloff.report.html.render import write_report
    from calloff.report.summary.summarise import summarise
    from calloff.report.terminal.results import show_results

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, REPORTS, args.output)
    build = build_spec(args)
    loaded = load_input(args, screen)
    build = matched_build(args, build, loaded, screen)
    overrides, master = overrides_of(args, loaded), master_of(args, loaded, screen)
    with screen.progress("progress.report") as progress:
        results = run_results(args, loaded, build, progress)
        summary = summarise(results, overrides, master)
        write_report(summary, args.output, screen.lang)
    show_results(summary.forecast, screen)
    screen.note("note.written", file=args.output)
    return 0
