"""Read the customer's plans: any kind of file, several at once, or a frame. Nothing is guessed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calloff.data.frame_kinds import kind_of
from calloff.data.layouts import Layout, built_in, load_layout
from calloff.data.reading.combining import combine
from calloff.data.reading.files import (
    TextOptions,
    find_files,
    find_skipped,
    read_bytes,
    sheets_in,
)
from calloff.data.reading.frames import frame_sheet, is_frame
from calloff.data.reading.from_messages import (
    MessageFile,
    calls_of,
    notices_of,
    plan_header,
    read_message_file,
    receipts_of,
    refused_of,
)
from calloff.data.reading.matching import (
    Header,
    column_names,
    fitting_columns,
    match_sheets,
    quantity_columns,
)
from calloff.data.reading.parsing import Parsed, parse_sheet
from calloff.data.reading.placed import placed_values
from calloff.data.reading.result import Choice, Lost, Reading, SheetInfo, Skipped
from calloff.data.reading.sheets import Sheet, as_cells
from calloff.data.reading.shipments import read_shipments
from calloff.data.reading.today import Called
from calloff.texts.arguments import flag, instance, path, require
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where

Progress = Callable[[float, str], None]


def read(
    *inputs: Any,
    layout: str | Path | Layout | None = None,
    strict: bool = False,
    plant: str | None = None,
    customer: str | None = None,
    shipments: str | Path | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read the customer's plans.

    Args:
        inputs: files, folders, globs, or frames of pandas, polars, Arrow or DuckDB.
        layout: a TOML file or a Layout for columns that calloff does not know.
        strict: refuse the input where any cell is faulty, instead of setting it aside.
        plant: only plans for this plant; None for all.
        customer: only plans from this customer; None for all.
        shipments: a table of what the supplier shipped (part, day, quantity), for plans that do not
            hold the day itself.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        The plans, and what was wrong with the rest.

    Raises:
        CalloffError: with all problems of all inputs, or with all arguments that cannot be used.
    """
    require(
        instance(layout, "layout", str, os.PathLike, Layout, optional=True),
        flag(strict, "strict"),
        instance(plant, "plant", str, optional=True),
        instance(customer, "customer", str, optional=True),
        path(shipments, "shipments", optional=True),
        instance(progress, "progress", Callable, optional=True),  # type: ignore[arg-type]
    )
    found = parse(inputs, layout, progress)
    if not found.headers:
        code = "edi.calls_only" if calls_of(found.files) else "edi.nothing_wanted"
        raise CalloffError([Problem(code, Where(file=found.files[0].file))])
    shipped = read_shipments(shipments) if shipments is not None else {}
    called = Called(calls_of(found.files), receipts_of(found.files), shipped)
    reading = combine(found.headers, found.parsed, found.skipped, Choice(plant, customer), called)
    if strict and (reading.faults.height or found.refused):
        raise CalloffError([*found.refused, *reading.fault_problems()])
    notices = (*found.notices, *reading.notices)
    return replace(reading, notices=notices, frames=kind_of(inputs))


@dataclass(frozen=True)
class Found:
    """What was found in inputs, before it is put together.

    Attributes:
        headers: sheets and plans of messages, with what their columns mean.
        parsed: the plans of each.
        skipped: sheets and files that are not read.
        files: files of messages.
    """

    headers: list[Header]
    parsed: list[Parsed]
    skipped: list[Skipped]
    files: list[MessageFile]

    @property
    def notices(self) -> tuple[Problem, ...]:
        """What was refused or odd in messages."""
        return tuple(each for file in self.files for each in notices_of(file))

    @property
    def refused(self) -> tuple[Problem, ...]:
        """Why messages were refused."""
        return tuple(each for file in self.files for each in refused_of(file))


def parse(
    inputs: Sequence[Any],
    layout: str | Path | Layout | None = None,
    progress: Progress | None = None,
) -> Found:
    """Find the plans in each of some inputs.

    Args:
        inputs: files, folders, globs, or frames of pandas, polars, Arrow or DuckDB.
        layout: a TOML file or a Layout for columns that calloff does not know.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        What was found, each sheet by itself.

    Raises:
        CalloffError: with all problems of all inputs.
    """
    wanted = layout if isinstance(layout, Layout) else load_layout(layout) if layout else None
    layouts = (wanted,) if wanted else built_in()
    sheets, files = _gather(inputs, layouts, progress or (lambda done, what: None))
    headers, skipped = match_sheets(sheets, layouts) if sheets or not files else ([], [])
    headers += [header for file in files if (header := plan_header(file))]
    parsed = [_parse(header, place) for place, header in enumerate(headers)]
    skipped += [Skipped(str(each), "", "lock") for each in find_skipped(inputs)]
    return Found(headers, parsed, skipped, files)


def _gather(
    inputs: Sequence[Any], layouts: Sequence[Layout], progress: Progress
) -> tuple[list[Sheet], list[MessageFile]]:
    """The sheets and messages of all inputs; the problems of all unusable files are raised
    together."""
    frames = [
        frame_sheet(thing, f"frame {i + 1}") for i, thing in enumerate(inputs) if is_frame(thing)
    ]
    paths = find_files([thing for thing in inputs if not is_frame(thing)])
    if not frames and not paths:
        raise CalloffError([Problem("file.no_input")])
    options = TextOptions(
        layouts[0].options.encoding,
        lambda rows: fitting_columns(rows, layouts),
        lambda rows: quantity_columns(rows, layouts),
    )
    sheets: list[Sheet] = list(frames)
    files: list[MessageFile] = []
    problems: list[Problem] = []
    for index, place in enumerate(paths):
        progress(index / len(paths), place.name)
        try:
            content = read_bytes(place)
            if message := read_message_file(content, plain(str(place))):
                files.append(message)
            else:
                sheets += sheets_in(content, place, options)
        except CalloffError as error:
            problems += error.problems
    if problems:
        raise CalloffError(problems)
    return sheets, files


def _parse(header: Header, place: int) -> Parsed:
    """The rows below a header; problems know their file."""
    try:
        given = placed_values(header)
        return parse_sheet(header.below, header.match, given, place)
    except CalloffError as error:
        where = Where(header.sheet.file, header.sheet.sheet, header.number)
        raise CalloffError(
            [Problem(each.code, where, each.facts) for each in error.problems]
        ) from error


__all__ = [
    "Choice", "Lost", "Reading", "SheetInfo", "Skipped", "as_cells", "column_names", "read",
]  # fmt: skip
