"""calloff backtest: every method, scored by the protocol."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import (
    add_exclude,
    add_input,
    add_lead,
    add_quantiles,
    iso_day,
    level,
    whole_number,
)
from calloff.cli.override_options import add_overrides, overrides_of
from calloff.cli.run_options import add_report, results_of_backtest
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    import polars as pl

    from calloff.data.triangle import Triangle
    from calloff.overrides.table import Beside, Overrides
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    day = say("cli.day_metavar", lang)
    parser.add_argument(
        "--from", dest="first", type=iso_day, metavar=day, help=say("help.from", lang)
    )
    parser.add_argument("--to", dest="last", type=iso_day, metavar=day, help=say("help.to", lang))
    words = say("help.methods", lang)
    parser.add_argument("--method", action="append", metavar="NAME", dest="methods", help=words)
    add_quantiles(parser, lang)
    words = say("help.backtest_service_level", lang)
    parser.add_argument("--service-level", type=level, metavar="0.95", help=words)
    words = say("cover.backtest_help", lang)
    parser.add_argument("--cover", type=whole_number, metavar="N", help=words)
    add_exclude(parser, lang)
    add_overrides(parser, lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.backtest_output", lang))
    add_report(parser, lang)
    parser.add_argument("--scores", metavar="FILE", help=say("help.scores", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.data.days import WEEK
    from calloff.evaluation.backtest import backtest, choose_methods
    from calloff.overrides.table import beside
    from calloff.report.files import TABLES
    from calloff.report.html import REPORTS
    from calloff.report.html.render import write_report
    from calloff.report.summary.summarise import summarise
    from calloff.report.terminal.overrides import show_beside
    from calloff.report.terminal.scores import (
        show_building,
        show_comparison,
        show_quantiles,
        show_scores,
    )
    from calloff.report.terminal.value_added import show_value_added
    from calloff.rolling.spec import Spec
    from calloff.texts.errors import fail

    spec, methods = Spec(lead=args.lead), choose_methods(args.methods)
    if args.cover and not args.service_level:
        raise fail("cover.needs_level")
    targets = check_outputs(args, TABLES, args.output, args.scores)
    check_outputs(args, REPORTS, args.report, taken=(args.output, args.scores))
    loaded = load_input(args, screen)
    triangle, overrides = loaded.triangle.excluding(args.exclude_parts), overrides_of(args, loaded)
    with screen.progress("progress.backtest") as progress:
        table = backtest(
            triangle,
            spec,
            methods=methods,
            first=args.first,
            last=args.last,
            quantiles=(*args.quantiles, *filter(None, [args.service_level])),
            progress=progress,
        )
    screen = screen.of(weekly=triangle.cadence == WEEK)
    show_scores(table, triangle, spec, screen)
    show_comparison(table, triangle, spec, screen)
    added = _value_added(args, table, triangle, overrides)
    show_value_added(*added, screen)
    if args.quantiles:
        show_quantiles(table, args.quantiles, screen)
    if args.service_level:
        show_building(table, args.service_level, screen)
    if args.cover:
        _show_cover(args, triangle, screen)
    found = beside(table, overrides, spec.lead)
    if args.overrides:
        show_beside(found, len(overrides), spec, screen)
    _write(args, table, found, added)
    if args.report:
        results = results_of_backtest(args, loaded, table, screen)
        write_report(summarise(results, overrides), args.report, screen.lang)
        targets.append(Path(args.report))
    for target in targets:
        screen.note("note.written", file=target)
    return 0


def _value_added(
    args: argparse.Namespace, table: pl.DataFrame, triangle: Triangle, overrides: Overrides
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The steps to a forecast on all pairs, and on those with an own number (no rows without). The
    last call-off is one of them, whichever methods were asked for."""
    import polars as pl

    from calloff.evaluation.backtest import backtest
    from calloff.evaluation.value_added import LAST, value_added
    from calloff.overrides.table import beside
    from calloff.rolling.spec import Spec

    spec = Spec(lead=args.lead)
    if LAST not in table["method"]:
        span = {"first": args.first, "last": args.last}
        last = backtest(triangle, spec, methods=[LAST], **span)
        table = pl.concat([table, last], how="diagonal")
    steps = -(-args.lead // triangle.cadence)
    found = value_added(table, horizon=steps)
    own = beside(table, overrides, spec.lead).pairs
    return found, value_added(own, horizon=steps) if own.height else found.clear()


def _write(
    args: argparse.Namespace,
    table: pl.DataFrame,
    found: Beside,
    added: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    """The tables that were asked for, the planner's own numbers among them."""
    import polars as pl

    from calloff.overrides.table import METHOD
    from calloff.report.files import write_table
    from calloff.report.terminal.scores import all_scores

    if args.output:
        mine = found.pairs.filter(method=METHOD)
        write_table(pl.concat([table, mine], how="diagonal"), args.output)
    if args.scores:
        write_table(all_scores(table, found.pairs, added), args.scores)


def _show_cover(args: argparse.Namespace, triangle: Triangle, screen: Screen) -> None:
    """Building for several target days together, on the same span."""
    from calloff.evaluation.period_backtest import backtest_cover
    from calloff.report.terminal.scores import show_cover
    from calloff.rolling.spec import Spec

    with screen.progress("progress.backtest") as progress:
        table = backtest_cover(
            triangle,
            Spec(lead=args.lead),
            days=args.cover,
            level=args.service_level,
            methods=args.methods,
            first=args.first,
            last=args.last,
            progress=progress,
        )
    show_cover(table, args.cover, args.service_level, screen)
