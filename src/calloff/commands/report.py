"""calloff report: one file to open: what to build, what to distrust, how good we were, and why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.commands.evenings import add_evening, add_tolerance, build_spec, prepare_evening
from calloff.commands.options import add_input, add_lead
from calloff.commands.overriding import add_overrides, overrides_of
from calloff.messages import say

if TYPE_CHECKING:
    from calloff.screen import Screen

DEFAULT = "report.html"


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_evening(parser, lang)
    add_overrides(parser, lang)
    add_tolerance(parser, lang)
    words = say("reporthelp.output", lang)
    parser.add_argument("-o", "--output", metavar="FILE.html", default=DEFAULT, help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.commands.work import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.pages import REPORTS
    from calloff.pages.build_list import build_list
    from calloff.pages.report import write_report
    from calloff.report.evening import show_evening

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, REPORTS, args.output)
    build = build_spec(args)
    loaded = load_input(args, screen)
    overrides = overrides_of(args, loaded)
    with screen.progress("progress.report") as progress:
        evening = prepare_evening(args, loaded, build, progress)
        shown = overrides.until(evening.past.cutoff.astype(object))
        write_report(evening, args.output, screen.lang, shown)
    show_evening(evening.forecast, build_list(evening), screen)
    screen.note("note.written", file=args.output)
    return 0
