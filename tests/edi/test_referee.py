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
    parser = pytest.importorskip("pydifact.parser", reason="pydifact is a referee: not installed")
    text = decoded(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every segment whose release it lacks
        theirs = [segment for segment in parser.Parser().parse(text) if segment.tag != "UNA"]
    ours = list(segments(text))
    assert [segment.tag for segment in ours] == [segment.tag for segment in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        lists = [[each] if isinstance(each, str) else list(each) for each in other.elements]
        assert mine.elements == lists
