"""Text with separators: no quote swallows lines, and titles do not hide the separator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from calloff import CalloffError, load
from calloff.data.reading.numbers import parse_columns
from calloff.data.reading.sheets import NumberColumn
from calloff.data.reading.text_tables import read_text
from plan_forms import Form, assert_plan, plan, separated

PLAN = plan()
TABLE = Form().tables(PLAN)[0]
DELIMITERS = [",", ";", "\t", "|"]
TITLES = ["a, b, c, d, e, f, g, h, i, j, k", "a; b; c; d; e; f; g; h; i", "a\tb\tc\td\te\tf\tg\th",
          "a | b | c | d | e | f | g | h", '"a, b; c, d"', 'a 3" pipe, b', '"']  # fmt: skip


def spelt(delimiter: str = ",") -> str:
    return separated(TABLE, delimiter).decode()


def assert_read(folder: Path, text: str) -> None:
    (folder / "plan.csv").write_bytes(text.encode())
    assert_plan(load(folder).triangle, PLAN)


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("lines", [1, 15])
def test_other_separators_in_titles(tmp_path: Path, delimiter: str, title: str, lines: int) -> None:
    assert_read(tmp_path, f"{title}\r\n" * lines + spelt(delimiter))


@pytest.mark.parametrize("delimiter", [*DELIMITERS, "^", ":"])
def test_a_declared_separator(tmp_path: Path, delimiter: str) -> None:
    table = Form(stamp=lambda stamp: f"{stamp:%Y%m%d}").tables(PLAN)[0]
    assert_read(tmp_path, f"sep={delimiter}\r\n{separated(table, delimiter).decode()}")


ENDS = {
    "LF": lambda text: text.replace("\r\n", "\n"), "CR": lambda text: text.replace("\r\n", "\r"),
    "none": str.rstrip, "blank lines": lambda text: text.replace("\r\n", "\r\n\r\n"),
    "separators": lambda text: text + ",,,,,,\r\n" * 5, "twice": lambda text: text + text,
    "mark": lambda text: "\ufeff" + text, "a comment": lambda text: "# made by hand\r\n" + text,
    "a footer": lambda text: text + "Created by SAP, page 1\r\n",
    "another footer": lambda text: text + "*** END ***\r\n",
    "all quoted": lambda text: "\r\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.split("\r\n")[:-1]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_lines_around_and_between(tmp_path: Path, name: str) -> None:
    assert_read(tmp_path, ENDS[name](spelt()))


DESCRIPTIONS = ['" pipe', '3" pipe', 'pipe 3"', '" a " b', '"pipe 3"" x"', '"pipe\r\nx"',
                '"pipe\r\n\r\nx, y"', '""" pipe"', '"', '""', '"""', '""""', '"pipe 3\\" x"', '","',
                '" a\r\n']  # fmt: skip


def described(text: str, at: int, rows: set[int], delimiter: str) -> str:
    out = []
    for number, row in enumerate(TABLE):
        cell = "description" if not number else text if number in rows else "pipe"
        out.append(delimiter.join([*row[:at], cell, *row[at:]]))
    return "\r\n".join(out) + "\r\n"


@pytest.mark.parametrize(("at", "delimiter"), [(0, ","), (1, ";"), (7, ",")])
@pytest.mark.parametrize("rows", [{1}, {30}, {30, 31}, {30, 33}, {72}, set(range(1, 73))],
                         ids=["first", "one", "next", "two", "last", "all"])  # fmt: skip
@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_quotes_never_swallow_lines(
    tmp_path: Path, text: str, rows: set[int], at: int, delimiter: str
) -> None:
    """Each plan is right, or its row is set aside and named: no part takes another's numbers."""
    (tmp_path / "plan.csv").write_bytes(described(text, at, rows, delimiter).encode())
    try:
        found = load(tmp_path)
    except CalloffError as error:
        assert len(rows) > 1 and error.problems
        return
    triangle = found.triangle
    assert triangle.parts == PLAN.parts
    days = np.searchsorted([each.date() for each in PLAN.issued], triangle.days.tolist())
    known = ~np.isnan(triangle.quantity)
    np.testing.assert_array_equal(triangle.quantity[known], PLAN.quantity[:, days][known])
    lost = sum(found.cleaned.set_aside.values())
    whole = int(known.all(axis=2).sum())
    assert whole >= len(TABLE) - 1 - max(lost, 0) - len(rows)
    assert found.reading.rows == found.cleaned.rows_used + lost
    if text not in ('" a\r\n', '","') and len(rows) < 3:
        assert_plan(triangle, PLAN)


def test_cells_that_are_cut_in_two_set_their_row_aside(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_bytes(described('"pipe, 3', 1, {30}, ",").encode())
    found = load(tmp_path)
    assert sum(found.cleaned.set_aside.values()) == 1
    assert int(np.isnan(found.triangle.quantity).all(axis=2).sum()) == 1


def quantities(rows: Sequence[Sequence[str]]) -> list[int]:
    return [2, 3]


@pytest.mark.parametrize("cell", ["12", "007", "", "-3", " 5", "5 ", "1.0", "1e3", "x", "1_0",
                                  "99999999999999999999", "１", "5,6"])  # fmt: skip
@pytest.mark.parametrize("row", [1, 30])
def test_columns_of_numbers_hold_what_columns_of_texts_do(cell: str, row: int) -> None:
    table = [["part", "issued_at", "D", "D+1"], *[["007", "20211001", "1", "22"]] * 40]
    table[row] = ["008", "20211001", cell, "0"]
    content = "\n".join(map(",".join, table)).encode() + b"\n"
    fast, plain = (
        read_text(content, lambda rows: 4, each) for each in (quantities, lambda rows: [])
    )
    assert list(fast[0]) == list(plain[0]) and fast[2][0] == "D"
    read = [parse_columns([column[1:] for column in each[2:4]]) for each in (fast, plain)]
    np.testing.assert_array_equal(read[0][0], read[1][0])
    np.testing.assert_array_equal(read[0][1], read[1][1])
    assert isinstance(fast[2], NumberColumn) == (cell in ("12", "007", "-3", " 5", "") and (
        row > 19 or cell in ("12", "007")))  # fmt: skip


def test_a_header_of_numbers_without_rows_is_no_row() -> None:
    (first, *_) = read_text(b"part,issued_at,0,1", lambda rows: 4, quantities)
    assert list(first) == ["part"]
