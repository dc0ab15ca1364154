"""calloff forecast: what will be called off next, part by part."""

from __future__ import annotations

import argparse
from dataclasses import replace
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
from calloff.commands.overriding import add_overrides, is_book, overrides_of, write_book
from calloff.messages import say

if TYPE_CHECKING:
    from calloff.building import BuildSpec
    from calloff.evening import Evening, Progress
    from calloff.forecasting import Forecast
    from calloff.loading import Loaded
    from calloff.overrides import Overrides
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
    add_overrides(parser, lang)
    build = parser.add_argument_group(say("help.building", lang))
    words = say("help.service_level", lang)
    build.add_argument("--service-level", type=level, metavar="0.95", help=words)
    for name in ("stock", "pack"):
        build.add_argument(f"--{name}", metavar="FILE", help=say(f"help.{name}", lang))
    for name in ("shortage-cost", "surplus-cost"):
        words = say(f"help.{name.replace('-', '_')}", lang)
        build.add_argument(f"--{name}", type=float, metavar="X", help=words)
    parser.add_argument("-o", "--output", metavar="FILE", help=say("help.forecast_output", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.commands.work import check_outputs, load_input
    from calloff.forecasters import named
    from calloff.report.forecast import show_forecast
    from calloff.writing import TABLES, write_table

    if args.method:
        named([args.method])  # refused before the input is read
    check_outputs(args, TABLES, args.output)
    build = build_spec(args)
    loaded = load_input(args, screen)
    overrides = overrides_of(args, loaded)
    with screen.progress("progress.forecast") as progress:
        evening = prepare_evening(args, loaded, build, progress) if is_book(args.output) else None
        found = _asked_for(evening.forecast, build) if evening else _forecast(args, loaded, build)
    found = _beside(found, overrides)
    show_forecast(found, screen)
    if evening:
        write_book(evening, overrides, args.output, screen)
    elif args.output:
        write_table(found.table, args.output)
    if args.output:
        screen.note("note.written", file=args.output)
    return 0


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


def prepare_evening(
    args: argparse.Namespace, loaded: Loaded, build: BuildSpec | None, progress: Progress
) -> Evening:
    """The evening that the arguments ask for, with the hashes of its files."""
    from calloff.building import BuildSpec
    from calloff.evening import Settings, prepare, source
    from calloff.reading.files import find_files
    from calloff.spec import Spec

    settings = Settings(
        spec=Spec(lead=args.lead),
        as_of=args.as_of,
        method=args.method,
        days=args.days,
        quantiles=args.quantiles,
        build=build or BuildSpec(),
        exclude=args.exclude_parts,
    )
    files = [source(path) for path in find_files(args.inputs)]
    return prepare(loaded, settings, sources=files, progress=progress)


def _asked_for(found: Forecast, build: BuildSpec | None) -> Forecast:
    """Without what to build, where nothing about it was said: the screen stays short."""
    from calloff.forecasting import BUILD

    return found if build else replace(found, table=found.table.drop(BUILD))


def _beside(found: Forecast, overrides: Overrides) -> Forecast:
    """With the planner's own numbers beside ours, where there are any."""
    if not len(overrides):
        return found
    return replace(found, table=overrides.onto(found.table, found.cutoff.astype(object)))


def build_spec(args: argparse.Namespace) -> BuildSpec | None:
    """What to build, where anything about it was said."""
    from calloff.building import BuildSpec
    from calloff.part_tables import read_packs, read_stock

    names = ("service_level", "stock", "pack", "shortage_cost", "surplus_cost")
    if all(getattr(args, name) is None for name in names):
        return None
    return BuildSpec(
        service_level=args.service_level,
        stock=read_stock(args.stock) if args.stock else {},
        packs=read_packs(args.pack) if args.pack else {},
        shortage_cost=args.shortage_cost,
        surplus_cost=args.surplus_cost,
    )
