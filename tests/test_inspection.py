"""What inspect says of the real files and of the synthetic customer."""

from __future__ import annotations

import json

import pytest

from calloff.data.inspection import Inspection
from calloff.data.load import load
from calloff.report.terminal.inspection import spans
from calloff.report.terminal.screen import few
from support import real_file


@pytest.fixture(scope="module")
def real() -> Inspection:
    return load(real_file("kamp_until_1022.xls")).inspect()


def test_real_export(real: Inspection) -> None:
    assert (real.rows, real.parts, real.issue_days, real.rows_used) == (4477, 117, 40, 4477)
    assert (real.first_day, real.last_day) == ("2021-09-13", "2021-10-22")
    assert real.stale_days == [
        *(f"2021-09-{day}" for day in range(18, 27)),
        "2021-10-03",
        "2021-10-09",
        "2021-10-10",
        "2021-10-11",
        "2021-10-17",
    ]
    assert list(real.totals_mismatch) == ["Part 94", "Part 95"]
    assert real.missing_days == []
    assert real.conflicts == {}
    assert set(real.nulls.values()) == {0}
    assert len(real.nulls) == 58


def test_real_conflicts() -> None:
    found = load(real_file("kamp_conflicts.xls")).inspect()
    assert found.conflicts == {"Part 21": 31, "Part 26": 31}
    assert found.set_aside == {"conflict": 125}
    assert found.rows_used == 0
    assert found.buckets == ["D+31~D+45일 투입예정 수량"]


def test_real_totals() -> None:
    found = load(real_file("kamp_parts_94_95.xls")).inspect()
    assert found.mismatch_by_lead == {"D": 14, "D+3": 48, "D+4": 46}
    assert found.missing_days == ["2021-10-31"]
    assert found.issue_days == 49


def test_is_plain_json(real: Inspection) -> None:
    again = json.loads(json.dumps(real.as_dict(), allow_nan=False))
    assert again == real.as_dict()


def test_spans() -> None:
    days = ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-05"]
    assert spans(days) == ["2024-02-28 – 2024-03-01", "2024-03-05"]
    assert spans([]) == []


def test_few() -> None:
    assert few(["a", "b"], 2) == "a, b"
    assert few(["a", "b", "c"], 2) == "a, b, … (+1)"
