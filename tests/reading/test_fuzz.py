"""Files cut off and with flipped bits either read or say what is wrong. Nothing else, ever."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from calloff import CalloffError, load
from calloff.cli.main import main
from input_files import parquet, text, wide, xls, xlsx

CASES = 150


def stored(content: bytes) -> bytes:
    """A zip whose entries are not packed, so that a flipped bit reaches the XML."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    return made.getvalue()


def flipped_inside(content: bytes, rng: random.Random) -> bytes:
    """A workbook with flipped bits in its XML and sound checksums around them."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            xml = old.read(entry)
            if entry.filename.startswith("xl/"):
                xml = flipped(xml, rng, 3)
            new.writestr(entry.filename, xml)
    return made.getvalue()


def flipped(content: bytes, rng: random.Random, most: int = 64) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.randint(1, most)):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def damaged(content: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    if seed % 3 == 0:
        return content[: rng.randrange(len(content))]
    if seed % 3 == 1 and content.startswith(b"PK"):
        return flipped_inside(content, rng)
    return flipped(content, rng)


@pytest.mark.parametrize("kind", [xls, xlsx, parquet, text])
def test_damaged_files(tmp_path: Path, kind: object, capfd: pytest.CaptureFixture[str]) -> None:
    content = kind({"Sheet1": wide(parts=5, days=8)})  # type: ignore[operator]
    made = tmp_path / "plan.xls"
    outcomes: Counter[str] = Counter()
    for seed in range(CASES):
        made.write_bytes(damaged(content, seed))
        try:
            loaded = load(made)
        except CalloffError as error:
            outcomes[error.problems[0].code] += 1
            assert error.text("ko")
        else:
            outcomes["read"] += 1
            found = loaded.inspect()
            assert found.rows == found.rows_used + sum(found.set_aside.values())
    capfd.readouterr()  # what the readers in Rust say of their panics
    assert len(outcomes) > 1, outcomes
    assert sum(outcomes.values()) == CASES


DIMENSIONS = b"\x00\x02\x0e\x00"


def panicking() -> bytes:
    """A workbook on which calamine panics: a sheet said to begin far beyond the stream's end."""
    content = bytearray(xls({"Sheet1": wide()}))
    place = content.index(b"\x85\x00") + 4  # the record BOUNDSHEET
    content[place : place + 4] = (0x00FF0000).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("tall", [3, 400])  # in the small sectors of the file, and in the large
@pytest.mark.parametrize("claim", [(255, 13), (0, 0xFF00000D), (0, 0x7FFFFFFF), (14, 13)])
def test_a_size_on_which_the_reader_would_abort(
    tmp_path: Path, claim: tuple[int, int], tall: int
) -> None:
    content = bytearray(xls({"Sheet1": wide(days=tall)}))
    place = content.index(DIMENSIONS) + 4
    assert struct.unpack_from("<II", content, place) == (0, tall * 3 + 1)
    struct.pack_into("<II", content, place, *claim)
    made = tmp_path / "plan.xls"
    made.write_bytes(content)
    with pytest.raises(CalloffError, match="damaged"):
        load(made)


def test_a_cell_whose_address_looks_like_a_size_is_no_size(tmp_path: Path) -> None:
    """Row 512, column 14 (O513) is spelt like the record DIMENSIONS in the file."""
    header = ["part", "issued_at", *(f"D{lead}" for lead in range(14))]
    table = [header, *([f"P{n}", 20211001, 1, *[1.5e300] * 13] for n in range(520))]
    content = xls({"Sheet1": table})
    assert content.count(DIMENSIONS) == 2
    made = tmp_path / "plan.xls"
    made.write_bytes(content)
    assert load(made).reading.rows == 520


def test_a_panic_of_the_reader_is_a_damaged_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "plan.xls"
    made.write_bytes(panicking())
    with pytest.raises(CalloffError) as caught:
        load(made)
    assert caught.value.problems[0].code == "file.damaged"
    assert "panicked" in capfd.readouterr().err  # else this test proves nothing


def test_the_command_line_shows_no_panic(tmp_path: Path) -> None:
    import subprocess
    import sys

    made = tmp_path / "plan.xls"
    made.write_bytes(panicking())
    run = subprocess.run(
        [sys.executable, "-m", "calloff", "inspect", made], capture_output=True, text=True
    )
    assert run.returncode == 2
    assert "damaged or cut off" in run.stderr
    assert "panicked" not in run.stderr
    assert main(["inspect", str(made), "--quiet"]) == 2
