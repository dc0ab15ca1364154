"""What every command does first: check where its results go, and load its input."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import PICTURES, Weeks

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
    from calloff.report.files import check_target
    from calloff.texts.errors import Where, fail

    targets = [check_target(path, suffixes) for path in paths if path]
    _check_pictures(targets)
    busy = {path.resolve(): "write.is_input" for path in input_files(args.inputs) if targets}
    busy |= {Path(path).resolve(): "write.twice" for path in taken if path}
    for target in targets:
        if code := busy.get(target.resolve()):
            raise fail(code, Where(file=str(target)))
        busy[target.resolve()] = "write.twice"
    return targets


def input_files(inputs: Sequence[str]) -> tuple[Path, ...]:
    """The files that arguments name; of a store, the one that says what is in it."""
    from calloff.data.reading.files import find_files
    from calloff.store.folder import LOG, is_store

    stores = [each for each in inputs if is_store(each)]
    rest = [each for each in inputs if not is_store(each)]
    files = find_files(rest) if rest else ()
    return (*(Path(each) / LOG for each in stores), *files)


def _check_pictures(targets: list[Path]) -> None:
    """Raises CalloffError where a picture is wanted and what draws it is not installed: before the
    work, not after it."""
    from calloff.texts.errors import fail

    for target in targets:
        if target.suffix.lower() in PICTURES and find_spec("matplotlib") is None:
            raise fail("picture.not_installed", file=target.name)


def load_input(args: argparse.Namespace, screen: Screen) -> Loaded:
    """The input that the arguments name, at every stage."""
    from calloff.data.cleaning import Policy
    from calloff.store.folder import is_store
    from calloff.store.load import load
    from calloff.texts.errors import fail

    stored = any(map(is_store, args.inputs))
    if args.last_days is not None and not stored:
        raise fail("store.last_only")
    with screen.progress("progress.reading") as progress:
        loaded = load(
            *args.inputs,
            layout=args.layout,
            strict=args.strict,
            policy=Policy(args.conflicts, args.quantity),
            plant=args.plant,
            customer=args.customer,
            shipments=args.shipments,
            last=args.last_days,
            as_of=getattr(args, "as_of", None) if stored else None,
            progress=progress,
        )
    if isinstance(getattr(args, "lead", None), Weeks):
        loaded = loaded.by_week()
    if args.command != "inspect":
        _say_what_counts(loaded, screen)
    return loaded


def _say_what_counts(loaded: Loaded, screen: Screen) -> None:
    """What a user must know of the input whatever the command: also when quiet, parts of which the
    newest plan could not be read; else what was set aside, filled up or skipped."""
    from calloff.data.days import WEEK
    from calloff.report.terminal.screen import few

    reading, screen = loaded.reading, screen.of(weekly=loaded.triangle.cadence == WEEK)
    for problem in reading.notices:
        screen.warned(problem.text(screen.lang))
    if reading.called_from != "plan":
        screen.say(f"called.{reading.called_from}")
    if reading.backlog and any(reading.backlog.values()):
        names = few([f"{name} {pieces:,.0f}" for name, pieces in reading.backlog.items() if pieces])
        screen.say("called.backlog", parts=names)
    if reading.lost:
        names = few([each.part for each in reading.lost])
        screen.warn("note.lost", count=len(reading.lost), parts=names)
    aside = {reason: rows for reason, rows in reading.set_aside.items() if reason != "duplicate"}
    if reading.faults.height:
        rows = sum(aside.values())
        screen.note("note.set_aside", rows=rows, cells=reading.faults.height)
    if reading.totals:
        screen.note("note.totals", parts=few(reading.totals))
    if reading.twins:
        screen.note("note.twins", count=len(reading.twins), names=" = ".join(reading.twins[0]))
    if reading.unlisted.found:
        screen.note("note.unlisted", count=f"{reading.unlisted.cells:,}")
    hidden = [each.name for each in reading.skipped if each.reason != "unknown"]
    if hidden:
        screen.note("note.not_read", names=few(hidden))
