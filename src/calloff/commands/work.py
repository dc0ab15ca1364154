"""What every command does first: load its input, showing progress."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calloff.loading import Loaded
    from calloff.screen import Screen


def load_input(args: argparse.Namespace, screen: Screen) -> Loaded:
    """The input that the arguments name, at every stage."""
    from calloff.clean import Policy
    from calloff.loading import load

    with screen.progress("progress.reading") as progress:
        loaded = load(
            *args.inputs,
            layout=args.layout,
            strict=args.strict,
            policy=Policy(args.conflicts, args.quantity),
            progress=progress,
        )
    reading = loaded.reading
    if reading.faults.height and args.command != "inspect":
        rows = sum(reading.set_aside.values())
        screen.note("note.set_aside", rows=rows, cells=reading.faults.height)
    return loaded
