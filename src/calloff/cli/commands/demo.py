"""calloff demo: the whole job on a synthetic customer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen

FOLDER = "calloff-demo"


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument(
        "folder", nargs="?", default=FOLDER, metavar="DIR", help=say("help.folder", lang)
    )


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.report.demo import run_demo
    from calloff.report.terminal.demo import show_demo

    with screen.progress("progress.demo") as progress:
        outcome = run_demo(Path(args.folder), progress, lang=screen.lang)
    show_demo(outcome, screen)
    return 0
