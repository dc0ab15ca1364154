"""calloff add: files into a store, and what was new."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.cli.options import add_adding
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("store", metavar="STORE", help=say("store.help_store", lang))
    files = say("store.help_files", lang)
    parser.add_argument("inputs", nargs="+", metavar="FILE", help=files)
    group = add_adding(parser, lang)
    correction = say("store.help_correction", lang)
    group.add_argument("--correction", action="store_true", help=correction)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.report.terminal.adding import show_added
    from calloff.store.adding import Adding, add

    how = Adding(args.layout, args.customer, args.arrived, args.correction)
    with screen.progress("store.progress") as progress:
        added = add(args.store, *args.inputs, how=how, progress=progress)
    show_added(added, screen)
    return 2 if added.refused else 0
