"""Workbooks as a planner treats them: opened, edited and saved by another program."""

from __future__ import annotations

import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

OWN = ("own number", "직접 입력 수량", "override", "수정 수량")  # heads of now and before


def opened(path: Path, values: bool = False) -> Any:
    """A workbook in openpyxl, which does not know Excel's newer data bars and says so; with the
    ``values`` of formulas in place of these."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path, data_only=values)


def heads(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def listed(sheet: Any) -> list[Any]:
    """The rows of a list, without the totals below it."""
    rows = list(sheet.iter_rows(2))
    blank = [at for at, row in enumerate(rows) if row[0].value is None]
    return rows[: blank[0]] if blank else rows


def column(sheet: Any, *names: str) -> int:
    """The 1-based column with one of these heads."""
    return next(at for at, head in enumerate(heads(sheet), start=1) if head in names)


def edited(path: Path, values: Mapping[int, Any], made: Path) -> Path:
    """A copy of a workbook with values in its column of own numbers: row -> value."""
    book = opened(path)
    sheet = book.worksheets[0]
    for row, value in values.items():
        sheet.cell(row, column(sheet, *OWN)).value = value
    book.save(made)
    return made


def through_libreoffice(path: Path, folder: Path, kind: str = "xlsx") -> Path:
    """The same workbook, opened and saved by LibreOffice; skipped where that is absent."""
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder.mkdir()
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [office, profile, "--headless", "--convert-to", kind, "--outdir", folder, path]
    subprocess.run(words, check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{kind}"


def xml_of(path: Path) -> dict[str, str]:
    """The parts of a workbook as they stand in its file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
