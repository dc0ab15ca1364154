"""No file, however damaged or made to harm, takes more memory than it is worth."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from calloff import CalloffError, load
from calloff.data.reading import files, text_tables, zipped
from calloff.data.reading.compound import book_stream
from calloff.data.reading.workbooks import workbook_pages
from input_files import text, wide, xls, xlsx

DAMAGED = sorted((Path(__file__).parent / "damaged").glob("*.xls"))
NUMBER, STRINGS, SIZE = b"\x03\x02\x0e\x00", b"\xfc\x00", b"\x00\x02\x0e\x00"
GIGABYTE = 1 << 30

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({limit}, {limit}))
{code}
"""
INSPECT = """
from calloff.cli.main import main
sys.exit(main(["inspect", sys.argv[1], "--lang", "en"]))
"""
EACH = """
from pathlib import Path
from calloff import CalloffError, load
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        load(path)
    except CalloffError as error:
        error.text("ko")
    print(path.name)
"""


def limited(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Python on a path, in a process that gets one gigabyte."""
    pytest.importorskip("resource", reason="no memory limits on this system")
    whole = LIMITED.format(limit=GIGABYTE, code=code)
    return subprocess.run([sys.executable, "-c", whole, path], capture_output=True, text=True)


@pytest.mark.parametrize("path", DAMAGED, ids=lambda path: path.stem)
def test_a_chain_of_sectors_in_a_ring_is_damage(path: Path) -> None:
    done = limited(INSPECT, path)
    assert done.returncode == 2, done.stderr
    assert "damaged or cut off" in done.stderr
    assert "memory" not in done.stderr and "Traceback" not in done.stderr


def damage(content: bytes, seed: int) -> bytes:
    """A few flipped bits where they cost most: the header, the last sectors (tables and directory
    of what xlwt writes), or anywhere; an entry of the allocation table that leads elsewhere; a
    cell that lies elsewhere; or the file cut off."""
    rng = random.Random(seed)
    made = bytearray(content)
    if seed % 5 == 0:
        sectors = len(made) // 512 - 1
        entry = table(content) + 4 * rng.randrange(sectors)
        struct.pack_into(
            "<I", made, entry, rng.choice([rng.randrange(sectors), rng.getrandbits(32)])
        )
    elif seed % 5 == 1:
        struct.pack_into(
            "<HH", made, content.index(SIZE) + 4, rng.getrandbits(16), rng.getrandbits(16)
        )
    else:
        first, last = [(0, 512), (len(made) - 1024, len(made)), (0, len(made))][seed % 3]
        for _ in range(rng.randint(1, 8)):
            made[rng.randrange(first, last)] ^= 1 << rng.randrange(8)
    return bytes(made[: rng.randrange(len(made))] if seed % 10 == 9 else made)


def test_a_hundred_damaged_workbooks_in_one_gigabyte(tmp_path: Path) -> None:
    sound = [xls({"Sheet1": wide(5, 8)}), xls({"Sheet1": wide(20, 60)}),
             xls({"A": wide(5, 8), "B": [["x"]]})]  # fmt: skip
    for seed in range(100):
        (tmp_path / f"{seed:03d}.xls").write_bytes(damage(sound[seed % 3], seed))
    done = limited(EACH, tmp_path)
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr[-500:])
    assert len(done.stdout.split()) == 100


def patched(at: Callable[[bytes], int], form: str, *values: Any) -> bytes:
    """A sound workbook of two sheets' worth of numbers, with other bytes at one place."""
    content = bytearray(xls({"Sheet1": [["x"], *[[n + 0.123456789] * 3 for n in range(400)]]}))
    numbers = [value(bytes(content)) if callable(value) else value for value in values]
    struct.pack_into(form, content, at(bytes(content)), *numbers)
    return bytes(content)


def table(content: bytes) -> int:
    """Where the allocation table is."""
    (number,) = struct.unpack_from("<I", content, 76)
    return 512 * (int(number) + 1)


def directory(content: bytes) -> int:
    (number,) = struct.unpack_from("<I", content, 48)
    return 512 * (int(number) + 1)


CLAIMS = {
    "a ring in the chain of the book": (lambda c: table(c) + 4 * 3, "<I", 1),
    "a ring in the chain of the directory": (lambda c: table(c) + 4 * (directory(c) // 512 - 1),
                                             "<I", lambda c: directory(c) // 512 - 1),
    "a sector far beyond the file": (lambda c: table(c) + 4 * 3, "<I", 0x7FFFFFFF),
    "a free sector in a chain": (lambda c: table(c) + 4 * 3, "<I", 0xFFFFFFFF),
    "a sector of the table far beyond": (lambda c: 76, "<I", 0x0FFFFFFF),
    "a reserved number as a sector of the table": (lambda c: 76, "<I", 0xFFFFFFFB),
    "one sector of the table twice": (lambda c: 80, "<I", 0),
    "more sectors of the table than there are": (lambda c: 44, "<I", 0x40000000),
    "more sectors of small streams than there are": (lambda c: 64, "<I", 0x00800000),
    "a list of the table's sectors in a ring": (lambda c: 68, "<I", 1),
    "a root larger than the file": (lambda c: directory(c) + 120, "<I", 0x7FFFFFFF),
    "a book larger than the file": (lambda c: directory(c) + 128 + 120, "<I", 0x7FFFFFFF),
    "a small book that lies nowhere": (lambda c: directory(c) + 128 + 120, "<I", 100),
    "more texts than there is room for": (lambda c: c.index(STRINGS) + 8, "<I", 0x7FFFFFFF),
    "a cell in a column that no sheet has": (lambda c: c.index(NUMBER) + 6, "<H", 0xFF00),
    "a size that no sheet has": (lambda c: c.index(SIZE) + 4, "<II", 0, 0x7FFFFFFF),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_costs_memory_is_refused_before_it_is_believed(claim: str) -> None:
    content = patched(*CLAIMS[claim])
    if "twice" in claim:
        content = content[:80] + content[76:80] + content[84:]
    with pytest.raises(CalloffError, match="damaged") as caught:
        workbook_pages(content)
    told = str(caught.value.problems[0].facts["error"])
    assert told.split()[0] in ("FAT", "DIFAT", "sector", "CFB", "root", "stream", "SST", "cell",
                               "DIMENSIONS"), told  # fmt: skip


def test_a_cell_far_outside_the_size_is_damage_and_inside_it_too_large() -> None:
    far = bytearray(patched(lambda c: c.index(NUMBER) + 4, "<HH", 65_535, 255))
    with pytest.raises(CalloffError, match=r"damaged.*cell address"):
        workbook_pages(bytes(far))
    struct.pack_into("<2I2H", far, far.index(SIZE) + 4, 0, 65_536, 0, 256)
    with pytest.raises(CalloffError, match="delete stray cells"):
        workbook_pages(bytes(far))


def test_a_stray_cell_below_the_table_is_read() -> None:
    table = [["x"], *[[1.5] * 84 for _ in range(20)]]
    book = xls({"Sheet1": table})
    content = bytearray(xls({"Sheet1": [*table, [0.123456789] * 84]}))
    struct.pack_into("<H", content, content.rindex(NUMBER) + 4, 65_535)
    assert len(book_stream(book)) > 4096
    (page,) = workbook_pages(bytes(content))
    columns = page.columns
    assert (len(columns[0]), len(columns)) == (65_536, 84)


def repacked(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == name else data)
    return made.getvalue()


def test_values_without_addresses_are_counted() -> None:
    nameless = b"<row>" + b"<c><v>1</v></c>" * 5000 + b"</row></sheetData>"
    made = repacked(xlsx({"S": wide()}), "xl/worksheets/sheet1.xml",
                    lambda data: data.replace(b"</sheetData>", nameless))  # fmt: skip
    zipped.check_archive(made, 6000)
    with pytest.raises(CalloffError, match=r"5,000 cells"):
        zipped.check_archive(made, 5000)


def test_an_entry_that_holds_more_than_it_says_is_damage() -> None:
    content = bytearray(xlsx({"S": wide()}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46 + 24
    assert struct.unpack_from("<I", content, place) == (entry.file_size,)
    struct.pack_into("<I", content, place, 10)
    with pytest.raises(CalloffError, match="damaged"):
        workbook_pages(bytes(content))


def test_a_long_row_keeps_its_last_cell() -> None:
    cells = b"".join(b'<c r="A1"><v>1</v></c>' for _ in range(200_000))
    row = b"<row>" + cells + b'<c r="ZZ9"><v>1</v></c></row>'
    pieces = [row[at : at + 70_000] for at in range(0, len(row), 70_000)]
    assert zipped._sheet(pieces) == max(702 * 9, 200_001)


def record(kind: int, data: bytes) -> bytes:
    return bytes([kind, len(data)]) + data


def test_the_reach_of_a_binary_sheet() -> None:
    sheet = record(0, struct.pack("<II", 99, 0)) + record(5, struct.pack("<IIf", 9, 0, 1.0))
    large = bytes([0x91, 0x01, 0x00])  # another kind, of two bytes, without data
    assert zipped._binary([sheet[:3], sheet[3:], large]) == 100 * 10
    assert zipped._binary([record(0, struct.pack("<I", 2**31))]) == 0
    assert zipped._binary([sheet + record(2, struct.pack("<I", 2**31))]) > 2**37


def test_the_reach_of_an_open_document_sheet() -> None:
    value = b'<table:table-cell office:value-type="float"%s><text:p/></table:table-cell>'
    blank = b'<table:table-cell table:number-columns-repeated="16000"/>'
    row = b"<table:table-row%s>%s</table:table-row>"
    many = b' table:number-columns-repeated="10"'
    rows = b' table:number-rows-repeated="1000"'
    end = row % (rows, blank) + b"</table:table>"
    assert zipped._open_document([row % (b"", value % many + blank) + end]) == 10
    assert zipped._open_document([row % (rows, value % many) + end]) == 10_000
    assert zipped._open_document([row % (rows, blank) + row % (b"", value % b"") + end]) == 1001


def test_a_bomb_of_entries_is_not_listed() -> None:
    with pytest.raises(CalloffError, match="damaged"):
        zipped.entries(b"PK\x01\x02" * (zipped.ENTRIES + 1))


def test_a_packed_stream_that_breaks_off_is_damage() -> None:
    packed = zlib.compress(bytes(10_000))[2:]
    assert sum(map(len, zipped._inflated(packed, 8))) == 10_000
    with pytest.raises(CalloffError, match="damaged"):
        list(zipped._inflated(b"\xff" * 100, 8))
    with pytest.raises(CalloffError, match="damaged"):
        list(zipped._inflated(packed, 12))


def test_a_text_in_every_row_counts_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "plan.parquet"
    table = {"part": ["x" * 1000] * 50, "issued_at": [20211001] * 50, "D": [1] * 50}
    pl.DataFrame(table).write_parquet(made)
    assert made.stat().st_size < 10_000
    monkeypatch.setattr(files, "LIMIT", 40_000)
    with pytest.raises(CalloffError, match="larger than calloff reads"):
        load(made)


def test_fields_of_a_text_file_are_counted_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "plan.csv"
    made.write_bytes(text({"": wide(parts=3, days=8)}))
    monkeypatch.setattr("calloff.data.reading.workbooks.MAX_CELLS", 100)
    monkeypatch.setattr(text_tables, "MAX_PLAIN", 110)
    for way in ("_number_columns", "_plain_columns", "_strict_rows", "_table"):
        monkeypatch.setattr(text_tables, way, lambda *given: pytest.fail("was read"))
    with pytest.raises(CalloffError, match="110 cells"):
        load(made)


@pytest.mark.parametrize("quoted", [False, True])
def test_a_plain_text_may_have_more_fields_than_one_that_is_read_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quoted: bool
) -> None:
    made = tmp_path / "plan.csv"
    lines = text({"": wide(parts=3, days=8)}).decode().splitlines()
    lines[1] = '"' + lines[1].replace(",", '",', 1) if quoted else lines[1]
    made.write_text("\n".join(lines))
    monkeypatch.setattr("calloff.data.reading.workbooks.MAX_CELLS", 100)
    for way in ("_strict_rows", "_table"):
        monkeypatch.setattr(text_tables, way, lambda *given: pytest.fail("was read"))
    if quoted:
        with pytest.raises(CalloffError, match="100 cells"):
            load(made)
    else:
        assert load(made).triangle.quantity.shape == (3, 8, 3)
