"""Another reader of EDIFACT finds the same segments; skipped where it is not installed."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from edi_files import FILES

from calloff.data.edi.edifact import decoded, segments


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.suffix == ".edi" and path.stem[0] == "d"],
    ids=lambda path: path.stem,
)
def test_pydifact_finds_the_same_segments(path: Path) -> None:
    pydifact = pytest.importorskip("pydifact", reason="pydifact is not installed: a referee only")
    text = decoded(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on every message type that it does not know
        theirs = list(pydifact.RawSegmentCollection.from_str(text).segments)
    flat = [[each] if isinstance(each, str) else list(each) for s in theirs for each in s.elements]
    ours = [segment for segment in segments(text)]
    inner = [segment for segment in ours if segment.tag != "UNA"]
    assert [s.tag for s in inner] == [s.tag for s in theirs if s.tag != "UNA"]
    assert [element for segment in inner for element in segment.elements] == flat
