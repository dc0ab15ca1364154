"""calloff inspect: what is in the file, and what was found in it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from calloff.cli.options import add_input
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    add_input(parser, lang)
    parser.add_argument("--json", metavar="FILE", help=say("help.json", lang))
    words = say("help.write_layout", lang)
    parser.add_argument("--write-layout", metavar="FILE.toml", help=words)


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.data.suggestion import is_worth_it
    from calloff.report.files import write_json
    from calloff.report.terminal.inspection import show_inspection
    from calloff.texts.errors import CalloffError

    check_outputs(args, (), None if args.json == "-" else args.json)
    check_outputs(args, (".toml",), args.write_layout, taken=(args.json,))
    try:
        loaded = load_input(args, screen)
    except CalloffError:
        _suggest(args, screen)
        raise
    found = loaded.inspect()
    if args.json == "-":
        json.dump(found.as_dict(), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        if args.write_layout:
            _suggest(args, screen)
        return 0
    show_inspection(found, screen)
    if args.write_layout or is_worth_it(loaded.reading):  # else it is not read once more for it
        _suggest(args, screen)
    if args.json:
        write_json(found.as_dict(), args.json)
        screen.note("note.written", file=args.json)
    return 0


def _suggest(args: argparse.Namespace, screen: Screen) -> None:
    """A layout that would read the input, where one is needed or asked for."""
    from calloff.data.suggestion import suggest_layout
    from calloff.report.files import write_text
    from calloff.store.folder import is_store

    stored = any(map(is_store, args.inputs))
    found = None if args.layout or stored else suggest_layout(args.inputs)
    if not found or not (found.needed or args.write_layout):
        return
    if args.write_layout:
        write_text(found.text, args.write_layout)
        screen.note("note.written", file=args.write_layout)
        return
    screen.title("inspect.suggestion" if found.complete else "inspect.suggestion_open")
    for line in found.text.splitlines():
        screen.line(line)
