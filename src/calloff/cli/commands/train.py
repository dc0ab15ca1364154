"""calloff train: a network for each part, as in the notebook, and how good it really is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.cli.options import PICTURES, add_input, names, whole_number
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen
    from calloff.training.train import TrainSpec

ALL = "all"
# Options that override the preset's field of the same name, with their types.
NETWORK = {"units": whole_number, "layers": whole_number, "activation": str, "dropout": float,
           "loss": str, "batch_size": whole_number, "epochs": whole_number,
           "learning_rate": float, "early_stopping": whole_number, "engine": str,
           "instruction_set": str}  # fmt: skip


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    words = say("help.train_part", lang)
    parser.add_argument("--part", required=True, action="append", metavar="NAME", help=words)
    words = say("help.preset", lang)
    parser.add_argument("--preset", choices=("notebook",), default="notebook", help=words)
    parser.add_argument("--seeds", type=whole_number, metavar="N", help=say("help.seeds", lang))
    windows = parser.add_argument_group(say("help.windows", lang))
    for name in ("lookback", "delay"):
        windows.add_argument(
            f"--{name}", type=whole_number, metavar="N", help=say(f"help.{name}", lang)
        )
    windows.add_argument("--columns", type=names, metavar="D,D+3", help=say("help.columns", lang))
    windows.add_argument("--fresh", action="store_true", help=say("help.fresh", lang))
    network = parser.add_argument_group(say("help.network", lang))
    for name, kind in NETWORK.items():
        words, option = say(f"help.{name}", lang), f"--{name.replace('_', '-')}"
        network.add_argument(option, type=kind, metavar="X", help=words)  # type: ignore[arg-type]
    out = parser.add_argument_group(say("help.results", lang))
    out.add_argument("--plot", metavar="FILE", help=say("help.plot", lang))
    out.add_argument("--save", metavar="DIR", help=say("help.save", lang))
    out.add_argument("--json", metavar="FILE", help=say("help.train_json", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.report.files import write_json
    from calloff.report.terminal.training import as_json, save_runs, show_runs
    from calloff.training.train import quarantined, train_parts

    plot = next(iter(check_outputs(args, PICTURES, args.plot)), None)
    check_outputs(args, (".json",), args.json)
    spec = build_spec(args)
    triangle = load_input(args, screen).triangle
    hidden = quarantined(triangle)
    every = [part for part in triangle.parts if part not in hidden]
    parts = every if ALL in args.part else args.part
    with screen.progress("progress.training"):
        runs, short = train_parts(triangle, parts, spec)
    show_runs(runs, short, screen)
    if hidden:
        screen.say("train.quarantine", style="yellow", count=len(hidden), parts=", ".join(hidden))
    if plot and runs:
        from calloff.report.figures import loss_curves, save

        save(loss_curves(runs, screen.lang), plot)
    if args.save:
        save_runs(runs, args.save)
    if args.json:
        write_json(as_json(runs, short, spec), args.json)
    for target in filter(None, (args.plot, args.save, args.json)):
        screen.note("note.written", file=target)
    return 0


def build_spec(args: argparse.Namespace) -> TrainSpec:
    """The preset with whatever was given in its place. Raises CalloffError for what cannot be."""
    from dataclasses import replace

    from calloff.training.train import TrainSpec
    from calloff.training.windows import WindowSpec

    given = {name: value for name in NETWORK if (value := getattr(args, name)) is not None}
    cut = {name: value for name in ("lookback", "delay") if (value := getattr(args, name))}
    if args.columns:
        cut["leads"] = tuple(_lead(name) for name in args.columns)
    if args.seeds:
        given["seeds"] = tuple(range(args.seeds))
    spec = replace(TrainSpec(), windows=WindowSpec(**cut, fresh=args.fresh), **given)
    spec.check()
    return spec


def _lead(name: str) -> int:
    from calloff.texts.errors import fail

    digits = name.upper().removeprefix("D").removeprefix("+") or "0"
    if not digits.isdecimal():
        raise fail("train.column", name=name)
    return int(digits)
