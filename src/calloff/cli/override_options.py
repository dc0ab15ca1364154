"""A planner's own numbers on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from calloff.data.load import Loaded
    from calloff.overrides.table import Overrides


def add_overrides(parser: argparse.ArgumentParser, lang: str) -> None:
    """--overrides"""
    words = say("bookhelp.overrides", lang)
    parser.add_argument(
        "--overrides", nargs="+", action="extend", default=[], metavar="FILE.xlsx", help=words
    )


def overrides_of(args: argparse.Namespace, loaded: Loaded) -> Overrides:
    """The overrides that the arguments name, for parts of the input."""
    from calloff.overrides.table import Overrides

    if not args.overrides:
        return Overrides()
    from calloff.overrides.workbook_reader import read_overrides

    return read_overrides(args.overrides, loaded.triangle.parts)


def is_book(path: str | None) -> bool:
    """Whether a result is a workbook."""
    return bool(path) and Path(str(path)).suffix.lower() == ".xlsx"
