"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.commands.options import (
    add_exclude,
    add_input,
    add_lead,
    add_quantiles,
    iso_day,
    level,
    whole_number,
)
from calloff.messages import say

if TYPE_CHECKING:
    from calloff.building import BuildSpec
    from calloff.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    add_lead(parser, lang)
    day = say("cli.day_metavar", lang)
    parser.add_argument("--as-of", type=iso_day, metavar=day, help=say("help.as_of", lang))
    parser.add_argument("--method", metavar="NAME", help=say("help.method", lang))
    words = say("help.days", lang)
    parser.add_argument("--days", type=whole_number, default=1, metavar="N", help=words)
    add_quantiles(parser, lang)
    add_exclude(parser, lang)
    build = parser.add_argument_group(say("help.building", lang))
    words = say("help.service_level", lang)
    build.add_argument("--service-level", type=level, metavar="0.95", help=words)
    for name in ("stock", "pack"):
        build.add_argument(f"--{name}", metavar="FILE", help=say(f"help.{name}", lang))
    for name in ("shortage-cost", "surplus-cost"):
        words = say(f"help.{name.replace('-', '_')}", lang)
        build.add_argument(f"--{name}", type=float, metavar="X", help=words)
    words = say("cover.help", lang)
    build.add_argument("--cover", type=whole_number, metavar="N", help=words)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.commands.work import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.forecasting import forecast
    from calloff.report.forecast import show_forecast
    from calloff.spec import Spec
    from calloff.writing import TABLES, write_table

    spec, method = Spec(lead=args.lead), named([args.method])[0] if args.method else None
    check_outputs(args, TABLES, args.output)
    build = build_spec(args)
    triangle = load_input(args, screen).triangle.excluding(args.exclude_parts)
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
    return 0


def build_spec(args: argparse.Namespace) -> BuildSpec | None:
    """What to build, where anything about it was said."""
    from calloff.building import BuildSpec
    from calloff.part_tables import read_packs, read_stock

    names = ("service_level", "stock", "pack", "shortage_cost", "surplus_cost", "cover")
    if all(getattr(args, name) is None for name in names):
        return None
    return BuildSpec(
        service_level=args.service_level,
        stock=read_stock(args.stock) if args.stock else {},
        packs=read_packs(args.pack) if args.pack else {},
        shortage_cost=args.shortage_cost,
        surplus_cost=args.surplus_cost,
        cover=args.cover or 1,
    )
