"""A list that goes on over several sheets of paper has its heads on each."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results_cases import customer

Opened = Callable[..., Any]


def test_heads_stand_on_every_sheet(opened: Opened, tmp_path: Path) -> None:
    read = shutil.which("pdftotext")
    if not read:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    page = opened(customer(60))
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    words = [read, "-layout", tmp_path / "report.pdf", "-"]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    listed = [sheet for sheet in text.split("\f") if sheet.count("agrees") > 5]
    assert len(listed) > 1
    for sheet in listed:
        assert "Verdict" in sheet and "Forecast" in sheet
