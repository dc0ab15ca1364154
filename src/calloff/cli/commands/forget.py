"""calloff forget: the plans of a delivered file, removed from a store for good."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("store", metavar="STORE", help=say("ledger.help_store", lang))
    words = say("store.help_delivery", lang)
    parser.add_argument("delivery", nargs="?", metavar="HASH", help=words)
    parser.add_argument("--yes", action="store_true", help=say("store.help_yes", lang))


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.report.terminal.adding import show_deliveries
    from calloff.store.converting import current
    from calloff.store.forgetting import deliveries, find_delivery, forget

    store = current(args.store)
    if args.delivery is None:
        show_deliveries(deliveries(store), screen)
        return 0
    found = forget(store, args.delivery) if args.yes else find_delivery(store, args.delivery)
    show_deliveries(found, screen)
    screen.note("store.forgotten" if args.yes else "store.forget_sure")
    return 0
