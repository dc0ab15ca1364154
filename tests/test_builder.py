"""TrainingSet for what learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calloff.features.builder import SampleBuilder, builder_of
from calloff.features.samples import TrainingSet
from calloff.synth import Customer, make
from support import sent_by


def examples(count: int) -> TrainingSet:
    numbers = np.arange(count, dtype=float)
    whole = np.arange(count)
    steps = np.zeros((count, 1, 1), np.float32)
    sums = np.zeros((count, 2, 3))
    return TrainingSet(
        numbers, numbers, numbers, sums, numbers, numbers + 1, steps, whole, whole, whole
    )


def test_few_examples_are_all_used() -> None:
    assert np.arange(50)[examples(50).subsample(3, 50)].tolist() == list(range(50))


def test_of_many_each_seed_draws_its_own_and_none_twice() -> None:
    many = examples(300)
    one, again, other = (np.arange(300)[many.subsample(seed, 100)] for seed in (0, 0, 1))
    assert len(one) == 100 == len(np.unique(one))
    np.testing.assert_array_equal(one, again)
    assert 0 < len(np.intersect1d(one, other)) < 100


def test_pasts_of_several_evenings_share_what_is_seen_from_a_day() -> None:
    truth = make(Customer(parts=8, days=30, faults=False))
    made = sent_by(truth, 6)
    late_past = made.as_of(made.days[25])
    early, late = (builder_of(each) for each in (late_past.earlier(made.days[20]), late_past))
    origin, target = 12, early.past.days[12] + np.timedelta64(3, "D")
    assert early.marks[:13] == late.marks[:13]
    assert late.at(origin, target) is early.at(origin, target)
    changed = made.quantity.copy()
    changed[3, np.searchsorted(made.days, early.past.days[5])] += 1
    other = builder_of(replace(made, quantity=changed).as_of(made.days[25]))
    assert other.marks[origin] != late.marks[origin]
    kept = early.at(origin, target)
    again = SampleBuilder(made.as_of(made.days[25])).at(origin, target)  # nothing is remembered
    assert again is not kept
    np.testing.assert_array_equal(again.steps, kept.steps)
    np.testing.assert_array_equal(again.sums, kept.sums)
