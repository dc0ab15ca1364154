"""EDI messages as the sheets and call-offs that the rest of reading works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from calloff.data.layouts import Layout, match, parse_layout
from calloff.data.reading.matching import Header
from calloff.data.reading.sheets import Sheet
from calloff.data.reading.statuses import AHEAD
from calloff.data.reading.today import Key
from calloff.texts.errors import CalloffError, Problem

if TYPE_CHECKING:
    from calloff.data.edi import Schedules  # else where a file is read, as a store has rows

COLUMNS = ("part", "ship_to", "customer", "issued_at", "target", "days", "quantity", "status")
NOON = 12  # o'clock; a message of the morning tells what was received up to the day before


@dataclass(frozen=True)
class MessageFile:
    """A file of EDI messages.

    Attributes:
        file: path of the file.
        form: "edifact", "x12", "vda4905" or "idoc".
        schedules: what was read of it.
    """

    file: str
    form: str
    schedules: Schedules


def read_message_file(content: bytes, file: str) -> MessageFile | None:
    """Read a file of EDI messages.

    Args:
        content: its bytes.
        file: its path, for messages.

    Returns:
        What was read; None where it is no EDI.

    Raises:
        CalloffError: no message in it can be used.
    """
    from calloff.data.edi import edi_format, read_messages

    form = edi_format(content)
    if not form:
        return None
    try:
        return MessageFile(file, form, read_messages(content))
    except CalloffError as error:
        raise CalloffError(_placed(error.problems, file)) from error


def notices_of(file: MessageFile) -> tuple[Problem, ...]:
    """Why messages of a ``file`` were refused, and what is odd in the others."""
    schedules = file.schedules
    return _placed((*schedules.problems, *schedules.warnings, *_added_up(schedules)), file.file)


def _added_up(schedules: Schedules) -> tuple[Problem, ...]:
    """A warning where several documents of one time give quantities of a part for the same days:
    they may be for several gates, or one may replace the other."""
    plans = schedules.lines.filter((pl.col("kind") == "plan") & ~pl.col("status").is_in(AHEAD))
    cell = ["part", "ship_to", "customer", "issued_at", "target", "days", "status"]
    twice = (
        plans.group_by(cell, maintain_order=True)
        .agg(pl.col("message").unique(maintain_order=True), pl.col("document").n_unique())
        .filter(pl.col("document") > 1)
    )
    if not twice.height:
        return ()
    first = twice.row(0, named=True)
    facts = {"count": twice["part"].n_unique(), "part": first["part"], "day": first["target"],
             "messages": ", ".join(map(str, first["message"]))}  # fmt: skip
    return (Problem("edi.added", facts=facts),)


def refused_of(file: MessageFile) -> tuple[Problem, ...]:
    """Why messages of a ``file`` were refused."""
    return _placed(file.schedules.problems, file.file)


def _placed(problems: Sequence[Problem], file: str) -> tuple[Problem, ...]:
    return tuple(replace(each, where=replace(each.where, file=file)) for each in problems)


def plan_header(file: MessageFile) -> Header | None:
    """The plans among the messages of a ``file`` as a table of one row for each quantity; several
    of one day are added up, and firm where all of them are. None where there are only calls."""
    lines = file.schedules.lines.filter(pl.col("kind") == "plan")
    if not lines.height:
        return None
    whose = [name for name in COLUMNS if name not in ("quantity", "status")]
    ahead = pl.when(pl.col("status").is_in(AHEAD)).then(pl.col("status")).otherwise(pl.lit(""))
    grouped = lines.with_columns(ahead=ahead).group_by(*whose, "ahead", maintain_order=True)
    firm = pl.when((pl.col("status") == "firm").all()).then(pl.lit("firm"))
    status = firm.otherwise(pl.col("status").filter(pl.col("status") != "firm").first())
    table = grouped.agg(pl.col("quantity").sum(), status.alias("status")).select(COLUMNS)
    columns = tuple((name, *table[name].to_list()) for name in COLUMNS)
    sheet = Sheet(file.file, "", columns, first_row=0)
    return Header(sheet, 0, match(_layout(file.form), COLUMNS))


def _layout(form: str) -> Layout:
    declared = {
        "kind": "long", "name": form, "title": form, "part": ["part"], "plant": ["ship_to"],
        "customer": ["customer"], "issued_at": ["issued_at"], "target": ["target"],
        "days": ["days"], "quantity": ["quantity"], "status": ["status"], "fractions": True,
        "cumulative": False,
    }  # fmt: skip
    return parse_layout(declared, form)


def calls_of(files: Sequence[MessageFile]) -> dict[Key, float]:
    """Add up the calls of each day (862, DELJIT).

    Args:
        files: of messages.

    Returns:
        Pieces by part, plant, customer and day. Of several messages that call for a day the newest
        counts.
    """
    return newest_calls([f.schedules.lines.filter(pl.col("kind") == "call") for f in files])


def newest_calls(tables: Sequence[pl.DataFrame]) -> dict[Key, float]:
    """Add up the calls of each day in ``tables`` of messages; the newest message counts."""
    calls = pl.concat(tables) if tables else pl.DataFrame()
    if not calls.height:
        return {}
    whose = ["part", "ship_to", "customer", "target"]
    newest = pl.col("issued_at") == pl.col("issued_at").max().over(whose)
    summed = calls.filter(newest).group_by(whose).agg(pl.col("quantity").sum())
    return {
        (part, plant, customer, np.datetime64(day, "D")): pieces
        for part, plant, customer, day, pieces in summed.iter_rows()
    }


def receipts_of(files: Sequence[MessageFile]) -> dict[Key, float]:
    """Find what was received on each day, from the running totals in messages.

    Args:
        files: of messages.

    Returns:
        Pieces by part, plant, customer and day, as differences between days one after the other.
        A total that falls or starts anew gives none.
    """
    return receipts_in([file.schedules.receipts for file in files])


def receipts_in(tables: Sequence[pl.DataFrame]) -> dict[Key, float]:
    """The differences of running totals in ``tables`` of messages, as in ``receipts_of``."""
    totals = pl.concat(tables) if tables else pl.DataFrame()
    found: dict[Key, float] = {}
    if not totals.height:
        return found
    for (part, plant, customer), own in totals.group_by(["part", "ship_to", "customer"]):
        rows = own.sort("issued_at").unique("issued_at", keep="last", maintain_order=True)
        times, sums, since = (rows[name].to_list() for name in ("issued_at", "cumulative", "since"))
        for at in range(1, len(times)):
            day: date = _day_received(times[at - 1])
            apart = _day_received(times[at]) - day
            if apart == timedelta(days=1) and since[at] == since[at - 1]:
                pieces = sums[at] - sums[at - 1]
                if pieces >= 0:
                    key = (str(part), str(plant), str(customer), np.datetime64(day, "D"))
                    found[key] = pieces
    return found


def _day_received(issued: datetime) -> date:
    """The day after whose start a message's total was taken: what comes from then on is received
    on it."""
    day = issued.date()
    return day + timedelta(days=1) if issued.hour >= NOON else day
