"""Sheets to plans: each sound row (or group of rows) becomes one plan of one part.

Dimensions: R rows, C columns, n plans, L leads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calloff.data.layouts import FARTHEST, Match
from calloff.data.reading.cells import BLANKS, CODE, Codes, Values, is_blank, parse_name, parse_part
from calloff.data.reading.distinct import distinct
from calloff.data.reading.header_dates import HeaderDates, header_dates
from calloff.data.reading.long_rows import group_rows
from calloff.data.reading.months import month_of
from calloff.data.reading.numbers import NumberForm, parse_columns
from calloff.data.reading.plans import WEEK, Buckets, Index, Mask, Plans, Texts, hash_rows
from calloff.data.reading.row_faults import row_fault
from calloff.data.reading.sheets import Column, Sheet
from calloff.data.reading.statuses import is_ahead, is_cancelled, status_codes
from calloff.data.reading.times import TimeOptions, Times, parse_times

NAMES = ("part", "plant", "customer")
QUANTITIES = ("total", "slot", "bucket", "quantity", "days")
USUAL = 0.9  # of the rows have a cell behind the last header


@dataclass(frozen=True)
class Parsed:
    """A sheet's plans, and what was wrong.

    Attributes:
        plans: plans of the sound rows.
        buckets: quantities of several days of the sound rows.
        ahead: backlog and what is wanted at once, of rows with such a status, as buckets of a day.
        fault: why each row is set aside (R), an index into FAULTS; 0 where it is not.
        faulty: every faulty cell as row, column and fault (cells, 3), counted from 0.
        blanks: how many cells are blank (C).
        names: "part", "plant" and "customer" -> those of each row (R); empty where it has none.
        issued: when each row was issued (R); NaT where that is not known.
    """

    plans: Plans
    buckets: Buckets
    fault: Codes
    faulty: Index
    blanks: Index
    names: Mapping[str, Texts]
    issued: NDArray[np.datetime64]
    ahead: Buckets = field(default_factory=Buckets)


@dataclass(frozen=True)
class _Rows:
    """What the rows of a sheet say."""

    sheet: Sheet
    match: Match
    source: int
    names: Mapping[str, Texts]
    issued: NDArray[np.datetime64]
    values: Values
    codes: Codes
    status: Codes
    target: Times | None = None
    dates: HeaderDates | None = None
    columns: Mapping[str, int] = field(default_factory=dict)

    def keys(self, at: Index) -> dict[str, Any]:
        """Columns of what is made of the rows ``at``."""
        named = {name: texts[at] for name, texts in self.names.items()}
        source = np.full(len(at), self.source, dtype=np.int64)
        return {**named, "issued": self.issued[at], "source": source,
                "row": at + self.sheet.first_row}  # fmt: skip


def parse_sheet(sheet: Sheet, match: Match, given: Mapping[str, object], source: int) -> Parsed:
    """Parse the rows below a header.

    Args:
        sheet: the rows.
        match: the role of each column.
        given: role -> value of those that have no column.
        source: index of the sheet.

    Returns:
        The plans of the sound rows, and what was wrong with the others.
    """
    rows = _read_rows(_filled(sheet, match), match, given, source)
    if match.layout.kind == "wide":
        fault, faulty = _faults(rows, _hopeless(rows))
        sound = np.flatnonzero(fault == 0)
        plans, buckets = _dated(rows, sound) if rows.dates else _wide(rows, sound)
    else:
        leads = _leads(rows)
        fault, faulty = _faults(rows, rows.codes.any(axis=1))
        plans, buckets, again = _long(rows, leads, np.flatnonzero(fault == 0))
        fault[again] = CODE["duplicate"]
    blanks = _count_blanks(sheet, rows.codes, match)
    ahead = _ahead(rows, fault)
    return Parsed(plans, buckets, fault, faulty, blanks, rows.names, rows.issued, ahead)


def _ahead(rows: _Rows, fault: Codes) -> Buckets:
    """What is wanted beside the plan: backlog, and at once."""
    at = np.flatnonzero(fault == CODE["row_status"])
    if not len(at):
        return Buckets()
    keys = rows.keys(at)
    quantity = rows.values[at, rows.columns["quantity"]]
    day = keys["issued"].astype("datetime64[D]")
    days, status = np.ones(len(at), np.int64), rows.status[at]
    return Buckets(start=day, days=days, quantity=quantity, status=status, **keys)


def _filled(sheet: Sheet, match: Match) -> Sheet:
    """Cells that are merged over several rows stand for each of them, in columns of names and
    times; where it is declared, blank names stand for that of the row above."""
    down = {at for at, role in enumerate(match.roles)
            if role and role.name in (*NAMES, "issued_at", "target")}  # fmt: skip
    merged = [each for each in sheet.marks.merged if each[0] in down]
    columns = list(sheet.columns)
    for at in {column for column, _, _ in merged}:
        cells = list(columns[at])
        for column, top, end in merged:
            if column == at:
                cells[top : end + 1] = [cells[top]] * len(cells[top : end + 1])
        columns[at] = cells
    if match.layout.options.fill_down:
        for at, role in enumerate(match.roles):
            if role and role.name in NAMES:
                columns[at] = _from_above(columns[at])
    kept = (sheet.file, sheet.sheet, tuple(columns), sheet.first_row)
    return Sheet(*kept, sheet.marks, sheet.separated)


def _from_above(column: Column) -> list[object]:
    filled: list[object] = []
    for cell in column:
        filled.append(filled[-1] if filled and is_blank(cell) else cell)
    return filled


def _read_rows(sheet: Sheet, match: Match, given: Mapping[str, object], source: int) -> _Rows:
    columns = {role.name: at for at, role in enumerate(match.roles) if role}
    codes = np.zeros((sheet.rows, len(sheet.columns)), dtype=np.int8, order="F")
    values = np.full(codes.shape, np.nan, order="F")  # read and used column by column
    names = {name: _names(sheet, name, columns.get(name), given, codes) for name in NAMES}
    numbers = [at for at, role in enumerate(match.roles) if role and role.name in QUANTITIES]
    _read_numbers(sheet, match, numbers, values, codes)
    issued, target = _read_times(sheet, match, columns, given, codes)
    _rows_too_long(sheet, match, codes)
    said = columns.get("status")
    none = np.zeros(sheet.rows, np.int8)
    status = none if said is None else status_codes(sheet.columns[said])
    dates = header_dates(match, numbers, issued) if match.layout.dated else None
    return _Rows(sheet, match, source, names, issued, values, codes, status, target, dates, columns)


def _names(
    sheet: Sheet, role: str, at: int | None, given: Mapping[str, object], codes: Codes
) -> Texts:
    """The part, plant or customer of each row."""
    if at is None:
        named = np.empty(sheet.rows, dtype=object)
        named[:] = parse_name(given.get(role))
        return named
    cells, index = distinct(sheet.columns[at])
    texts = np.empty(len(cells), dtype=object)
    faults = np.zeros(len(cells), dtype=np.int8)
    for place, cell in enumerate(cells):
        texts[place], fault = parse_part(cell)
        faults[place] = CODE[fault]
    if role != "part":  # a column of plants may be blank as a whole
        blank = faults == CODE["part_blank"]
        faults[blank] = 0 if blank.all() else CODE["plant_blank"]
    codes[:, at] = faults[index]
    return texts[index]


def _read_numbers(
    sheet: Sheet, match: Match, numbers: list[int], values: Values, codes: Codes
) -> None:
    options = match.layout.options
    columns = [sheet.columns[at] for at in numbers]
    form = NumberForm(options.decimal, options.thousands)
    read, faults = parse_columns(columns, form)
    if options.blank == 0:
        blank = faults == CODE["blank"]
        read[blank], faults[blank] = 0.0, 0
    if options.fractions:
        faults[faults == CODE["fractional"]] = 0
    if faults.any():
        read[faults != 0] = np.nan
    beside = numbers == list(range(numbers[0], numbers[-1] + 1))  # then they are copied in one
    where = slice(numbers[0], numbers[-1] + 1) if beside else numbers
    values[:, where], codes[:, where] = read, faults


def _read_times(
    sheet: Sheet, match: Match, columns: Mapping[str, int], given: Mapping[str, object],
    codes: Codes,
) -> tuple[NDArray[np.datetime64], Times | None]:  # fmt: skip
    layout = match.layout
    since = sheet.marks.since_1904
    options = TimeOptions(layout.time_formats, layout.options.zone, since_1904=since)
    issued_at, target_at = columns.get("issued_at"), columns.get("target")
    found: dict[int, Times] = {}
    wanted = [at for at in (issued_at, target_at) if at is not None]
    form = ""
    for at in (*wanted, *wanted[:-1]):  # what is clear in one column helps with the other
        periods = at == target_at
        period = layout.options.period if periods else ""
        kept = replace(options, form=form, periods=periods, period=period)
        found[at] = parse_times(sheet.columns[at], kept)
        form = found[at].form or form
    for at, times in found.items():
        codes[:, at] = times.codes
    stamp = np.datetime64(given.get("issued_at", "NaT"), "s")  # type: ignore[call-overload]
    issued = np.full(sheet.rows, stamp) if issued_at is None else found[issued_at].start
    return issued, None if target_at is None else found[target_at]


def _rows_too_long(sheet: Sheet, match: Match, codes: Codes) -> None:
    """Rows of a text with more cells than the header: one of them is cut in two, and those behind
    it stand in the wrong columns."""
    if not sheet.separated:
        return
    for at in range(match.width, len(sheet.columns)):
        column = sheet.columns[at]
        assert isinstance(column, pl.Series)
        there = column.is_not_null().to_numpy()
        filled = (column.fill_null("").str.strip_chars() != "").to_numpy()
        padded = there.mean() > USUAL  # each line ends with a separator: nothing has moved
        codes[filled if padded else there, at] = CODE["row_long"]


def _count_blanks(sheet: Sheet, codes: Codes, match: Match) -> Index:
    count = np.sum([(codes == code).sum(axis=0) for code in BLANKS], axis=0)
    for at, role in enumerate(match.roles):
        if role is None or role.name == "status":
            cells, index = distinct(sheet.columns[at])
            count[at] = np.array([is_blank(cell) for cell in cells], dtype=bool)[index].sum()
    return count.astype(np.int64)


def _hopeless(rows: _Rows) -> Mask:
    """Rows of which nothing can be used: no name, no time, or not one quantity."""
    numbers = np.array([role is not None and role.name in QUANTITIES for role in rows.match.roles])
    totals = np.array([role is not None and role.name == "total" for role in rows.match.roles])
    wrong: Mask = rows.codes[:, ~numbers].any(axis=1)
    return wrong | (rows.codes[:, totals] != 0).all(axis=1)


def _faults(rows: _Rows, hopeless: Mask) -> tuple[Codes, Index]:
    """Why each row is set aside, and all faulty cells of rows that are not faulty as a whole."""
    codes = rows.codes
    fault = np.zeros(len(codes), dtype=np.int8)
    for row in np.flatnonzero(hopeless).tolist():
        cells, number = [column[row] for column in rows.sheet.columns], rows.sheet.first_row + row
        fault[row] = CODE[row_fault(cells, rows.match, number)]
    columns, at = np.nonzero(codes.T)  # as they lie in the memory
    order = np.lexsort((columns, at))
    order = order[fault[at[order]] == 0]
    at, columns = at[order], columns[order]
    rest = np.flatnonzero(hopeless & (fault == 0))
    numbers = np.array([role is not None and role.name in QUANTITIES for role in rows.match.roles])
    first = codes[rest] * np.where(numbers, 0, 1) if len(rest) else codes[rest]
    own = first.any(axis=1)
    fault[rest] = codes[rest, (codes[rest] != 0).argmax(axis=1)]
    fault[rest[own]] = first[own, (first[own] != 0).argmax(axis=1)]
    fault[(fault == 0) & is_ahead(rows.status)] = CODE["row_status"]
    fault[(fault == 0) & is_cancelled(rows.status)] = CODE["row_cancelled"]
    return fault, np.stack([at, columns, codes[at, columns]], axis=1)


def _plans(table: _Rows, at: Index, leads: Sequence[int], **fields: Any) -> Plans:
    """The plans whose (first) rows are ``at``."""
    n = len(at)
    given: dict[str, Any] = {
        "slots": np.full((n, len(leads)), np.nan),
        "status": np.broadcast_to(table.status[at][:, None], (n, len(leads))),
        "detail": np.zeros(n, dtype=np.int64),
        "rows": np.ones(n, dtype=np.int64),
        **fields,
    }
    return Plans(leads=np.array(leads, dtype=np.int64), **table.keys(at), **given)


def _wide(rows: _Rows, at: Index) -> tuple[Plans, Buckets]:
    roles = rows.match.roles
    leads = sorted({role.lead for role in roles if role and role.name == "total"})
    quantity = np.full((len(at), len(leads)), np.nan)
    slots = np.full((len(at), len(leads)), np.nan)
    values = rows.values if len(at) == len(rows.values) else rows.values[at]
    extra: list[int] = []
    begun = set[int]()
    for index, role in enumerate(roles):
        if role is None or role.name not in ("total", "slot", "bucket"):
            continue
        column = values[:, index]
        if role.name == "total":
            quantity[:, leads.index(role.lead)] = column
            continue
        extra.append(index)
        if role.name == "slot" and role.lead in leads:
            place = leads.index(role.lead)
            slots[:, place] = slots[:, place] + column if place in begun else column
            begun.add(place)
    if rows.match.layout.options.period in ("week", "month"):
        return _periods_ahead(rows, at, np.array(leads), quantity)
    detail = hash_rows(values[:, extra])
    return _plans(rows, at, leads, quantity=quantity, slots=slots, detail=detail), Buckets()


def _periods_ahead(rows: _Rows, at: Index, leads: Index, quantity: Values) -> tuple[Plans, Buckets]:
    """Columns that are so many weeks or months ahead: 0 for that of the day of issue."""
    row, column = np.nonzero(~np.isnan(quantity))
    keys = rows.keys(at[row])
    day = keys["issued"].astype("datetime64[D]")
    if rows.match.layout.options.period == "month":
        start, days = month_of(day.astype("datetime64[M]") + leads[column])
    else:
        monday = day - ((day.astype(np.int64) + 3) % WEEK)  # 1970-01-01 was a Thursday
        start, days = monday + WEEK * leads[column], np.full(len(row), WEEK)
    buckets = Buckets(start=start, days=days, quantity=quantity[row, column],
                      status=rows.status[at[row]], **keys)  # fmt: skip
    return _plans(rows, at[:0], [0], quantity=np.zeros((0, 1))), buckets


def _dated(rows: _Rows, at: Index) -> tuple[Plans, Buckets]:
    """Columns whose headers are target days, weeks or months."""
    dates = rows.dates
    assert dates is not None
    values = rows.values[at][:, dates.columns]
    day = rows.issued[at].astype("datetime64[D]")
    lead = (dates.start[at] - day[:, None]).astype(np.int64)
    single = (dates.days == 1)[None, :] & ~np.isnan(values) & (lead >= 0) & (lead <= FARTHEST)
    leads = np.unique(np.append(lead[single], 0))
    quantity = np.full((len(at), len(leads)), np.nan)
    row, column = np.nonzero(single)
    quantity[row, np.searchsorted(leads, lead[single])] = values[single]
    several = (dates.days > 1)[None, :] & ~np.isnan(values) & (lead > -dates.days[None, :])
    row, column = np.nonzero(several)
    buckets = Buckets(start=dates.start[at][row, column], days=dates.days[column],
                      quantity=values[row, column], status=rows.status[at[row]],
                      **rows.keys(at[row]))  # fmt: skip
    only = ~(dates.days == 1).any()
    kept = np.flatnonzero(~np.isnan(quantity).all(axis=1)) if only else np.arange(len(at))
    return _plans(rows, at[kept], leads.tolist(), quantity=quantity[kept]), buckets


def _leads(rows: _Rows) -> Index:
    """Days ahead of each row (R); a target in the past or far ahead becomes a fault."""
    assert rows.target is not None
    target, at = rows.target, rows.columns["target"]
    days = target.start.astype("datetime64[D]") - rows.issued.astype("datetime64[D]")
    known = ~np.isnat(days)
    leads = np.where(known, days.astype(np.int64), 0)
    sound = known & (rows.codes[:, at] == 0)
    sound &= ~is_ahead(rows.status)  # a backlog is wanted since some time
    rows.codes[sound & (leads <= -target.days), at] = CODE["target_past"]
    rows.codes[sound & (leads > FARTHEST), at] = CODE["target_far"]
    return leads


def _long(rows: _Rows, leads: Index, sound: Index) -> tuple[Plans, Buckets, Index]:
    assert rows.target is not None
    days = rows.target.days[sound]
    if (given := rows.columns.get("days")) is not None:
        days = np.nan_to_num(rows.values[sound, given], nan=1.0).astype(np.int64)
    start = rows.target.start.astype("datetime64[D]")
    if rows.match.layout.options.period == "week":
        days = np.full(len(sound), WEEK)
    elif rows.match.layout.options.period == "month":
        start, months = month_of(start)
        days = months[sound]
    quantity = rows.values[:, rows.columns["quantity"]]
    single, several = sound[days == 1], sound[days > 1]
    names = [rows.names[name] for name in NAMES]
    add_up = bool(rows.match.layout.options.add_up)
    grouped = group_rows(names, rows.issued, leads, quantity, rows.status, single, add_up=add_up)
    made = {"quantity": grouped.quantity, "status": grouped.status, "rows": grouped.rows}
    plans = _plans(rows, grouped.first, grouped.leads, **made)
    buckets = Buckets(start=start[several], days=days[days > 1], quantity=quantity[several],
                      status=rows.status[several], **rows.keys(several))  # fmt: skip
    return plans, buckets, grouped.again
