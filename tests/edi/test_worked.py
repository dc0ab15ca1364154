"""The worked messages give the rows that were worked out by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from edi_files import FILES, WORKED, read, refused, rows, worked

from calloff.data.edi import edi_format, read_messages

KINDS = {"x830": "x12", "x862": "x12", "vda4": "vda4905", "idoc": "idoc"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expected_rows(path: Path) -> None:
    with (WORKED / "expected" / f"{path.stem}.csv").open(encoding="utf-8") as stream:
        expected = list(csv.DictReader(stream))
    lines = read_messages(path.read_bytes()).lines
    found = []
    for row in lines.iter_rows(named=True):
        form = "%Y-%m-%dT%H:%M" if row["has_time"] else "%Y-%m-%d"
        row["issued_at"] = row["issued_at"].strftime(form)
        row["quantity"] = f"{row['quantity']:g}"
        found.append({name: str(row[name]) for name in expected[0]})
    assert found == expected
    assert set(lines["kind"]) == {"call" if path.stem[:4] in ("x862", "delj") else "plan"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_format_is_known_by_its_content(path: Path) -> None:
    content = path.read_bytes()
    kind = KINDS.get(path.stem[:4], "edifact")
    assert edi_format(content) == kind
    assert edi_format(b"\xef\xbb\xbf\r\n " + content[:400]) == kind
    wide = content.decode("latin-1").encode("utf-16")
    assert edi_format(wide) == kind
    if kind != "idoc":  # it says that it is in UTF-8
        assert rows(read_messages(wide)) == rows(read_messages(content))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_line_breaks_do_not_matter(path: Path) -> None:
    """None at all, as many systems send it; and after 80 characters, as mail leaves it."""
    text = path.read_bytes().decode("latin-1")
    expected = rows(read(text))
    if path.suffix == ".xml":
        assert rows(read(text.replace("\n", ""))) == expected
        return
    if path.stem.startswith("x830"):  # a line break ends its segments
        assert rows(read(text.replace("\r\n", "\n"))) == expected
        assert rows(read(text.replace("\r\n", "~"))) == expected
        return
    flat = text.replace("\r\n", "")
    assert rows(read(flat)) == expected
    if not path.stem.startswith("vda"):
        short = (flat[at : at + 80] for at in range(0, len(flat), 80))
        assert rows(read("\r\n".join(short))) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"part,issued_at,D,D+1\nA,2026-03-02,1,2\n",
        b"UNB,part,issued_at\nA,1,2\n",
        b"ISA,00,x\n1,2,3\n",
        b"ST,830,0001\n",
        b"UNH,1,DELFOR\n",
        b"511,512,513\n511,512,514\n",
        b"51102;20260302;1\n51201;20260302;2\n",
        b"5110120260302000000000000000000000000000260302\n12\n",
        b"5110120260302000000000000000000000000000260302\n" * 3,
        b"<html><body>DELFOR02</body></html>",
        b"PK\x03\x04",
        "품번,발행일\n".encode("cp949"),
    ],
)
def test_what_is_no_edi_is_not_taken_for_it(content: bytes) -> None:
    assert edi_format(content) == ""
    assert refused(content.decode("latin-1")) == [("edi.unknown", None, None)]


def test_two_messages_of_two_interchanges_with_separators_of_their_own() -> None:
    found = read(worked("d96a_1") + worked("d97a_1") + worked("deljit_1"))
    assert len(found.lines) == 6 + 6 + 4
    assert found.lines["message"].unique().to_list() == [1, 2, 3]
    assert found.lines["kind"].to_list() == ["plan"] * 12 + ["call"] * 4
    two = read(worked("x862_1") + worked("x830_1"))
    assert rows(two) == rows(read(worked("x862_1"))) + rows(read(worked("x830_1")))


def test_a_line_says_where_it_stands() -> None:
    lines = read(worked("d96a_1")).lines
    segments = worked("d96a_1").replace("\r\n", "").replace("?'", "").split("'UNH")[1].split("'")
    at = lines["segment"].to_list()
    assert [segments[each - 1].partition("+")[0] for each in at[1:]] == ["QTY"] * 5
    assert lines["customer"].unique().to_list() == ["CUST"]
    assert lines["document"].unique().to_list() == ["5001"]


def test_receipts() -> None:
    (row,) = read(worked("vda4905")).receipts.rows(named=True)
    assert (row["part"], row["cumulative"], str(row["day"]), str(row["since"])) == (
        "V100 200 300", 19427, "2026-02-27", "2026-01-01")  # fmt: skip
    (row,) = read(worked("x830")).receipts.rows(named=True)
    assert (row["cumulative"], str(row["day"]), str(row["since"])) == (
        640, "2026-02-27", "2026-01-01")  # fmt: skip
    (row,) = read(worked("d97a_1")).receipts.rows(named=True)
    assert (row["ship_to"], row["cumulative"], row["day"], str(row["since"])) == (
        "PLANT1", 5000, None, "2026-01-01")  # fmt: skip
