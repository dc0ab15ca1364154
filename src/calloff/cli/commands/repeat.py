"""calloff repeat: a forecast of the ledger made again, to the bit."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("store", metavar="STORE", help=say("ledger.help_store", lang))
    words = say("ledger.help_run", lang)
    parser.add_argument("run", nargs="?", metavar="RUN", help=words)
    words = say("ledger.help_output", lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.ledger.repeating import repeat
    from calloff.ledger.runs import runs
    from calloff.report.files import TABLES, check_target, write_table
    from calloff.report.terminal.ledger import show_repeated, show_runs
    from calloff.store.converting import current

    store = current(args.store)
    if args.run is None:
        show_runs(runs(store), screen)
        return 0
    if args.output:
        check_target(args.output, TABLES)
    with screen.progress("progress.forecast"):
        repeated = repeat(store, args.run)
    show_repeated(repeated, screen)
    if args.output:
        write_table(repeated.table, args.output)
        screen.note("note.written", file=args.output)
    return 0 if repeated.equal and repeated.intact else 1
