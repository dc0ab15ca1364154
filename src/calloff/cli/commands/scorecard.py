"""calloff scorecard: how good the forecasts were that were written down before they came true."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from calloff.cli.options import iso_day
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("store", metavar="STORE", help=say("ledger.help_store", lang))
    words = say("help.customer", lang)
    parser.add_argument("--customer", metavar="NAME", help=words)
    day = say("cli.day_metavar", lang)
    for name in ("since", "until"):
        words = say(f"ledger.help_{name}", lang)
        parser.add_argument(f"--{name}", type=iso_day, metavar=day, help=words)
    words = say("ledger.help_table", lang)
    parser.add_argument("-o", "--output", metavar="FILE", help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.ledger.scorecard import scorecard
    from calloff.report.files import TABLES, check_target, write_table
    from calloff.report.terminal.ledger import scorecard_table, show_scorecard
    from calloff.store.converting import current

    if args.output:
        check_target(args.output, TABLES)
    store = current(args.store)
    since, until = (date.fromisoformat(each) if each else None for each in (args.since, args.until))
    with screen.progress("ledger.progress"):
        card = scorecard(store, args.customer, since=since, until=until)
    show_scorecard(card, screen)
    if args.output:
        write_table(scorecard_table(card), args.output)
        screen.note("note.written", file=args.output)
    return 0
