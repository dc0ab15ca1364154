"""calloff serve: a page to drop the morning's file into, and the keys of those who may."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import port_number, whole_number
from calloff.texts.catalogue import say
from calloff.texts.errors import fail

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen
    from calloff.web.accounts import Accounts

FOLDER = "~/.calloff"


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    def add(name: str, to: argparse._ActionsContainer = parser, **how: object) -> None:
        words = say(f"serve.{name.replace('-', '_')}", lang)
        to.add_argument(f"--{name}", help=words, **how)  # type: ignore[arg-type]

    add("port", type=port_number, default=8765, metavar="8765")
    add("host", default="127.0.0.1", metavar="127.0.0.1")
    add("token", metavar="TOKEN")
    add("name", action="append", default=[], metavar="NAME")
    add("folder", default=FOLDER, metavar=FOLDER)
    add("store", metavar="STORE")
    add("upload", type=whole_number, default=100, metavar="100")
    add("seconds", type=whole_number, default=300, metavar="300")
    add("memory", type=whole_number, default=4096, metavar="4096")
    add("open", action="store_true")
    keys = parser.add_argument_group(say("serve.keys_title", lang))
    one = keys.add_mutually_exclusive_group()
    add("new-key", one, metavar="NAME")
    add("end-key", one, metavar="NAME")
    add("keys", one, action="store_true")
    add("adopt", one, metavar="NAME")
    add("team", keys, metavar="TEAM")


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.web import require

    require()
    folder = Path(args.folder).expanduser()
    if args.new_key is not None or args.end_key is not None or args.keys or args.adopt is not None:
        return _keys(args, folder, screen)
    if args.team is not None:
        raise fail("serve.team_alone")
    return _serve(args, folder, screen)


def _serve(args: argparse.Namespace, folder: Path, screen: Screen) -> int:
    from calloff.web.limits import Limits
    from calloff.web.server import Address, serve

    token = args.token or os.environ.get("CALLOFF_TOKEN") or None
    names = tuple(name.lower() for name in args.name)
    limits = Limits(upload=args.upload << 20, seconds=args.seconds, memory=args.memory << 20)
    address = Address(args.host, args.port, token, names)
    plans = Path(args.store).expanduser() if args.store else None
    serve(address, folder, limits, lambda url: _ready(url, args, screen), plans)
    return 0


def _ready(url: str, args: argparse.Namespace, screen: Screen) -> None:
    screen.note("serve.ready", url=url, folder=Path(args.folder).expanduser())
    if args.open:
        import webbrowser

        webbrowser.open(f"{url}/?lang={screen.lang}")


def _keys(args: argparse.Namespace, folder: Path, screen: Screen) -> int:
    """Make, end or list keys; a running server knows of it at once."""
    from contextlib import closing

    from calloff.web.accounts import Accounts

    if args.team is not None and args.new_key is None:
        raise fail("serve.team_alone")
    with closing(Accounts(folder)) as accounts:
        if args.new_key is not None:
            key = accounts.new_key(args.new_key, args.team)
            screen.note("serve.key_made", name=args.new_key)
            print(key)
        elif args.end_key is not None and not accounts.end_key(args.end_key):
            raise fail("serve.no_account", name=args.end_key)
        elif args.adopt is not None:
            _adopt(accounts, folder, args.adopt, screen)
        elif args.keys:
            for account in accounts.all():
                print(account.name, account.team or "-", account.made[:10], sep="\t")
    return 0


def _adopt(accounts: Accounts, folder: Path, name: str, screen: Screen) -> None:
    """Give an account the runs that no account has, such as those from before there were any."""
    from contextlib import closing

    from calloff.web.callers import of_account
    from calloff.web.run_store import RunStore

    account = accounts.get(name)
    if account is None:
        raise fail("serve.no_account", name=name)
    with closing(RunStore(folder)) as store:
        ownerless = [owner for owner in store.owners() if ":" not in owner]
        count = store.give(ownerless, of_account(account).owner)
    screen.note("serve.adopted", name=account.name, count=count)
