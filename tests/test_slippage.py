"""What slips to the next day is found, by how far ahead it was planned."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.features.builder import SampleBuilder
from calloff.features.samples import OF_BEFORE, OF_PLAN, TrainingSet
from calloff.features.slippage import PRIOR_STRENGTH, Slippage, moved
from support import NAN, triangle

DAYS, PARTS = 8, 30


def examples(share_at: dict[int, float]) -> TrainingSet:
    """Targets so many days ahead, of which that share was called off by the plan of the day
    before, on days of any level."""
    rng = np.random.default_rng(5)
    ahead = np.repeat(list(share_at), DAYS * PARTS)
    age = np.tile(np.repeat(np.arange(DAYS), PARTS), len(share_at))
    plan, before = rng.uniform(0, 100, (2, len(ahead)))
    share = np.array([share_at[each] for each in ahead.tolist()])
    actual = (plan + share * (before - plan)) * (0.8 + age / 10)
    sums = np.stack([plan, before, plan], axis=1)[:, None].repeat(2, axis=1)
    steps = np.zeros((len(ahead), 1, 1), np.float32)
    return TrainingSet(plan, plan, before, sums, actual, plan, steps, age, ahead, ahead)


def test_the_share_that_slipped_is_found_for_each_distance() -> None:
    found = Slippage.of(examples({1: 0.2, 5: 0.6}))
    assert found.at(1) == pytest.approx(0.2 * DAYS / (DAYS + PRIOR_STRENGTH))
    assert found.at(5) == pytest.approx(0.6 * DAYS / (DAYS + PRIOR_STRENGTH))
    assert found.at(9) == found.at(5)


def test_nothing_slips_where_plans_are_right_or_nothing_is_known() -> None:
    assert Slippage.of(examples({1: 0.0, 3: 0.0})).share.tolist() == [0, 0]
    assert Slippage.of(examples({})).at(3) == 0


def test_plans_and_their_sums_move_together() -> None:
    made = examples({2: 0.5})
    found = moved(made, 0.25)
    np.testing.assert_allclose(found.plan, 0.75 * made.plan + 0.25 * made.before)
    np.testing.assert_allclose(found.sums[:, 1, OF_PLAN], found.plan)
    np.testing.assert_array_equal(found.sums[..., OF_BEFORE], made.sums[..., OF_BEFORE])
    assert made.sums[0, 0, OF_PLAN] == made.plan[0]


def test_the_day_before_is_the_full_one_and_distances_count_full_days() -> None:
    """Seen from a Friday: Friday's call-off, an idle weekend, then Monday, Tuesday, Wednesday."""
    friday = np.datetime64("2024-03-08")
    sent = {
        "a": {"2024-03-07": [90.0] * 6, str(friday): [100.0, 0.0, 0.0, 110.0, 120.0, 130.0]},
        "b": {str(friday): [40.0, 0.0, 0.0, 50.0, NAN, 70.0]},
    }
    builder = SampleBuilder(triangle(sent, stale=np.zeros(2, dtype=bool)).as_of(friday))
    seen = {lag: builder.at(1, friday + np.timedelta64(lag, "D")) for lag in (3, 4, 5)}
    assert [view.ahead for view in seen.values()] == [1, 2, 3]
    assert seen[3].before.tolist() == [100, 40]
    assert seen[4].before.tolist() == [110, 50]
    assert seen[5].before.tolist() == [120, 70]  # nothing was sent for b: its own plan
