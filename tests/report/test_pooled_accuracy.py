"""The plans over all parts: what does not count in pooled statistics does not count here."""

from __future__ import annotations

import pytest

from calloff.analysis.plan_accuracy import assess
from calloff.report.summary.accuracy import accuracy
from support import triangle

PLANS = {
    "A": {"2024-01-01": [10, 20, 30], "2024-01-02": [25, 33, 40], "2024-01-03": [30, 44, 50]},
    "B": {"2024-01-01": [5, 90, 7], "2024-01-02": [6, 80, 9], "2024-01-03": [7, 8, 9]},
}


def test_figures_over_all_parts_weigh_each_pair_alike() -> None:
    past = triangle(PLANS).as_of("2024-01-03")
    (one, *_) = accuracy(assess(past, 1), past).leads
    # planned a day before: A 20 and 33, B 90 and 80; called off: A 25 and 30, B 6 and 7
    assert (one.lead, one.pairs) == (1, 4)
    assert one.plan == pytest.approx((20 + 33 + 90 + 80) / 4)
    assert one.bias == pytest.approx((-5 + 3 + 84 + 73) / 4)
    assert one.wape == pytest.approx((5 + 3 + 84 + 73) / (25 + 30 + 6 + 7))
    assert one.too_low == pytest.approx(-(-5 + 3 + 84 + 73) / (20 + 33 + 90 + 80))


def test_excluded_parts_do_not_count_but_are_shown() -> None:
    past = triangle(PLANS).excluding(["B"]).as_of("2024-01-03")
    found = accuracy(assess(past, 1), past)
    assert found.leads[0].pairs == 2
    assert found.leads[0].bias == pytest.approx((-5 + 3) / 2)
    assert [plan.part for plan in found.today] == ["B", "A"]  # the largest usual error first


def test_the_running_share_of_the_errors_ends_at_one() -> None:
    past = triangle(PLANS).as_of("2024-01-03")
    today = accuracy(assess(past, 1), past).today
    assert [plan.usual for plan in today] == pytest.approx([78.5, 4.0])
    assert [plan.running for plan in today] == pytest.approx([78.5 / 82.5, 1.0])
