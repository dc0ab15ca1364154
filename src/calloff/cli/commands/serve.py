"""calloff serve: a page to drop the morning's file into."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import port_number, whole_number
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen

FOLDER = "~/.calloff"


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    def add(name: str, **how: object) -> None:
        words = say(f"serve.{name.replace('-', '_')}", lang)
        parser.add_argument(f"--{name}", help=words, **how)  # type: ignore[arg-type]

    add("port", type=port_number, default=8765, metavar="8765")
    add("host", default="127.0.0.1", metavar="127.0.0.1")
    add("token", metavar="TOKEN")
    add("name", action="append", default=[], metavar="NAME")
    add("folder", default=FOLDER, metavar=FOLDER)
    add("upload", type=whole_number, default=100, metavar="100")
    add("seconds", type=whole_number, default=300, metavar="300")
    add("open", action="store_true")


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.web import require

    require()
    from calloff.web.limits import Limits
    from calloff.web.server import Address, serve

    token = args.token or os.environ.get("CALLOFF_TOKEN") or None
    names = tuple(name.lower() for name in args.name)
    limits = Limits(upload=args.upload << 20, seconds=args.seconds)
    serve(
        Address(args.host, args.port, token, names),
        Path(args.folder),
        limits,
        lambda url: _ready(url, args, screen),
    )
    return 0


def _ready(url: str, args: argparse.Namespace, screen: Screen) -> None:
    screen.note("serve.ready", url=url, folder=Path(args.folder).expanduser())
    if args.open:
        import webbrowser

        webbrowser.open(f"{url}/?lang={screen.lang}")
