"""The synthetic customer's export, in the 84 columns of the real one, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xlsxwriter
from numpy.typing import NDArray

from calloff.synth.customer import HORIZON, Truth
from calloff.texts import arguments
from calloff.texts.arguments import instance, require
from calloff.texts.errors import Where, fail

SLOT_TIMES = ("06~08(08)", "08~10(10)", "10~12(13)", "13~15(15)", "15~17(18)", "18~20(21)",
              "21~23(23)", "23~01(02)")  # fmt: skip
SLOT_SHARES = (0.22, 0.12, 0.15, 0.13, 0.12, 0.15, 0.11, 0.0, 0.0, 0.0)
EARLY, LATE = 830, 1730  # hours and minutes of issue
FAULTY = ("n/a", -5, "", "1.234")

Row = list[object]


def export_header() -> list[str]:
    """The 84 header texts of the export; most of those of the slots repeat."""
    today = [f"D일{hours}H 투입계획(발주) 수량" for hours in SLOT_TIMES]
    header = ["Part Number", *today, "D일 02~04H 투입계획 수량", "D일 04~06H 투입계획 수량"]
    header.append("D일 투입예정 수량(D일계획)")
    for lead in range(1, 5):
        slot = "D+1일" if lead == 1 else "과부족수량"
        header += [f"D+{lead}일 투입예정 수량({slot})"] * 10
        header.append(f"D+{lead}일 투입예정 수량(Total)")
    header += [f"D+{lead}일 투입예정 수량" for lead in range(5, HORIZON + 1)]
    return [*header, "D+31~D+45일 투입예정 수량", "CRET_TIME"]


def export_rows(truth: Truth) -> Iterator[Row]:
    """The rows below the header that ``truth`` gives: a plan each day at 17:30, on Mondays another
    one at 8:30."""
    rows = _sound_rows(truth)
    return _with_faults(truth, rows) if truth.planted else rows


def _sound_rows(truth: Truth) -> Iterator[Row]:
    missing = truth.planted.get("missing_day")
    for day, date in enumerate(truth.days):
        if str(date) == missing:
            continue
        stamp = int(str(date).replace("-", "")) * 10000
        if truth.working[day] and str(date.astype("datetime64[W]")) == str(date):
            yield from _plans(truth, day, stamp + EARLY, 0.9)
        yield from _plans(truth, day, stamp + LATE, 1.0)


def _plans(truth: Truth, day: int, stamp: int, level: float) -> Iterator[Row]:
    for part, name in enumerate(truth.parts):
        if truth.sent[part, day]:
            yield _row(name, np.round(truth.plan[part, day] * level).astype(int), stamp)


def _row(name: str, plan: NDArray[np.int64], stamp: int) -> Row:
    row: Row = [name]
    for lead in range(5):
        row += [*_slots(int(plan[lead])), int(plan[lead])]
    return [*row, *plan[5:].tolist(), int(plan[-5:].sum()), stamp]


def _slots(total: int) -> list[int]:
    """Ten slots that add up to the total."""
    edges = np.round(np.cumsum(SLOT_SHARES) * total).astype(int)
    return np.diff(edges, prepend=0).tolist()


def _with_faults(truth: Truth, rows: Iterator[Row]) -> Iterator[Row]:
    """Doubled rows that disagree, totals that are off, and cells that are no quantity."""
    conflict, mismatch = truth.planted["conflict"], truth.planted["mismatch"]
    conflicts_left, mismatches_left = 3, 5
    faulty = dict(zip(range(200, 1000, 200), FAULTY, strict=True))
    for number, row in enumerate(rows):
        late = int(str(row[-1])[-4:]) == LATE
        if number in faulty and row[0] not in (conflict, mismatch):
            row[60] = faulty[number]
        elif row[0] == conflict and conflicts_left and number > 100:
            conflicts_left -= 1
            yield [*row[:-3], int(str(row[-3])) + 7, *row[-2:]]
        elif row[0] == mismatch and late and mismatches_left and number > 300:
            mismatches_left -= 1
            row[44] = int(str(row[44])) + 3  # the total of D+3
        yield row


def write_export(truth: Truth, path: str | Path) -> int:
    """Write the export of a synthetic customer as .xlsx.

    Args:
        truth: the customer.
        path: the file, which is written over.

    Returns:
        The number of rows below the header.

    Raises:
        CalloffError: the file cannot be written.
    """
    require(instance(truth, "truth", Truth), arguments.path(path, "path"))
    try:
        with (
            Path(path).open("wb") as stream,
            xlsxwriter.Workbook(stream, {"constant_memory": True}) as book,
        ):
            return _write(truth, book)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise fail("write.refused", Where(file=str(path)), error=error) from error


def _write(truth: Truth, book: xlsxwriter.Workbook) -> int:
    sheet = book.add_worksheet("Sheet1")
    sheet.write_row(0, 0, export_header())
    count = 0
    for count, row in enumerate(export_rows(truth), start=1):
        sheet.write_row(count, 0, row)
    return count
