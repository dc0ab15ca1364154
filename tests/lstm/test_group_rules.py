"""Regularizers and constraints of networks side by side: the same numbers as alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_cases import bits, make_job, notebook_job, with_validation
from group_cases import lanes, sizes
from rule_cases import CONSTRAINTS, REGULARIZERS, on_matrices

from calloff.lstm import train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan
from calloff.lstm.regularizers import L1L2, L2, OrthogonalRegularizer
from calloff.lstm.stack import NO_EXTRAS, Extras

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
SETS = [None, *engine.instruction_sets()]
ON_BIAS = {"regularizers": L1L2(0.1, 0.2), "constraints": CONSTRAINTS[0]}


def of_six_units(seed: int) -> Job:
    """Rows in several vectors, a gate in a part of one, and outputs that are odd."""
    layers = LayerPlan(6, dropout=0.4), LayerPlan(6, "swish", use_bias=False)
    job = make_job(*layers, features=19, epochs=3, batch_size=5, weight_decay=0.01, seed=seed)
    return with_validation(job, seed=seed)


def of_four_units(seed: int) -> Job:
    layers = LayerPlan(4, dropout=0.4), LayerPlan(4, "relu")
    return make_job(*layers, head=HeadPlan(4), features=9, epochs=3, batch_size=5, seed=seed)


def as_many_outputs_as_lanes(seed: int) -> Job:
    return make_job(LayerPlan(8), head=HeadPlan(8), epochs=3, batch_size=3, seed=seed)


CASES: dict[str, tuple[Any, set[str]]] = {  # and the instruction sets that make groups of them
    "the notebook's": (lambda seed: notebook_job(seed, epochs=6), {"avx2", "avx512"}),
    "units 4": (of_four_units, {"sse2", "avx2"}),
    "units 6": (of_six_units, {"avx2", "avx512"}),
    "as many outputs as lanes": (as_many_outputs_as_lanes, {"avx2", "avx512"}),
}
RULES = [("regularizers", r) for r in REGULARIZERS] + [("constraints", c) for c in CONSTRAINTS]


@pytest.mark.parametrize("instruction_set", SETS)
@pytest.mark.parametrize(("kind", "rule"), RULES, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_a_network_has_the_same_bits_beside_others_and_alone(
    case: str, kind: str, rule: Any, instruction_set: str | None
) -> None:
    make, grouping = CASES[case]
    jobs = [make(seed) for seed in range(21)]
    jobs[2].weights[1][0] = 0.0  # where |w| and a row's norm have no derivative
    on_bias = ON_BIAS[kind] if rule is not CONSTRAINTS[1] else None
    extras = [Extras(**{kind: on_matrices(jobs[0], rule, on_bias)})] * 21
    chosen: dict[str, Any] = {"instruction_set": instruction_set}
    together = engine.train(jobs, extras=extras, threads=1, poison=True, **chosen)
    for job, found in zip(jobs[::4], together[::4], strict=True):
        (alone,) = engine.train([job], extras=extras[:1], threads=1, **chosen)
        assert bits(found) == bits(alone)
    if instruction_set in grouping:
        assert sizes(jobs, extras=extras, **chosen)[-1] > 1
    (free,) = engine.train(jobs[:1], threads=1, **chosen)
    assert bits(free) != bits(together[0])


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same_bits(threads: int) -> None:
    jobs = [notebook_job(seed, epochs=5) for seed in range(40)]
    rules = {
        "regularizers": on_matrices(jobs[0], REGULARIZERS[3], L2(0.1)),
        "constraints": on_matrices(jobs[0], CONSTRAINTS[2]),
    }
    extras = [Extras(**rules)] * 40
    found = engine.train(jobs, extras=extras, threads=threads)
    expected = engine.train(jobs, extras=extras, threads=3)
    assert [bits(o) for o in found] == [bits(o) for o in expected]


def test_a_group_learns_what_the_specification_does() -> None:
    jobs = [notebook_job(seed, epochs=5) for seed in range(16)]
    rules = {
        "regularizers": on_matrices(jobs[0], REGULARIZERS[4], L2(0.1)),
        "constraints": on_matrices(jobs[0], CONSTRAINTS[3]),
    }
    extras = [Extras(**rules)] * 16
    outcomes = engine.train(jobs, extras=extras, threads=1)[::5]
    for found, expected in zip(outcomes, train.train(jobs[::5], extras=extras[::5]), strict=True):
        np.testing.assert_allclose(found.loss, expected.loss, rtol=2e-5)
        np.testing.assert_allclose(found.val_loss, expected.val_loss, rtol=2e-5)
        for mine, theirs in zip(found.weights, expected.weights, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=2e-5)


@pytest.mark.skipif(lanes() < 8, reason="this processor has no lanes to fill")
def test_only_networks_with_the_same_rules_are_in_one_group() -> None:
    job = notebook_job()
    one, other = (Extras(regularizers=on_matrices(job, L2(factor))) for factor in (0.1, 0.2))
    for kinds in ([one, other], [one, NO_EXTRAS]):
        groups = engine.groups([job] * 32, threads=1, extras=kinds * 16)
        assert len(groups) > 1
        assert all(len({number % 2 for number in members}) == 1 for members in groups)
    assert sizes([job] * 16, extras=[one] * 16)[-1] == lanes()


@pytest.mark.skipif(lanes() < 8, reason="this processor has no lanes to fill")
def test_cosines_of_many_rows_are_for_a_network_alone() -> None:
    for features, most in ((63, lanes()), (64, 1)):
        job = make_job(LayerPlan(8), features=features, steps=2, samples=4)
        extras = Extras(regularizers=on_matrices(job, OrthogonalRegularizer(0.1)))
        assert sizes([job] * 16, extras=[extras] * 16)[-1] == most


@pytest.mark.parametrize("instruction_set", SETS)
def test_up_to_how_many_rows_bits_are_the_same(instruction_set: str | None) -> None:
    """Below the number from which a network alone sums rows by their signs."""
    jobs = [make_job(LayerPlan(8), features=63, steps=2, epochs=2, seed=k) for k in range(16)]
    extras = [Extras(regularizers=on_matrices(jobs[0], OrthogonalRegularizer(0.4)))] * 16
    chosen: dict[str, Any] = {"instruction_set": instruction_set, "threads": 1}
    together = engine.train(jobs, extras=extras, **chosen)
    (alone,) = engine.train(jobs[:1], extras=extras[:1], **chosen)
    assert bits(together[0]) == bits(alone)
