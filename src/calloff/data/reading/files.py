"""From paths, folders and globs to sheets: the only place where input files are opened."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from calloff.data.reading.detect import READABLE, detect
from calloff.data.reading.sheets import Sheet, as_cells
from calloff.data.reading.workbooks import Rows, check_size, damage_told, short, workbook_rows
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where, fail

SUFFIXES = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".csv", ".tsv", ".txt", ".parquet")
ENCODINGS = ("utf-8-sig", "cp949")  # Korean Windows writes cp949
LIMIT = 1 << 29  # bytes of one file, and of all texts in one


def find_files(inputs: Sequence[object]) -> tuple[Path, ...]:
    """Find the files that inputs name: files as they are, folders and globs expanded, in order.

    Args:
        inputs: paths, as texts or Path.

    Returns:
        The files, each once.

    Raises:
        CalloffError: naming every input that leads to no file.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for entry in inputs:
        try:
            found.update(dict.fromkeys(_find(entry)))
        except CalloffError as error:
            problems += error.problems
    if problems:
        raise CalloffError(problems)
    return tuple(found)


def _find(entry: object) -> list[Path]:
    if not isinstance(entry, str | os.PathLike):
        raise fail("file.no_path", kind=type(entry).__name__)
    path = Path(entry)
    where = Where(file=plain(str(path)))
    try:
        paths = list(_expand(path))
    except (OSError, ValueError) as error:  # a name too long, a closed folder, "**" within a name
        raise fail("file.unreadable", where, error=short(error)) from error
    if not paths:
        code = "file.folder_empty" if path.is_dir() else "file.absent"
        raise fail(code, where, kinds=" ".join(SUFFIXES))
    return paths


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(entry for entry in path.iterdir() if _is_input(entry))
    elif path.exists():
        yield path
    elif any(sign in str(path) for sign in "*?["):
        anchor = Path(path.anchor or ".")
        pattern = str(path.relative_to(anchor) if path.anchor else path)
        found = (entry for entry in anchor.glob(pattern) if not _is_hidden(entry))
        yield from sorted(entry for entry in found if entry.is_file())


def _is_input(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "~$"))  # Excel locks an open workbook with a "~$" file


def read_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a file that is not empty.

    Args:
        path: a workbook, a text with separators, or a parquet file.

    Returns:
        The sheets, their cells as they are.

    Raises:
        CalloffError: the file cannot be used.
    """
    where = Where(file=plain(str(path)))
    try:
        found = _read(path)
    except CalloffError as error:
        raise CalloffError([replace(problem, where=where) for problem in error.problems]) from error
    sheets = [Sheet(where.file, plain(name), as_cells(rows)) for name, rows in found if rows]
    if not sheets:
        raise fail("file.no_rows", where)
    return sheets


def _read(path: Path) -> list[tuple[str, Rows]]:
    try:
        if path.stat().st_size > LIMIT:
            raise fail("file.too_large", limit=f"{LIMIT >> 20:,} MB")
        content = path.read_bytes()
    except OSError as error:
        raise fail("file.unreadable", error=error.strerror or error) from error
    kind = detect(content)
    if kind not in READABLE:
        raise fail(f"file.{kind}")
    if kind == "workbook":
        return workbook_rows(content)
    return [("", _parquet_rows(content) if kind == "parquet" else _text_rows(content))]


def _parquet_rows(content: bytes) -> Rows:
    with damage_told():
        lazy = pl.scan_parquet(io.BytesIO(content))
        check_size(lazy.select(pl.len()).collect().item() * len(lazy.collect_schema()))
        frame = lazy.collect()
        _check_texts(frame)
        return [frame.columns, *frame.rows()] if frame.height else []


def _check_texts(frame: pl.DataFrame) -> None:
    """A file may say a long text once and mean it in every row; as cells it is there each time."""
    texts = (frame[name].str.len_bytes().sum() for name in frame.select(pl.col(pl.String)).columns)
    if sum(map(int, texts)) > LIMIT:
        raise fail("file.too_large", limit=f"{LIMIT >> 20:,} MB")


def _text_rows(content: bytes) -> Rows:
    text = _decode(content)
    delimiter = _delimiter(text)
    check_size(text.count(delimiter) + text.count("\n"))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise fail("file.damaged", error=short(error)) from error
    width = max(map(len, rows), default=0)
    check_size(len(rows) * width)
    return [row + [""] * (width - len(row)) for row in rows] if width else []


def _decode(content: bytes) -> str:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise fail("file.encoding", tried=", ".join(ENCODINGS))


def _delimiter(text: str) -> str:
    """The sign that one line holds most of, among those where the header may stand."""
    lines = text[:100_000].splitlines()[:20]
    return max(",;\t|", key=lambda sign: max((line.count(sign) for line in lines), default=0))
