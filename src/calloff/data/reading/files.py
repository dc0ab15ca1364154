"""From paths, folders and globs to sheets: the only place where input files are opened."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.reading.detect import READABLE, detect
from calloff.data.reading.encodings import as_utf8
from calloff.data.reading.sheets import Sheet, sheet_of_rows
from calloff.data.reading.text_tables import Fits, Quantities, read_text
from calloff.data.reading.workbooks import (
    Page,
    check_size,
    damage_told,
    short,
    workbook_pages,
)
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Problem, Where, fail, few

TABLES = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".csv", ".tsv", ".txt", ".parquet")
MESSAGES = (".edi", ".edifact", ".x12", ".830", ".862", ".vda", ".4905", ".idoc", ".xml")
SUFFIXES = (*TABLES, *MESSAGES)
LOCKS = ("~$", ".~lock.")  # of Excel and LibreOffice
OWN = "calloff workbook"  # the first cell of a sheet of each workbook that calloff writes
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


def find_skipped(inputs: Sequence[object]) -> tuple[Path, ...]:
    """Find files that other programs left in folders while they have a workbook open.

    Args:
        inputs: paths, as texts or Path.

    Returns:
        Lock files of the kinds that would be read.
    """
    folders = [Path(each) for each in inputs if isinstance(each, str | os.PathLike)]
    return tuple(
        entry
        for folder in folders
        if folder.is_dir()
        for entry in sorted(folder.iterdir())
        if entry.name.startswith(LOCKS) and entry.suffix.lower().rstrip("#") in SUFFIXES
    )


def _is_input(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "~$"))  # Excel locks an open workbook with a "~$" file


@dataclass(frozen=True)
class TextOptions:
    """How text files are read.

    Attributes:
        encoding: that is declared; empty to find it.
        fits: how many columns of a known layout some first rows have; 0 where none fits.
        quantities: which columns hold quantities, by some first rows.
    """

    encoding: str = ""
    fits: Fits = lambda rows: 0
    quantities: Quantities = lambda rows: []


def read_sheets(path: Path, options: TextOptions | None = None) -> list[Sheet]:
    """Read every sheet of a file that is not empty.

    Args:
        path: a workbook, a text with separators, or a parquet file.
        options: how a text is read.

    Returns:
        The sheets, their cells as they are.

    Raises:
        CalloffError: the file cannot be used.
    """
    return sheets_in(read_bytes(path), path, options)


def read_table(path: Path) -> Sheet:
    """Read the first sheet of a file that a person sees on opening it.

    Args:
        path: as in ``read_sheets``.

    Returns:
        The first sheet that is neither empty nor hidden.

    Raises:
        CalloffError: the file cannot be used, or all that is in it is hidden.
    """
    sheets = read_sheets(path)
    for sheet in sheets:
        if sheet.marks.unused != "hidden":
            return sheet
    names = few([sheet.sheet for sheet in sheets])
    raise fail("table.only_hidden", Where(file=sheets[0].file), names=names)


def sheets_in(content: bytes, path: Path, options: TextOptions | None = None) -> list[Sheet]:
    """Read every sheet that is not empty from the content of a file.

    Args:
        content: its bytes.
        path: its path, for messages.
        options: how a text is read.

    Returns:
        The sheets, their cells as they are.

    Raises:
        CalloffError: the file cannot be used.
    """
    where = Where(file=plain(str(path)))
    try:
        sheets = sheets_of(content, where.file, options or TextOptions())
    except CalloffError as error:
        raise CalloffError([replace(problem, where=where) for problem in error.problems]) from error
    if not sheets:
        raise fail("file.no_rows", where)
    return sheets


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Args:
        path: the file.

    Returns:
        Its bytes.

    Raises:
        CalloffError: it cannot be opened, or is larger than what is read.
    """
    where = Where(file=plain(str(path)))
    try:
        if path.stat().st_size > LIMIT:
            raise fail("file.too_large", where, limit=f"{LIMIT >> 20:,} MB")
        return path.read_bytes()
    except OSError as error:
        if path.is_dir():
            raise fail("file.folder", where) from error
        raise fail("file.unreadable", where, error=error.strerror or error) from error


def sheets_of(content: bytes, file: str, options: TextOptions) -> list[Sheet]:
    """Read the sheets in the bytes of a file.

    Args:
        content: the bytes.
        file: what messages call the file.
        options: how a text is read.

    Returns:
        The sheets that are not empty.

    Raises:
        CalloffError: it is of no kind that is read, or damaged, or too large.
    """
    content = _without_end(content)
    kind = detect(content)
    kind = "text" if kind == "binary" and options.encoding else kind
    if kind not in READABLE:
        raise fail(f"file.{kind}")
    if kind == "workbook":
        pages = workbook_pages(content)
        pages = [page for page in pages if page.columns]
        own = any(str(page.columns[0][0]) == OWN for page in pages)
        return [_sheet(file, page, own) for page in pages]
    if kind == "parquet":
        rows = _parquet_rows(content)
        return [sheet_of_rows(file, "", rows)] if rows else []
    columns = read_text(as_utf8(content, options.encoding), options.fits, options.quantities)
    return [Sheet(file, "", columns, separated=True)] if columns else []


def _without_end(content: bytes) -> bytes:
    """A text without the sign of old programs for its end, or what fills up its last block."""
    bare = content.rstrip(b"\x1a\0") if content.endswith((b"\x1a", b"\0")) else content
    is_text = b"\0" not in bare[:4096] and b"\n" in bare
    return bare if is_text else content


def _sheet(file: str, page: Page, own: bool) -> Sheet:
    marks = replace(page.marks, unused="own") if own else page.marks
    return Sheet(file, plain(page.name), page.columns, marks=marks)


def _parquet_rows(content: bytes) -> list[Any]:
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
