"""calloff trust: how far off today's plans usually are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.cli.options import PICTURES, add_exclude, add_input, add_lead, iso_day
from calloff.cli.run_options import add_tolerance
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_tolerance(parser, lang)
    day = say("cli.day_metavar", lang)
    parser.add_argument("--as-of", type=iso_day, metavar=day, help=say("help.trust_as_of", lang))
    add_exclude(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.trust_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.analysis.plan_accuracy import assess
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.report.files import TABLES, write_table
    from calloff.report.summary.accuracy import accuracy
    from calloff.report.terminal.plan_accuracy import show_plan_accuracy

    target = next(iter(check_outputs(args, (*TABLES, *PICTURES), args.output)), None)
    triangle = load_input(args, screen).triangle.excluding(args.exclude_parts)
    past = triangle.as_of(args.as_of)
    found = assess(past, args.lead, args.tolerance)
    show_plan_accuracy(accuracy(found, past), screen)
    if target and target.suffix.lower() in PICTURES:
        from calloff.report.figures import save, trust_map

        save(trust_map(found, screen.lang), target)
    elif target:
        write_table(found.by_lead, target)
    if target:
        screen.note("note.written", file=target)
    return 0
