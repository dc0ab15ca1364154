"""What every command does first: check where its results go, and load its input."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calloff.data.load import Loaded
    from calloff.report.terminal.screen import Screen


def check_outputs(
    args: argparse.Namespace,
    suffixes: tuple[str, ...],
    *paths: str | None,
    taken: Sequence[str | None] = (),
) -> list[Path]:
    """The files to write: all can be, none is named twice (nor ``taken`` by another result), and
    none is an input."""
    from calloff.data.reading.files import find_files
    from calloff.report.files import check_target
    from calloff.texts.errors import Where, fail

    targets = [check_target(path, suffixes) for path in paths if path]
    busy = {path.resolve(): "write.is_input" for path in find_files(args.inputs) if targets}
    busy |= {Path(path).resolve(): "write.twice" for path in taken if path}
    for target in targets:
        if code := busy.get(target.resolve()):
            raise fail(code, Where(file=str(target)))
        busy[target.resolve()] = "write.twice"
    return targets


def load_input(args: argparse.Namespace, screen: Screen) -> Loaded:
    """The input that the arguments name, at every stage."""
    from calloff.data.cleaning import Policy
    from calloff.data.load import load

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
