"""Networks trained side by side, each in a lane of the vectors: the same numbers as alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_cases import bits, make_job, notebook_job, with_masks, with_validation
from group_cases import lanes, sizes

from calloff.lstm import train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, Schedule

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
SETS = [None, *engine.instruction_sets()]
COUNT = 37  # two groups of 16 and jobs that are left over, or groups of 8 or of 4


def alike(make: Any, count: int = COUNT) -> list[Job]:
    return [make(seed) for seed in range(count)]


def weighted(job: Job) -> Job:
    return replace(job, sample_weight=np.linspace(0.5, 2.0, len(job.x)))


def keeping_the_best(seed: int) -> Job:
    options = {"restore_best": True, "learning_rate": 0.03}
    return notebook_job(seed, epochs=40, **options)


def of_units(units: int) -> Any:
    layers = (LayerPlan(units, use_bias=False, dropout=0.4), LayerPlan(units, "gelu"))
    return lambda seed: make_job(*layers, features=19, epochs=3, batch_size=5, seed=seed)


def with_options(seed: int) -> Job:
    layers = (
        LayerPlan(6, "swish", "hard_sigmoid"),
        LayerPlan(8, "relu", go_backwards=True),
        LayerPlan(4),
    )
    job = make_job(
        *layers, head=HeadPlan(3, use_bias=False), samples=9, epochs=4, batch_size=4,
        loss=Loss("pinball", quantiles=(0.1, 0.5, 0.8)), weight_decay=0.01, shuffle=False,
        schedule=Schedule("cosine"), seed=seed,
    )  # fmt: skip
    return weighted(with_validation(job, samples=70, seed=seed))


def many_outputs(seed: int) -> Job:
    loss = Loss("huber", delta=0.5)
    layer = LayerPlan(8, dropout=0.99)
    return make_job(layer, head=HeadPlan(8), epochs=3, batch_size=3, loss=loss, seed=seed)


CASES = {
    "the notebook's": lambda seed: notebook_job(seed, epochs=20),
    "best at different epochs": keeping_the_best,
    "units 2": of_units(2),
    "units 4": of_units(4),
    "units 6": of_units(6),
    "three layers": with_options,
    "as many outputs as lanes": many_outputs,
}
GROUPED = {
    "sse2": {"units 2", "units 4"},
    "avx2": set(CASES) - {"units 2"},  # whose gates are one vector
    "avx512": set(CASES) - {"units 2", "units 4", "three layers"},
}


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize("case", CASES)
def test_a_network_has_the_same_bits_beside_others_and_alone(
    case: str, instruction_set: str | None
) -> None:
    jobs = alike(CASES[case])
    together = engine.train(jobs, threads=1, instruction_set=instruction_set, poison=True)
    for job, found in zip(jobs, together, strict=True):
        (alone,) = engine.train([job], threads=1, instruction_set=instruction_set)
        assert bits(found) == bits(alone)
    if instruction_set in GROUPED:
        grouped = case in GROUPED[instruction_set]
        most = sizes(jobs, threads=1, instruction_set=instruction_set)[-1]
        assert (most > 1) == grouped
    if case == "best at different epochs":
        assert len({outcome.best_epoch for outcome in together}) > 3


def test_a_group_learns_what_the_specification_does() -> None:
    jobs = alike(lambda seed: notebook_job(seed, epochs=5), 16)
    assert sizes(jobs, threads=1)[-1] > 1
    outcomes = engine.train(jobs, threads=1)
    for found, expected in zip(outcomes[::5], train.train(jobs[::5]), strict=True):
        np.testing.assert_allclose(found.loss, expected.loss, rtol=2e-5)
        np.testing.assert_allclose(found.val_loss, expected.val_loss, rtol=2e-5)
        for mine, theirs in zip(found.weights, expected.weights, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=2e-5)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same_bits(threads: int) -> None:
    jobs = alike(lambda seed: notebook_job(seed, epochs=5), 40)
    found = engine.train(jobs, threads=threads)
    assert [bits(o) for o in found] == [bits(o) for o in engine.train(jobs, threads=3)]


def test_a_network_that_fails_disturbs_no_other() -> None:
    jobs = alike(lambda seed: notebook_job(seed, epochs=6), 16)
    expected = engine.train(jobs, threads=1)
    jobs[3] = replace(jobs[3], x=jobs[3].x * 1e30)
    found = engine.train(jobs, threads=1)
    assert found[3].failed_epoch is not None
    (alone,) = engine.train([jobs[3]], threads=1)
    assert bits(found[3]) == bits(alone)
    for k in set(range(16)) - {3}:
        assert bits(found[k]) == bits(expected[k])


def test_each_instruction_set_groups_what_fills_its_lanes() -> None:
    jobs = alike(notebook_job, 16)
    filled = {"avx2": 8, "avx512": 16}
    for name in set(filled) & set(SETS):
        assert sizes(jobs, threads=1, instruction_set=name)[-1] == filled[name]


def changed(job: Job, **training: Any) -> Job:
    return replace(job, training=replace(job.training, **training))


ALONE: dict[str, Any] = {
    "masked steps": with_masks,
    "clipped": lambda job: changed(job, clipnorm=1.0),
    "clipped by value": lambda job: changed(job, clipvalue=1.0),
    "clipped by all": lambda job: changed(job, global_clipnorm=1.0),
    "ending when it likes": lambda job: changed(job, early_stopping=3),
    "a rate of its own": lambda job: changed(job, schedule=Schedule("plateau")),
    "odd units": lambda _: make_job(LayerPlan(7)),
    "more units": lambda _: make_job(LayerPlan(10)),
    "recurrent dropout": lambda _: make_job(LayerPlan(8, recurrent_dropout=0.1)),
    "masks for each gate": lambda _: make_job(LayerPlan(8, implementation=1, dropout=0.1)),
    "an activation behind": lambda _: make_job(LayerPlan(8), head=HeadPlan(1, "sigmoid")),
    "long sequences": lambda _: make_job(LayerPlan(8), steps=100, samples=64),
    "two slices": lambda _: make_job(LayerPlan(8), features=2, steps=1, samples=40, batch_size=40),
}


@pytest.mark.skipif(lanes() < 8, reason="this processor has no lanes to fill")
@pytest.mark.parametrize("case", ALONE)
def test_what_groups_have_no_code_for_is_trained_alone(case: str) -> None:
    jobs = [ALONE[case](notebook_job())] * 16
    assert sizes(jobs, threads=1) == [1] * 16


@pytest.mark.skipif(lanes() < 8, reason="this processor has no lanes to fill")
def test_only_jobs_that_are_alike_are_in_one_group() -> None:
    job = notebook_job()
    others = {
        "samples": replace(job, x=job.x[:-1], y=job.y[:-1]),
        "validation": replace(job, val_x=job.val_x[:-1], val_y=job.val_y[:-1]),
        "rate": changed(job, learning_rate=0.5),
        "epochs": changed(job, epochs=99),
    }
    assert sizes([job] * 16, threads=1)[-1] == lanes()
    for other in others.values():
        groups = engine.groups([job, other] * 16, threads=1)
        assert len(groups) > 1
        assert all(len({number % 2 for number in members}) == 1 for members in groups)


@pytest.mark.skipif(lanes() < 8, reason="this processor has no lanes to fill")
def test_no_thread_is_idle_and_few_lanes_are_empty() -> None:
    job, full = notebook_job(), lanes()
    assert sizes([job] * (full // 2), threads=1) == [1] * (full // 2)
    assert sizes([job] * (2 * full + 2), threads=1) == [1, 1, full, full]
    assert sizes([job] * (2 * full - 1), threads=1) == [full - 1, full]
    assert sizes([job] * full, threads=full) == [1] * full


def test_progress_counts_every_epoch() -> None:
    jobs = alike(keeping_the_best, 16)
    seen: list[tuple[int, int]] = []
    engine.train(jobs, threads=1, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (16 * 40, 16 * 40)
