"""The page about Keras and ONNX runs as it stands there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from keras_backend import MISSING

pytest.importorskip("keras", reason=MISSING, exc_type=ImportError)
pytest.importorskip("onnxruntime", reason='not installed: pip install "calloff[onnx]"')

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS))

import make_outputs  # noqa: E402


@pytest.mark.parametrize("page", make_outputs.NEEDS)
def test_what_the_page_shows_is_what_comes(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text(encoding="utf-8")
    assert make_outputs.masked(make_outputs.refreshed(text)) == make_outputs.masked(text)
