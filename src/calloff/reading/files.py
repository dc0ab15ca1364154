"""From paths, folders and globs to sheets: the only place where input files are opened."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import python_calamine as calamine

from calloff.problems import CalloffError, Problem, Where, fail
from calloff.reading.detect import READABLE, detect
from calloff.reading.sheets import Sheet, as_cells

SUFFIXES = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".csv", ".tsv", ".txt", ".parquet")
ENCODINGS = ("utf-8-sig", "cp949")  # Korean Windows writes cp949
LIMIT = 1 << 30  # bytes of one file, packed or not
MAX_CELLS = 50_000_000


def find_files(inputs: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files that the inputs name: files as they are, folders and globs expanded, in order.

    Raises CalloffError naming every input that leads to no file.
    """
    found: dict[Path, None] = {}
    problems = []
    for entry in inputs:
        paths = list(_expand(Path(entry)))
        found.update(dict.fromkeys(paths))
        if not paths:
            code = "file.folder_empty" if Path(entry).is_dir() else "file.absent"
            problems.append(Problem(code, Where(file=str(entry)), {"kinds": " ".join(SUFFIXES)}))
    if problems:
        raise CalloffError(problems)
    return tuple(found)


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(entry for entry in path.iterdir() if _is_input(entry))
    elif path.exists():
        yield path
    elif any(sign in str(path) for sign in "*?["):
        anchor = Path(path.anchor or ".")
        pattern = str(path.relative_to(anchor) if path.anchor else path)
        yield from sorted(entry for entry in anchor.glob(pattern) if entry.is_file())


def _is_input(path: Path) -> bool:
    hidden = path.name.startswith((".", "~$"))
    return path.is_file() and path.suffix.lower() in SUFFIXES and not hidden


def read_sheets(path: Path) -> list[Sheet]:
    """Every sheet of a file that is not empty. Raises CalloffError where the file is unusable."""
    where = Where(file=str(path))
    try:
        if path.stat().st_size > LIMIT:
            raise fail("file.too_large", where, limit=f"{LIMIT >> 20:,} MB")
        content = path.read_bytes()
    except OSError as error:
        raise fail("file.unreadable", where, error=error.strerror or error) from error
    kind = detect(content)
    if kind not in READABLE:
        raise fail(f"file.{kind}", where)
    readers = {"workbook": _workbook, "parquet": _parquet, "text": _text}
    sheets = readers[kind](path, content)
    if not sheets:
        raise fail("file.no_rows", where)
    return sheets


def _workbook(path: Path, content: bytes) -> list[Sheet]:
    _refuse_bomb(path, content)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = [(name, _sheet_rows(book, name)) for name in book.sheet_names]
    except calamine.PasswordError as error:
        raise fail("file.encrypted", Where(file=str(path))) from error
    except Exception as error:  # calamine raises a dozen kinds, and PanicException is one of them
        raise fail("file.damaged", Where(file=str(path)), error=_short(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise fail("file.damaged", Where(file=str(path)), error=_short(error)) from error
    return [Sheet(str(path), name, as_cells(rows)) for name, rows in found if rows]


def _refuse_bomb(path: Path, content: bytes) -> None:
    """A zipped workbook says how large it will be unpacked; one over the limit is not opened."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise fail("file.damaged", Where(file=str(path)), error=_short(error)) from error
    if size > LIMIT:
        raise fail("file.too_large", Where(file=str(path)), limit=f"{LIMIT >> 20:,} MB")


def _sheet_rows(book: calamine.CalamineWorkbook, name: str) -> list[list[Any]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > MAX_CELLS:
        raise ValueError(f"{name}: {sheet.total_height} x {sheet.total_width} cells")
    return list(sheet.to_python(skip_empty_area=False))


def _parquet(path: Path, content: bytes) -> list[Sheet]:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise fail("file.damaged", Where(file=str(path)), error=_short(error)) from error
    rows: list[Sequence[object]] = [frame.columns, *frame.rows()]
    return [Sheet(str(path), "", as_cells(rows))] if frame.height else []


def _text(path: Path, content: bytes) -> list[Sheet]:
    text = _decode(path, content)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise fail("file.damaged", Where(file=str(path)), error=_short(error)) from error
    width = max(map(len, rows), default=0)
    if len(rows) * width > MAX_CELLS:
        raise fail("file.too_large", Where(file=str(path)), limit=f"{MAX_CELLS:,} cells")
    square: list[Sequence[object]] = [row + [""] * (width - len(row)) for row in rows]
    return [Sheet(str(path), "", as_cells(square))] if width else []


def _decode(path: Path, content: bytes) -> str:
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if utf16 else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise fail("file.encoding", Where(file=str(path)), tried=", ".join(ENCODINGS))


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0]
    return max(",;\t|", key=first.count)


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
