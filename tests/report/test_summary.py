"""The summary of an evening as a value: golden for a small one, figures against their sources.

After a change that is meant, `PYTHONPATH=tests python tests/report/test_summary.py` writes the
golden file anew.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from calloff.analysis.correlation import align, correlate
from calloff.evaluation.scores import score
from calloff.report.summary.findings import calendar
from calloff.report.summary.horizons import pooled
from calloff.report.summary.part_pages import CELLS, generations, part_pages
from calloff.report.summary.plain import number
from calloff.report.summary.summarise import summarise
from results_cases import customer, small
from support import triangle

GOLDEN = Path(__file__).with_name("golden_summary.json")


def test_the_small_evening_says_what_it_said() -> None:
    found = json.loads(json.dumps(summarise(small(method="ratio")), allow_nan=False))
    assert found | {"version": ""} == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_list_is_ranked_and_its_figures_hang_together() -> None:
    results = small(method="ratio")
    rows = summarise(results)["build"]
    sizes = [abs(row["deviation"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert [row["part"] for row in rows] == ["A-1", "B-2"]  # C-3 is in quarantine
    for row in rows:
        assert row["deviation"] == pytest.approx(row["forecast"] - row["plan"], abs=0.11)
        assert row["share"] == pytest.approx(row["deviation"] / row["plan"], abs=0.01)


def test_plans_outside_the_band_are_to_be_distrusted() -> None:
    from calloff.report.summary.build_list import _verdict

    assert _verdict(100, 0, [101, 110, 120], 0.1) == "distrust"
    assert _verdict(100, 0, [100.4, 110, 120], 0.1) == "agrees"  # half a piece is no news
    assert _verdict(100, 11, [90, 111, 120], 0.1) == "differs"
    assert _verdict(100, 9, [90, 109, 120], 0.1) == "agrees"
    assert _verdict(0, 0.4, [], 0.1) == "agrees"
    assert _verdict(100, 50, [None, None], 0.1) == "differs"  # too little is known for a band


def test_reasons_for_come_before_reasons_against() -> None:
    rows = {row["part"]: row for row in summarise(small(method="ratio"))["build"]}
    assert rows["A-1"]["why"][0]["code"] == "low"
    assert rows["A-1"]["why"][0]["pieces"] == 10  # 40 planned, 50 called off
    assert rows["B-2"]["why"][0]["code"] == "all_low"  # its own plans were right


def test_scores_are_those_of_the_pairs() -> None:
    results = small(method="ratio")
    found = summarise(results)["scores"]
    plain = {row["method"]: row for row in score(results.pairs).iter_rows(named=True)}
    for row in found["overall"]:
        assert row["mae"] == pytest.approx(plain[row["method"]]["mae"], abs=0.001)
    for by in ("by_day", "by_lag", "by_weekday", "by_part"):
        table = found[by]
        for method, values in table["mae"].items():
            mean = np.average(values, weights=table["pairs"])
            assert mean == pytest.approx(plain[method]["mae"], abs=0.01), (by, method)
    used = results.pairs.filter(method="ratio")
    assert sum(found["totals"]["actual"]) == used["actual"].sum()


def test_a_past_too_short_to_score_has_no_scores() -> None:
    found = summarise(small(as_of="2024-03-04"))
    assert found["scores"] is None
    assert found["parts"]["scored"] == []
    json.dumps(found, allow_nan=False)


def test_a_planners_own_numbers_stand_beside_ours() -> None:
    class Own:
        def of(self, part: str, target: date) -> float | None:
            return 77.0 if part == "B-2" else None

    rows = summarise(small(method="ratio"), Own())["build"]
    assert {row["part"]: row["override"] for row in rows} == {"A-1": None, "B-2": 77}


def test_parts_keep_what_was_sent() -> None:
    results = small(method="ratio")
    found = part_pages(results)
    part = next(each for each in found["list"] if each["name"] == "A-1")
    place = results.past.parts.index("A-1")
    for at, plan in enumerate(part["plans"]):
        assert plan == results.past.quantity[place, at].tolist()
    assert part["called"] == results.past.calloffs[place].tolist()
    quarantined = next(each for each in found["list"] if each["name"] == "C-3")
    assert set(map(str, quarantined["plans"])) == {"None"}
    assert quarantined["findings"] == [{"kind": "conflicts", "fact": 1}]
    assert not any(day in found["axis"] for day in ("2024-03-09", "2024-03-10"))  # a week-end


def test_many_parts_keep_fewer_generations() -> None:
    plans = {f"P{n}": {f"2024-03-{day:02}": [n + day, 1.0] for day in range(1, 30)} for n in (1, 2)}
    past = triangle(plans).as_of("2024-04-01")
    assert generations(past) == 29
    wide = customer(40)
    assert generations(wide.past) * len(wide.past.parts) * len(wide.past.leads) <= CELLS


def test_the_calendar_has_a_letter_for_each_day() -> None:
    found = triangle(
        {
            "A": {
                "2024-03-01": [5, 4, 3],
                "2024-03-02": [5, 4, 3],
                "2024-03-04": [0, 2, 1],
                "2024-03-05": [3, 3, 3],
            }
        }
    )
    assert calendar(found) == "fsmif"


def test_pooled_correlation_of_one_part_is_its_own() -> None:
    rng = np.random.default_rng(5)
    days = [f"2024-03-{day:02}" for day in range(1, 21)]
    only = triangle({"A": {day: rng.integers(1, 90, 4).astype(float).tolist() for day in days}})
    found = pooled(only.as_of("2024-04-01"))
    own = correlate(align(only, "A"))
    assert found is not None
    assert found["leads"] == list(own.aligned.leads)
    np.testing.assert_allclose(np.array(found["r"]), own.coefficient, atol=0.0006)


def test_numbers_are_short_and_never_nan() -> None:
    assert [number(value) for value in (1.0, 1.26, -0.04, float("nan"), None)] == [
        1, 1.3, 0, None, None,
    ]  # fmt: skip
    assert isinstance(number(2.0), int)


def test_no_folder_of_the_machine_is_told() -> None:
    results = small(method="plan")
    results.inspection.files[0]["file"] = "C:\\Users\\me\\plan.xls"
    assert summarise(results)["data"]["files"][0]["file"] == "plan.xls"
    results.inspection.files[0]["file"] = "/home/me/plan.xls"
    assert "home" not in json.dumps(summarise(results))


def test_loss_curves_are_there_where_a_network_had_a_part() -> None:
    learned = summarise(customer(20, method="lstm"))["curves"]
    lengths = {len(loss) for loss in learned}
    assert len(learned) > 1 and len(lengths) == 1 and lengths.pop() > 1
    for loss in learned:
        assert loss[-1] < loss[0]
    assert summarise(small(method="ratio"))["curves"] is None


if __name__ == "__main__":
    value = summarise(small(method="ratio")) | {"version": ""}
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    GOLDEN.write_text(text + "\n", encoding="utf-8")
