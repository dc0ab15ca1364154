"""What forecast and report ask for alike."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calloff.cli.options import add_exclude, add_quantiles, iso_day, level, share, whole_number
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    import polars as pl

    from calloff.data.load import Loaded
    from calloff.data.part_tables import PartData
    from calloff.planning.build import BuildSpec
    from calloff.planning.results import Results, Settings
    from calloff.report.terminal.screen import Screen
    from calloff.rolling.hindcasts import Progress


def add_run(parser: argparse.ArgumentParser, lang: str) -> None:
    """Which day, method and target days, how sure, and what to build."""
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
    build.add_argument("--parts", metavar="FILE", help=say("help.parts", lang))
    words = say("cover.help", lang)
    build.add_argument("--cover", type=whole_number, metavar="N", help=words)


def add_report(parser: argparse.ArgumentParser, lang: str) -> None:
    """--report"""
    words = say("reporthelp.also", lang)
    parser.add_argument("--report", metavar="FILE.html", help=words)


def add_tolerance(parser: argparse.ArgumentParser, lang: str) -> None:
    """--tolerance"""
    words = say("help.tolerance", lang)
    parser.add_argument("--tolerance", type=share, default=0.1, metavar="10%", help=words)


def build_spec(args: argparse.Namespace) -> BuildSpec | None:
    """What to build, where anything about it was said."""
    from calloff.data.part_tables import read_packs, read_stock
    from calloff.planning.build import BuildSpec

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


def matched_build(
    args: argparse.Namespace, build: BuildSpec | None, loaded: Loaded, screen: Screen
) -> BuildSpec | None:
    """What to build, for the parts of the input. Names in a planner's tables that are none of them
    are said; where none is, it is an error."""
    from calloff.data.part_tables import match_parts
    from calloff.report.terminal.screen import few

    if build is None:
        return None
    parts, found = loaded.triangle.parts, dict[str, Any]()
    for option, field, values in (("stock", "stock", build.stock), ("pack", "packs", build.packs)):
        if path := getattr(args, option):
            found[field], unknown = match_parts(values, parts, path, loaded.reading.keys)
            if unknown:
                facts = {"count": len(unknown), "names": few(unknown)}
                screen.warn("note.no_part", file=path, **facts)
    return replace(build, **found)


def master_of(args: argparse.Namespace, loaded: Loaded, screen: Screen) -> dict[str, PartData]:
    """Master data of the parts of the input, where a table of it is named."""
    from calloff.data.part_tables import match_parts, read_parts
    from calloff.report.terminal.screen import few

    if not args.parts:
        return {}
    parts, keys = loaded.triangle.parts, loaded.reading.keys
    found, unknown = match_parts(read_parts(args.parts), parts, args.parts, keys)
    if unknown:
        screen.warn("note.no_part", file=args.parts, count=len(unknown), names=few(unknown))
    return found


def settings_of(args: argparse.Namespace, build: BuildSpec | None) -> Settings:
    """The settings of the evening that the arguments ask for."""
    from calloff.planning.build import BuildSpec
    from calloff.planning.results import Settings
    from calloff.rolling.spec import Spec

    return Settings(
        spec=Spec(lead=args.lead),
        as_of=args.as_of,
        method=args.method,
        days=args.days,
        quantiles=args.quantiles,
        build=build or BuildSpec(),
        tolerance=getattr(args, "tolerance", Settings.tolerance),
        exclude=args.exclude_parts,
    )


def run_results(
    args: argparse.Namespace, loaded: Loaded, build: BuildSpec | None, progress: Progress
) -> Results:
    """The evening that the arguments ask for, with the hashes of its files."""
    return _prepared(args, loaded, settings_of(args, build), progress)


def results_of_backtest(
    args: argparse.Namespace, loaded: Loaded, table: pl.DataFrame, screen: Screen
) -> Results:
    """The evening of the last target day that a backtest scored, with the backtest's scores.

    table: its pairs. Methods that the report needs beside them (the plan, and the method used)
    are scored on the same target days.
    """
    import polars as pl

    from calloff.planning.results import Settings
    from calloff.rolling.spec import Spec

    settings = Settings(
        spec=Spec(lead=args.lead),
        as_of=str(table["target"].max()),
        method=args.methods[0] if args.methods and len(args.methods) == 1 else None,
        quantiles=args.quantiles,
        scored=table["target"].n_unique(),
        exclude=args.exclude_parts,
    )
    with screen.progress("progress.report") as progress:
        results = _prepared(args, loaded, settings, progress)
    beside = results.pairs.filter(~pl.col("method").is_in(table["method"].unique()))
    return replace(results, pairs=pl.concat([table, beside], how="diagonal"))


def _prepared(
    args: argparse.Namespace, loaded: Loaded, settings: Settings, progress: Progress
) -> Results:
    from calloff.cli.inputs import input_files
    from calloff.planning.results import run, source

    files = [source(path) for path in input_files(args.inputs)]
    return run(loaded, settings, sources=files, progress=progress)
