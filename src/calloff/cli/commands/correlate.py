"""calloff correlate: the aligned horizons of a part and their correlation."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.cli.options import PICTURES, add_input, whole_number
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen

DEFAULT_MAX_LEAD = 12


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    parser.add_argument("--part", required=True, metavar="NAME", help=say("help.part", lang))
    words = say("help.max_lead", lang)
    parser.add_argument(
        "--max-lead", type=whole_number, default=DEFAULT_MAX_LEAD, metavar="N", help=words
    )
    parser.add_argument("--keep-stale", action="store_true", help=say("help.keep_stale", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.correlate_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.analysis.correlation import align, correlate
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.report.files import TABLES, write_table
    from calloff.report.terminal.correlation import correlation_table, show_correlation

    target = next(iter(check_outputs(args, (*TABLES, *PICTURES), args.output)), None)
    triangle = load_input(args, screen).triangle
    aligned = align(triangle, args.part, max_lead=args.max_lead, keep_stale=args.keep_stale)
    found = correlate(aligned)
    show_correlation(found, args.max_lead, screen)
    if target and target.suffix.lower() in PICTURES:
        from calloff.report.figures import heat_map, save

        save(heat_map(found, screen.lang), target)
    elif target:
        write_table(correlation_table(found), target)
    if target:
        screen.note("note.written", file=target)
    return 0
