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


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.cli.inputs import check_outputs, load_input
    from calloff.report.files import write_json
    from calloff.report.terminal.inspection import show_inspection

    check_outputs(args, (), None if args.json == "-" else args.json)
    found = load_input(args, screen).inspect()
    if args.json == "-":
        json.dump(found.as_dict(), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return 0
    show_inspection(found, screen)
    if args.json:
        write_json(found.as_dict(), args.json)
        screen.note("note.written", file=args.json)
    return 0
