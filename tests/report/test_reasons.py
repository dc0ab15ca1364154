"""Why a plan is believed or doubted, and how its forecast came about: one rule, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from calloff.report import words
from calloff.report.summary.evidence import Evidence, Misses, Recent, Revisions, steps
from calloff.report.summary.reasons import Reason, how, why
from calloff.texts.catalogue import LANGUAGES, WEEKS, catalogue
from results_cases import small

NEWEST = date(2024, 3, 15)
DAY = date(2024, 3, 18)
HABITS = {
    "pairs": 9,
    "plan": 50.0,
    "bias": 0.0,
    "mae": 4.0,
    "inside": 0.5,
    "changed": 0.1,
    "drift": 0.0,
}


def evidence(too_low: float = 0.0, marks: tuple[str, ...] = (), **habits: Any) -> Evidence:
    return Evidence(
        habits={("A", 3): HABITS | habits},
        marks={"A": marks},
        too_low={3: too_low},
        newest=NEWEST,
        chosen="ratio",
        tolerance=0.1,
    )


def row(plan: float = 100.0, forecast: float = 120.0, **fields: Any) -> dict[str, Any]:
    given = {"part": "A", "lead": 3, "origin": NEWEST, "method": "ratio", "target": DAY, **fields}
    return {"plan": plan, "forecast": forecast, **given}


def codes(*args: Any) -> list[str]:
    return [reason.code for reason in why(*args)]


@pytest.mark.parametrize(
    ("habits", "forecast", "wanted"),
    [
        ({"bias": -5.1}, 120, ["low"]),
        ({"bias": -5.0}, 120, ["usual"]),  # half the tolerance is not worth a word
        ({"bias": 5.1}, 80, ["high"]),
        ({"bias": 5.1}, 120, ["usual", "high_yet"]),  # for comes before against
        ({"bias": -5.1}, 80, ["usual", "low_yet"]),
        ({"drift": 2.1}, 120, ["rises"]),
        ({"drift": 2.0}, 120, ["usual"]),
        ({"drift": 2.1}, 80, ["usual"]),  # away from the forecast
        ({"drift": -2.1}, 80, ["falls"]),
        ({"bias": -9.0, "drift": 3.0, "changed": 0.6}, 120, ["low", "rises", "nervous"]),
        ({"changed": 0.6}, 120, ["usual", "nervous"]),
        ({"changed": 0.59}, 120, ["usual"]),
        ({"bias": -9.0, "pairs": 4}, 120, ["thin"]),
        ({"bias": -9.0, "pairs": 5}, 120, ["low"]),
        ({"drift": None, "changed": None}, 120, ["usual"]),
    ],
)
def test_habits_of_the_parts_plans(
    habits: dict[str, Any], forecast: float, wanted: list[str]
) -> None:
    assert codes(row(forecast=forecast), evidence(**habits)) == wanted


@pytest.mark.parametrize(
    ("too_low", "forecast", "wanted"),
    [(0.1, 120, "all_low"), (-0.1, 80, "all_high"), (0.1, 80, "usual"), (0.1, 100.5, "usual"),
     (0.004, 120, "usual")],  # it would be shown as 0 %
)  # fmt: skip
def test_the_plans_of_all_parts_speak_where_the_part_has_no_reason(
    too_low: float, forecast: float, wanted: str
) -> None:
    assert codes(row(forecast=forecast), evidence(too_low)) == [wanted]
    assert codes(row(forecast=120), evidence(too_low, bias=-9.0)) == ["low"]


def test_faults_of_the_data_come_first() -> None:
    old = row(origin=date(2024, 3, 14))
    found = why(old, evidence(marks=("conflict", "totals"), bias=-9.0))
    assert [reason.code for reason in found] == ["conflict", "totals", "old", "low"]
    assert found[2].day == date(2024, 3, 14)
    assert (found[3].pieces, found[3].lag, found[3].days) == (9.0, 3, 9)


def test_a_part_without_a_past_has_nothing_to_judge_by() -> None:
    assert why(row(part="new"), evidence()) == (Reason("thin", days=0),)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Reason("ratio", ratio=1.2)),
        ({"method": "ratio-part"}, Reason("ratio_part", ratio=1.2)),
        ({"method": "plan"}, Reason("stand_in", method="ratio")),
        ({"plan": 0.0}, Reason("nothing")),
        ({"plan": 0.0, "method": "mean3"}, Reason("mean3", ratio=1.0)),
        ({"method": "my own"}, Reason("other", method="my own")),
    ],
)
def test_how_a_forecast_came_about(fields: dict[str, Any], wanted: Reason) -> None:
    assert how(row(**fields), evidence()) == wanted


def test_reasons_of_a_small_customer() -> None:
    from calloff.report.summary.summarise import summarise

    rows = {row.part: row for row in summarise(small(method="ratio")).forecast.rows}
    low, recent = rows["A-1"].why  # 40 for 50, plus what each day adds to both
    planned = sum(40 + day for day in (0, 1, 2, 3, 4)) / 5
    assert (low.code, low.pieces, low.lag, low.days, low.count) == ("low", 10.0, 3, 5, 5)
    assert low.share == pytest.approx(10 / planned, rel=0.1)
    assert (recent.code, recent.days, recent.before) == ("recent", 7, rows["A-1"].plan)
    assert [reason.code for reason in rows["B-2"].why] == ["all_low"]  # its own plans were right
    planned, short = 5 * (40 + 20), 5 * 10  # with what each day adds to both
    assert rows["B-2"].why[0].share == pytest.approx(short / planned, rel=0.1)


def test_a_reason_says_on_how_many_days_and_by_what_share() -> None:
    found = evidence(bias=-9.0)
    (low,) = why(row(), replace(found, misses={("A", 3): Misses(7, 1)}))
    said = words.why(low, "en")
    assert said == "Its plans of D+3 were 18% too low on average (9 pieces), on 7 of 9 days"
    assert "9일 중 7일 부족" in words.why(low, "ko")
    (high,) = why(row(forecast=80), replace(evidence(bias=9.0), misses={("A", 3): Misses(1, 8)}))
    assert (high.code, high.count) == ("high", 8)


def test_where_nothing_was_planned_there_is_no_share() -> None:
    (found,) = why(row(plan=0.0), evidence(plan=0.0, bias=-9.0))
    assert (found.code, found.share, found.pieces) == ("unplanned", None, 9.0)


def test_the_plans_of_all_parts_never_speak_alone() -> None:
    (found,) = why(row(), replace(evidence(too_low=0.1), misses={("A", 3): Misses(6, 3)}))
    assert (found.code, found.low, found.high, found.days) == ("all_low", 6, 3, 9)
    assert "too low on 6, too high on 3 of 9 days" in words.why(found, "en")


@pytest.mark.parametrize(
    ("before", "forecast", "wanted"),
    [(80.0, 120, ["raised"]), (80.0, 90, ["usual", "raised_yet"]), (130.0, 90, ["cut"]),
     (130.0, 120, ["usual", "cut_yet"]), (98.0, 120, ["usual"]), (97.9, 120, ["raised"])],
)  # fmt: skip
def test_revisions_of_this_days_plan(before: float, forecast: float, wanted: list[str]) -> None:
    moves = {("A", DAY): Revisions(before, raised=2, cut=1)}
    found = why(row(forecast=forecast), replace(evidence(), revisions=moves))
    assert [reason.code for reason in found] == wanted
    (moved,) = [each for each in found if each.before] or [Reason("usual", count=2)]
    assert moved.count == (1 if "cut" in moved.code else 2)


@pytest.mark.parametrize(
    ("mean", "forecast", "wanted"),
    [(111.0, 120, "recent"), (110.0, 120, "usual"), (80.0, 120, "usual"), (80.0, 90, "recent")],
)
def test_call_offs_of_late(mean: float, forecast: float, wanted: str) -> None:
    found = replace(evidence(), recent={"A": Recent(mean, 7)})
    assert codes(row(forecast=forecast), found) == [wanted]


def test_steps_of_a_plan_by_hand() -> None:
    nan = np.nan
    plan = np.array([[40, nan, 50, 50.2, 45], [nan, nan, 7, 7, 7], [nan, 3, nan, 9, 12]])
    raised, cut, first = steps(plan)
    assert (raised.tolist(), cut.tolist()) == ([1, 0, 2], [1, 0, 0])
    assert first.tolist() == [40, 7, 3]


@pytest.mark.parametrize("method", ["auto", "combined"])
def test_contributions_add_up_to_the_forecast(method: str) -> None:
    from calloff.report.summary.summarise import summarise

    results = small(method=method)
    (mixture,) = results.forecast.mixtures
    assert mixture is not None
    whole = dict(zip(results.past.parts, (mixture.weights * mixture.pieces).sum(0), strict=True))
    rows = summarise(results).forecast.rows
    assert rows
    for each in rows:
        assert each.forecast == pytest.approx(whole[each.part], abs=1e-9)
        assert each.how.code == f"{method}_of" and each.how.mix is not None
        weights = [weight for _, weight, _ in each.how.mix]
        assert weights == sorted(weights, reverse=True) and 0.5 < sum(weights) < 1 + 1e-9
        name, weight, pieces = each.how.mix[0]
        assert f"{name} {words.share(weight)} ({words.pieces(pieces)})" in words.how(each.how, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_its_words_and_no_words_are_idle(lang: str) -> None:
    whole = {
        "pieces": 2.5, "share": 0.145, "ratio": 0.6849, "lag": 3, "days": 9,
        "day": NEWEST, "method": "my\x1b own", "before": 1.0, "low": 4, "high": 5, "count": 3,
    }  # fmt: skip
    keys = (key for key in catalogue() if key.startswith("why.") and not key.endswith(WEEKS))
    said = [key.partition(".")[2] for key in keys]
    assert {words.why(Reason(code, **whole), lang) for code in said}
    facts = words.facts(Reason("low", **whole))
    assert (facts["pieces"], facts["share"], facts["ratio"]) == ("3", "15%", "0.68")
    assert (facts["lag"], facts["day"], facts["method"]) == ("D+3", "2024-03-15", "my\ufffd own")
    given = {"conflict", "totals", "old", "thin", "low", "high", "low_yet", "high_yet", "all_low",
             "all_high", "rises", "falls", "nervous", "usual", "unplanned", "unplanned_yet",
             "raised", "cut", "raised_yet", "cut_yet", "recent"}  # fmt: skip
    assert set(said) == given


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5, "1"), (1.5, "2"), (2.5, "3"), (-0.4, "0"), (-2.5, "-3"), (1234.5, "1,235"),
     (None, "–")],
)  # fmt: skip
def test_halves_are_rounded_as_browsers_and_spreadsheets_do(value: Any, shown: str) -> None:
    assert words.pieces(value) == shown
