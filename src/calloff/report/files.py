"""Results to files: by suffix, whole or not at all (written beside, then renamed)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import polars as pl

from calloff.texts import arguments
from calloff.texts.arguments import frame, require
from calloff.texts.errors import CalloffError, Where, fail

BOOK_ROWS = 1_048_575  # below the header
TABLES = (".csv", ".parquet", ".xlsx")
# What a spreadsheet may take for a formula when it opens a .csv, its full-width forms included
# (OWASP, "CSV Injection"). An apostrophe before it keeps the cell a text.
FORMULA = r"^([=+\-@\t\r\n＝＋－＠])"
# Texts that look like formulas or links stay texts.
SAFE_BOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def check_target(path: str | Path, suffixes: tuple[str, ...] = ()) -> Path:
    """Check that a file can be written before any work is done in vain.

    Args:
        path: the file.
        suffixes: those that its name may end with; by default, any.

    Returns:
        The file as a Path.

    Raises:
        CalloffError: the suffix is none of these, or the file cannot be written.
    """
    require(arguments.path(path, "path"))
    target = Path(path)
    where = Where(file=str(path))
    if suffixes and target.suffix.lower() not in suffixes:
        found = target.suffix or "-"
        raise fail("write.suffix", where, found=found, choices=", ".join(suffixes))
    try:
        problem = _hindrance(target)
    except (OSError, ValueError) as error:  # a name too long for the system, or with a NUL in it
        raise _refused(path, error) from error
    if problem:
        raise fail(problem, where, folder=target.parent, error="permission")
    return target


def _hindrance(target: Path) -> str:
    if target.is_dir():
        return "file.folder"
    if not target.parent.is_dir():
        return "write.no_folder"
    if target.exists() and not target.is_file():
        return "write.special"  # the like of /dev/null must not be replaced by a file
    writable = os.access(target if target.exists() else target.parent, os.W_OK)
    return "" if writable and os.access(target.parent, os.W_OK) else "write.refused"


def _refused(path: str | Path, error: Exception) -> CalloffError:
    reason = getattr(error, "strerror", None) or str(error)
    return fail("write.refused", Where(file=str(path)), error=reason)


def _writers_errors() -> tuple[type[Exception], ...]:
    """What those who write files raise; asked only when something was raised, as xlsxwriter is slow
    to bring in."""
    from xlsxwriter.exceptions import XlsxWriterException

    return OSError, pl.exceptions.PolarsError, XlsxWriterException


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file whole or not at all.

    Args:
        path: the file, which is replaced if all goes well.

    Yields:
        A temporary file beside it, with the permissions of any new file, to write to.

    Raises:
        CalloffError: it cannot be written.
    """
    final = path.resolve()  # a link stays one
    made = final.with_name(f".calloff-{token_hex(8)}{final.suffix}")
    try:
        # Not by tempfile, whose files are closed to others: the system takes the umask off 0o666.
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise _refused(path, error) from error
    try:
        yield made
        made.replace(final)
    except _writers_errors() as error:
        raise _refused(path, error) from error
    finally:
        made.unlink(missing_ok=True)


def write_table(table: pl.DataFrame, path: str | Path) -> None:
    """Write a frame as .csv, .parquet or .xlsx, by the suffix.

    In .csv, a text that a spreadsheet would take for a formula gets an apostrophe before it; .xlsx
    and .parquet hold every text as it is.

    Args:
        table: the frame.
        path: the file, which is replaced as a whole.

    Raises:
        CalloffError: this is no polars frame, the file cannot be written, or .xlsx cannot hold so
            many rows.
    """
    require(frame(table, "table", empty=True))
    target = check_target(path, TABLES)
    if target.suffix.lower() == ".xlsx" and table.height > BOOK_ROWS:
        rows, limit = f"{table.height:,}", f"{BOOK_ROWS:,}"
        raise fail("write.too_long", Where(file=str(path)), rows=rows, limit=limit)
    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": harmless(table).write_csv,
        ".parquet": table.write_parquet,
        ".xlsx": lambda made: _write_book(table, made),
    }
    with replacing(target) as made:
        writers[target.suffix.lower()](made)


def harmless(table: pl.DataFrame) -> pl.DataFrame:
    """A ``table`` whose texts no spreadsheet will run; numbers and days stay as they are."""
    texts = pl.col(pl.String).str.replace(FORMULA, "'${1}")
    names = {name: re.sub(FORMULA, r"'\1", name) for name in table.columns}
    return table.with_columns(texts).rename(names)


def _write_book(table: pl.DataFrame, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, SAFE_BOOK) as book:
        table.write_excel(book, freeze_panes=(1, 0), autofit=True, float_precision=2)


def write_json(value: Any, path: str | Path) -> None:
    """Write a plain value as JSON, indented, with its characters as they are.

    Args:
        value: dicts, lists, texts, finite numbers, booleans and None.
        path: the file, which is replaced as a whole.

    Raises:
        CalloffError: JSON cannot hold the value, or the file cannot be written.
    """
    target = check_target(path)
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise fail("argument.unusable", name="value", error=error) from error
    with replacing(target) as made:
        made.write_text(text + "\n", encoding="utf-8")


def write_text(text: str, path: str | Path) -> None:
    """Write a ``text`` as UTF-8; the file at ``path`` is replaced as a whole. Raises CalloffError
    where it cannot be written."""
    with replacing(check_target(path)) as made:
        made.write_text(text, encoding="utf-8")
