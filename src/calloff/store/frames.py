"""What was read of sheets as tables with a row for each quantity, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from calloff.data.reading.cells import Codes
from calloff.data.reading.plans import BY_PLAN, Buckets, Index, Mask, Plans, Texts
from calloff.data.reading.sheet_read import SheetRead
from calloff.data.reading.statuses import AHEAD, STATUSES
from calloff.store.folder import UNNAMED

STAMP = pl.Datetime("ms")  # polars has no seconds
PLAN, TOTAL = "plan", "running total"  # statuses where the customer says nothing
PLANS: dict[str, Any] = {
    "part": pl.String, "plant": pl.String, "customer": pl.String, "issued_at": STAMP,
    "arrived_at": STAMP, "target": pl.Date, "days": pl.Int32, "lead": pl.Int32,
    "quantity": pl.Float64, "status": pl.String, "slots": pl.Float64, "detail": pl.Int64,
    "plan": pl.Int64, "plan_rows": pl.Int32, "source_hash": pl.String, "source_file": pl.String,
    "sheet": pl.String, "row": pl.Int64,
}  # fmt: skip
OWN = ("quantity", "slots", "detail")
KEY = ("customer", "plant", "part", "issued_at")


@dataclass(frozen=True)
class Origin:
    """Where a table is from; ``hash`` and ``file`` of its source."""

    hash: str
    file: str


def plan_frame(sheets: Sequence[SheetRead], origin: Origin) -> pl.DataFrame:
    """Lay out what was read of the sheets of a file.

    Args:
        sheets: what was read of each.
        origin: the file.

    Returns:
        A row for each quantity, with the columns PLANS; arrived_at and plan are null.
    """
    parts = [part for each in sheets for part in _frames(each)]
    made = pl.concat(parts) if parts else pl.DataFrame(schema=PLANS)
    return made.with_columns(
        pl.col("quantity", "slots").fill_nan(None),
        source_hash=pl.lit(origin.hash),
        source_file=pl.lit(origin.file),
    ).select(list(PLANS))


def _frames(sheet: SheetRead) -> list[pl.DataFrame]:
    plans, status = sheet.plans, TOTAL if sheet.options.cumulative else PLAN
    there = ~np.isnan(plans.quantity) | ~np.isnan(plans.slots)
    row, column = np.nonzero(there)
    bare = np.flatnonzero(~there.any(axis=1))  # a plan without a quantity is one, too
    lead = np.concatenate([plans.leads[column], np.zeros(len(bare), np.int64)])
    none = np.full(len(bare), np.nan)
    own = {
        "quantity": np.concatenate([plans.quantity[row, column], none]),
        "slots": np.concatenate([plans.slots[row, column], none]),
        "lead": lead,
        "days": np.ones(len(lead), np.int64),
    }
    at = np.concatenate([row, bare])
    said = np.concatenate([plans.status[row, column], np.zeros(len(bare), np.int8)])
    more = {"detail": plans.detail[at], "plan_rows": plans.rows[at], "status": said}
    found = [_laid_out(plans, at, {**own, **more}, status, sheet.info.sheet)]
    for buckets in (sheet.buckets, sheet.ahead):
        if len(buckets):
            found.append(_laid_out(buckets, np.arange(len(buckets)), _of_buckets(buckets), status,
                                   sheet.info.sheet))  # fmt: skip
    return found


def counts() -> pl.Expr:
    """The column ``status`` without what only tells how sure a plan is: firm or not, it is one."""
    return pl.col("status").replace({"firm": PLAN, "forecast": PLAN, "immediate": "backlog"})


def is_beside() -> pl.Expr:
    """Whether a row is of what is wanted beside the plan: backlog, and at once."""
    return pl.col("status").is_in(AHEAD)


def _of_buckets(buckets: Buckets) -> dict[str, Any]:
    lead = (buckets.start - buckets.issued.astype("datetime64[D]")).astype(np.int64)
    none = np.zeros(len(buckets), np.int64)
    return {"quantity": buckets.quantity, "slots": np.full(len(buckets), np.nan), "lead": lead,
            "days": buckets.days, "detail": none, "plan_rows": none,
            "status": buckets.status}  # fmt: skip


def _laid_out(
    keys: Plans | Buckets, at: Index, own: Mapping[str, Any], status: str, sheet: str
) -> pl.DataFrame:
    issued = keys.issued[at]
    target = issued.astype("datetime64[D]") + own["lead"].astype("timedelta64[D]")
    columns = {
        **{name: pl.Series(getattr(keys, name)[at].tolist(), dtype=pl.String)
           for name in ("part", "plant", "customer")},
        "issued_at": pl.Series(issued.astype("datetime64[ms]")),
        "arrived_at": pl.Series([None] * len(at), dtype=STAMP),
        "target": pl.Series(target),
        "row": keys.row[at],
        "plan": pl.Series([None] * len(at), dtype=pl.Int64),
        **own,
        "status": _names_of(own["status"], status),
    }  # fmt: skip
    frame = pl.DataFrame(columns).with_columns(
        sheet=pl.lit(sheet), source_hash=pl.lit(""),
        source_file=pl.lit(""), customer=pl.col("customer").replace("", UNNAMED),
    )  # fmt: skip
    return frame.select(pl.col(name).cast(kind) for name, kind in PLANS.items())


def _names_of(codes: Codes, nothing: str) -> pl.Series:
    """Names of statuses; ``nothing`` where the customer says nothing. Running totals are that
    first of all, as nothing but a difference of two is a quantity."""
    names = [nothing, *STATUSES[1:]]
    if nothing == TOTAL:
        names = [name if name in AHEAD else TOTAL for name in names]
    return pl.Series(codes).cast(pl.Int64).replace_strict(dict(enumerate(names)))


def _codes_of(frame: pl.DataFrame) -> Codes:
    """The statuses of rows as codes again."""
    if (frame["status"] == PLAN).all():  # mostly nothing is said
        return np.zeros(frame.height, np.int8)
    code = {name: at for at, name in enumerate(STATUSES)}
    found = frame["status"].replace_strict(code, default=0, return_dtype=pl.Int8)
    return np.asarray(found.to_numpy(), dtype=np.int8)


def plans_of(frame: pl.DataFrame, leads: Sequence[int], source: int) -> Plans:
    """Make plans of rows again.

    Args:
        frame: rows of single days of one sheet, those of a plan one after the other.
        leads: days ahead of the sheet.
        source: index of the sheet.

    Returns:
        The plans, in the order of their rows.
    """
    row, issued = frame["row"].to_numpy(), frame["issued_at"].to_numpy()
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])[: len(row)])
    plan = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(row))))
    axis = np.array(leads, dtype=np.int64)
    place = plan, _places(axis, frame["lead"].to_numpy())
    shape = len(first), len(axis)
    cells = {name: np.full(shape, np.nan) for name in ("quantity", "slots")}
    for name, values in cells.items():
        if frame[name].null_count() < frame.height:  # few plans have slots
            values[place] = frame[name].to_numpy()
    status = np.zeros(shape, np.int8)
    if (codes := _codes_of(frame)).any():
        status[place] = codes
    fields: dict[str, Any] = {
        **_names(frame, first),
        **cells,
        "status": status,
        "issued": issued[first].astype("datetime64[s]"),
        "detail": frame["detail"].to_numpy()[first],
        "source": np.full(len(first), source, dtype=np.int64),
        "row": row[first],
        "rows": frame["plan_rows"].to_numpy()[first].astype(np.int64),
    }
    return Plans(leads=axis, **{name: fields[name] for name in BY_PLAN})


def _places(axis: Index, leads: Index) -> Index:
    """The places of ``leads`` in an ``axis`` that has them all, mostly without a gap."""
    if len(axis) and axis[-1] - axis[0] == len(axis) - 1:
        return np.asarray(leads - axis[0], np.int64)
    return np.asarray(np.searchsorted(axis, leads), np.int64)


def kept(frame: pl.DataFrame, mask: Mask) -> pl.DataFrame:
    """The rows of a ``frame`` that a ``mask`` selects: mostly all or none, which costs nothing."""
    if mask.all():
        return frame
    return frame.filter(pl.Series(mask)) if mask.any() else frame.clear()


def by_row(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a ``frame`` in the order of the sheet's; mostly they are."""
    row = frame["row"].to_numpy()
    return frame if (row[1:] >= row[:-1]).all() else frame.sort("row", maintain_order=True)


def buckets_of(frame: pl.DataFrame, source: int) -> Buckets:
    """Make quantities of several days of the rows of a ``frame`` again, with the index ``source``
    of their sheet."""
    if not frame.height:
        return Buckets()
    return Buckets(
        **_names(frame, np.arange(frame.height)),
        issued=frame["issued_at"].to_numpy().astype("datetime64[s]"),
        start=frame["target"].to_numpy().astype("datetime64[D]"),
        days=frame["days"].to_numpy().astype(np.int64),
        quantity=frame["quantity"].to_numpy(),
        source=np.full(frame.height, source, dtype=np.int64),
        row=frame["row"].to_numpy(),
        status=_codes_of(frame),
    )


def _names(frame: pl.DataFrame, at: Index) -> dict[str, Any]:
    """Names in some rows as objects, those that repeat being one."""
    found, rows = {}, frame.select("part", "plant", "customer")[at]
    for name in rows.columns:
        texts = rows[name]
        if name != "part" and texts.n_unique() == 1:  # mostly
            named = np.empty(len(at), dtype=object)
            named[:] = _named(texts[0], name)
        else:
            named = _each_once([_named(each, name) for each in texts.to_list()])
        found[name] = named
    return found


def _named(text: str, column: str) -> str:
    return "" if text == UNNAMED and column == "customer" else text


def _each_once(texts: Sequence[str]) -> Texts:
    same: dict[str, str] = {}
    named = np.empty(len(texts), dtype=object)
    named[:] = [same.setdefault(text, text) for text in texts]
    return named
