"""calloff trust: how far off today's plans usually are."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import PICTURES, add_exclude, add_input, add_lead, iso_day, share
from calloff.cli.run_options import add_tolerance
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    import polars as pl

    from calloff.analysis.plan_accuracy import PlanAccuracy
    from calloff.data.triangle import Past
    from calloff.evaluation.figure_tables import FigureOptions
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    add_tolerance(parser, lang)
    day = say("cli.day_metavar", lang)
    parser.add_argument("--as-of", type=iso_day, metavar=day, help=say("help.trust_as_of", lang))
    add_exclude(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.trust_output", lang))
    group = parser.add_argument_group(say("help.figures", lang))
    words = say("help.trust_figures", lang)
    group.add_argument("--figures", metavar="FILE", help=words)
    group.add_argument(
        "--fade", type=share, default=0.8, metavar="0.8", help=say("help.fade", lang)
    )
    words = say("help.smoothing", lang)
    group.add_argument("--smoothing", type=share, default=0.2, metavar="0.2", help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.analysis.plan_accuracy import assess
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.data.days import WEEK
    from calloff.evaluation.figure_tables import FigureOptions
    from calloff.report.files import TABLES
    from calloff.report.summary.accuracy import accuracy
    from calloff.report.terminal.plan_accuracy import show_plan_accuracy

    targets = check_outputs(args, (*TABLES, *PICTURES), args.output)
    targets += check_outputs(args, TABLES, args.figures, taken=(args.output,))
    options = FigureOptions(args.lead, args.fade, args.smoothing)  # refused before any work
    triangle = load_input(args, screen).triangle.excluding(args.exclude_parts)
    past = triangle.as_of(args.as_of)
    found = assess(past, args.lead, args.tolerance)
    screen = screen.of(weekly=past.cadence == WEEK)
    show_plan_accuracy(accuracy(found, past), screen)
    options = replace(options, period=past.cadence)
    figures = _figures(past, options, found.today["part"].to_list(), screen)
    _write(args, found, figures, screen.lang)
    for target in targets:
        screen.note("note.written", file=target)
    return 0


def _figures(past: Past, options: FigureOptions, order: list[str], screen: Screen) -> pl.DataFrame:
    """The planning trade's figures, shown as far as there is room."""
    from calloff.evaluation.past_figures import past_figures
    from calloff.report.summary.planning_figures import figures
    from calloff.report.terminal.planning_figures import show_figures

    found = past_figures(past, options)
    show_figures(figures(found, order), screen)
    return found


def _write(args: argparse.Namespace, found: PlanAccuracy, figures: pl.DataFrame, lang: str) -> None:
    """The table or picture by lead, and the table of figures, where they are asked for."""
    from calloff.report.files import write_table

    if args.output and Path(args.output).suffix.lower() in PICTURES:
        from calloff.report.figures import save, trust_map  # needs matplotlib

        save(trust_map(found, lang), args.output)
    elif args.output:
        write_table(found.by_lead, args.output)
    if args.figures:
        write_table(figures, args.figures)
