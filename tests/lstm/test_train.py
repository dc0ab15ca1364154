"""A training run of the readable engine, against one written out here, and its special cases."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from gradients import assert_exact, complex_step

from calloff.lstm import activations, checks, losses, optim, regularizers, rng, stack, train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, Loss, NetworkPlan, Schedule, Training
from calloff.lstm.stack import NO_EXTRAS, Extras
from calloff.lstm.train import Data

PLAN = NetworkPlan(
    3,
    (
        LayerPlan(4, "tanh", dropout=0.3),
        LayerPlan(5, "softsign", recurrent_dropout=0.2, go_backwards=True),
    ),
    HeadPlan(2, "sigmoid"),
)


def make_job(plan: NetworkPlan = PLAN, *, samples: int = 11, **training: Any) -> Job:
    g = np.random.default_rng(5)
    weights = tuple(g.normal(size=shape) * 0.5 for _, shape in checks.weight_shapes(plan))
    outputs = plan.head.outputs
    return Job(
        plan=plan,
        training=Training(**{"epochs": 4, "batch_size": 4, **training}),
        weights=weights,
        x=g.normal(size=(samples, 6, plan.features)),
        y=g.normal(size=(samples, outputs)),
        seed=2**40 + 3,
        sample_weight=g.uniform(0.5, 2.0, size=samples),
        mask=g.random((samples, 6)) < 0.7,
        val_x=g.normal(size=(5, 6, plan.features)),
        val_y=g.normal(size=(5, outputs)),
        val_sample_weight=g.uniform(0.5, 2.0, size=5),
        val_mask=g.random((5, 6)) < 0.7,
    )


def run(job: Job, **more: Any) -> Any:
    return train.train([job], **more)[0]


PLANS = {
    "one layer": NetworkPlan(3, (LayerPlan(4),), HeadPlan(1)),
    "no biases": NetworkPlan(3, (LayerPlan(4, use_bias=False),), HeadPlan(2, use_bias=False)),
    "dropout by gates": NetworkPlan(
        3, (LayerPlan(4, dropout=0.4, implementation=1), LayerPlan(2, dropout=0.4)), HeadPlan(1)
    ),
    "three layers": NetworkPlan(
        2,
        (LayerPlan(4, "swish", "hard_sigmoid"), LayerPlan(3, go_backwards=True), LayerPlan(2)),
        HeadPlan(3, "softplus"),
    ),
    "all": PLAN,
}
EXTRAS = {
    "none": NO_EXTRAS,
    "activity": Extras(activity_regularizers=(regularizers.L2(0.3), regularizers.L1(0.2))),
    "zeros": Extras(zero_output_for_mask=(True, True)),
}


def check_gradients(job: Job, extras: Extras = NO_EXTRAS) -> None:
    data = train.training_data(job, np.float64)
    masks = stack.all_dropout_masks(
        job.plan, seed=1, batch=2, samples=len(data.x), dtype=np.float64
    )

    def loss(weights: Any) -> Any:
        forward_pass = stack.forward(
            job.plan, weights, x=data.x, mask=data.mask, dropouts=masks, extras=extras
        )
        value = losses.value(
            job.training.loss, y=data.y, p=forward_pass.p, sample_weight=data.sample_weight
        )
        penalty = stack.activity_penalty(extras, forward_pass) + train.weight_penalty(
            extras, weights
        )
        return value + penalty

    value, found, _ = train.loss_and_gradients(
        job, job.weights, data=data, dropouts=masks, extras=extras
    )
    assert value == loss(job.weights)
    for k, w in enumerate(job.weights):

        def changed(v: Any, k: int = k) -> Any:
            return loss((*job.weights[:k], v, *job.weights[k + 1 :]))

        assert_exact(found[k], complex_step(changed, w))


@pytest.mark.parametrize("name", PLANS)
def test_gradients_of_whole_networks(name: str) -> None:
    check_gradients(make_job(PLANS[name], loss=Loss("mse")))


@pytest.mark.parametrize(
    "loss",
    [Loss("mae"), Loss("huber", delta=0.4), Loss("pinball", quantiles=(0.2, 0.9))],
    ids=lambda loss: loss.kind,
)
def test_gradients_of_every_loss(loss: Loss) -> None:
    check_gradients(make_job(loss=loss))


@pytest.mark.parametrize("name", EXTRAS)
def test_gradients_with_extras(name: str) -> None:
    check_gradients(make_job(loss=Loss("mse")), EXTRAS[name])


def test_gradients_with_weight_regularizers() -> None:
    layer = (regularizers.L1(0.1), regularizers.OrthogonalRegularizer(), None)
    extras = Extras(regularizers=(*layer, *layer, regularizers.L2(0.2), None))
    check_gradients(make_job(), extras)


def test_a_training_run_written_out() -> None:
    """Shuffle, masks by batch number, loss, Adam, history: with nothing of ``train`` but Data."""
    job = make_job(loss=Loss("mse"), learning_rate=0.01, clipnorm=0.5, weight_decay=0.01)
    data = Data(job.x, job.y, job.sample_weight, job.mask)
    weights, state, batch, history, val_history = job.weights, optim.start(job.weights), 0, [], []
    for epoch in range(4):
        order, total = rng.shuffle(job.seed, epoch=epoch, count=11), 0.0
        for rows in (order[:4], order[4:8], order[8:]):
            part = data.take(rows)
            masks = stack.all_dropout_masks(
                PLAN, seed=job.seed, batch=batch, samples=len(rows), dtype=np.float64
            )
            forward_pass = stack.forward(PLAN, weights, x=part.x, mask=part.mask, dropouts=masks)
            e = forward_pass.p - part.y
            assert part.sample_weight is not None
            w = part.sample_weight[:, None]
            total += float((w * e**2).mean()) * len(rows)
            gradients = stack.backward(
                PLAN, weights, forward_pass=forward_pass, d_p=2 * w * e / e.size
            )
            weights, state = optim.update(
                weights=weights, gradients=gradients, state=state, training=job.training, rate=0.01
            )
            batch += 1
        history.append(total / 11)
        assert job.val_x is not None
        assert job.val_sample_weight is not None
        val_p = stack.forward(PLAN, weights, x=job.val_x, mask=job.val_mask).p
        val_history.append(
            float((job.val_sample_weight[:, None] * (val_p - job.val_y) ** 2).mean())
        )
    found = run(job)
    np.testing.assert_allclose(found.loss, history, rtol=1e-13)
    np.testing.assert_allclose(found.val_loss, val_history, rtol=1e-12)
    for mine, theirs in zip(found.weights, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-13)
    assert (found.learning_rate == 0.01).all()
    assert found.failed_epoch is found.stopped_epoch is None
    assert found.best_epoch == int(np.argmin(found.val_loss))


def test_every_layer_draws_masks_of_its_own() -> None:
    """Streams 2 and 3 at (batch, layer); recurrent dropout makes it a mask for each gate."""
    plan = NetworkPlan(
        3,
        (LayerPlan(4, dropout=0.3), LayerPlan(5, dropout=0.3, recurrent_dropout=0.2)),
        HeadPlan(1),
    )
    first, second = stack.all_dropout_masks(plan, seed=9, batch=6, samples=2, dtype=np.float64)

    def drawn(stream: int, layer: int, shape: tuple[int, ...], rate: float) -> Any:
        return rng.dropout_mask(9, stream=stream, batch=6, layer=layer, shape=shape, rate=rate)

    np.testing.assert_array_equal(first.inputs, drawn(rng.INPUT_DROPOUT, 0, (1, 2, 3), 0.3))
    assert first.recurrent is None
    np.testing.assert_array_equal(second.inputs, drawn(rng.INPUT_DROPOUT, 1, (4, 2, 4), 0.3))
    np.testing.assert_array_equal(second.recurrent, drawn(rng.RECURRENT_DROPOUT, 1, (4, 2, 5), 0.2))


def test_no_shuffle_takes_the_samples_as_they_come() -> None:
    found = list(train.batches(Training(batch_size=4, shuffle=False), seed=0, epoch=0, count=10))
    assert [rows.tolist() for rows in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_seed_decides_and_repeats() -> None:
    job = make_job()
    assert (run(job).loss == run(job).loss).all()
    assert (run(job).loss != run(dataclasses.replace(job, seed=1)).loss).any()


def test_float32_follows_float64() -> None:
    wide, narrow = run(make_job()), run(make_job(), dtype=np.float32)
    assert narrow.weights[0].dtype == np.float32
    np.testing.assert_allclose(narrow.loss, wide.loss, rtol=1e-5)


def test_weights_of_one_and_masks_of_true_change_nothing() -> None:
    job = dataclasses.replace(make_job(), sample_weight=None, mask=None)
    same = dataclasses.replace(job, sample_weight=np.ones(11), mask=np.ones((11, 6), dtype=bool))
    assert (run(job).loss == run(same).loss).all()


def test_a_sample_of_weight_zero_is_as_if_it_had_other_targets() -> None:
    job = make_job()
    assert job.sample_weight is not None
    weight = job.sample_weight.copy()
    weight[3] = 0.0
    other = job.y.copy()
    other[3] = 1e6
    first = run(dataclasses.replace(job, sample_weight=weight))
    second = run(dataclasses.replace(job, sample_weight=weight, y=other))
    assert (first.loss == second.loss).all()


def test_early_stopping_restores_the_best() -> None:
    """A high rate on few samples: the validation loss soon gets worse."""
    job = make_job(epochs=200, learning_rate=0.05, early_stopping=5, restore_best=True)
    found = run(job)
    assert found.stopped_epoch is not None
    assert found.stopped_epoch == found.best_epoch + 5 == len(found.loss) - 1
    again = run(make_job(epochs=found.best_epoch + 1, learning_rate=0.05))
    for best, last in zip(found.weights, again.weights, strict=True):
        assert (best == last).all()


def test_early_stopping_as_keras_counts() -> None:
    """Patience 0 stops at the first epoch that is no better, but never after the first of all."""
    best = train.BestEpoch(())
    stops = []
    for epoch, loss in enumerate([3.0, 2.0, 2.0, 1.0]):
        best = best.after(epoch=epoch, monitored=loss, weights=(), min_delta=0.0)
        stops.append(best.is_over(0, epoch))
    assert stops == [False, False, True, False]
    small = train.BestEpoch((), best=1.0, epoch=0)
    gained = small.after(epoch=1, monitored=0.95, weights=(), min_delta=0.1)
    assert (gained.best, gained.wait) == (1.0, 1)


@pytest.mark.parametrize("monitor", ["loss", "val_loss"])
def test_plateau_lowers_the_rate(monitor: str) -> None:
    schedule = Schedule("plateau", factor=0.5, patience=1, min_delta=10.0)
    found = run(make_job(epochs=4, schedule=schedule, monitor=monitor))
    assert found.learning_rate.tolist() == [1e-3, 1e-3, 5e-4, 2.5e-4]


def test_cosine_lowers_the_rate() -> None:
    found = run(make_job(epochs=4, schedule=Schedule("cosine")))
    expected = [1e-3 * 0.5 * (1 + np.cos(np.pi * e / 4)) for e in range(4)]
    np.testing.assert_allclose(found.learning_rate, expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308])
def test_a_loss_that_is_not_finite_stops_that_job_only(value: float) -> None:
    bad = make_job()
    bad.y[4, 0] = value
    bad = dataclasses.replace(bad, training=dataclasses.replace(bad.training, loss=Loss("mse")))
    good, failed, last = train.train([make_job(), bad, make_job()])
    assert failed.failed_epoch == 0
    assert failed.best_epoch == -1
    assert failed.loss.size == failed.val_loss.size == failed.learning_rate.size == 0
    for kept, first in zip(failed.weights, bad.weights, strict=True):
        assert (kept == first).all()
    assert good.failed_epoch is None
    assert (good.loss == last.loss).all()


def test_a_later_failure_keeps_the_last_finite_weights() -> None:
    """relu gates and a high rate: the second epoch overflows float32."""
    plan = NetworkPlan(3, (LayerPlan(4, "relu", "relu"),), HeadPlan(2))
    job = make_job(plan, epochs=50, learning_rate=1.0, loss=Loss("mse"))
    found = run(job, dtype=np.float32)
    assert found.failed_epoch is not None
    assert len(found.loss) == found.failed_epoch > 0
    assert all(np.isfinite(w).all() for w in found.weights)


def test_constraints_hold_after_every_update() -> None:
    job = make_job(PLANS["one layer"], learning_rate=0.1)
    extras = Extras(constraints=(np.abs, None, None, None, None))
    (found,) = train.train([job], extras=[extras])
    assert (found.weights[0] >= 0).all()
    assert (found.weights[1] < 0).any()


def test_stateful_layers_carry_on_within_an_epoch() -> None:
    """Batches of one sequence cut in two: the second half starts where the first one ended."""
    job = make_job(PLANS["one layer"], samples=4, shuffle=False, batch_size=2, epochs=1)
    job = dataclasses.replace(job, mask=None, val_x=None, val_y=None)
    carried = train.train([job], extras=[Extras(stateful=(True,))])[0]
    data = train.training_data(job, np.float64)
    first = stack.forward(job.plan, job.weights, x=data.x[:2])
    expected = stack.forward(job.plan, job.weights, x=data.x[2:], states=first.states)
    _, _, states = train.loss_and_gradients(
        job, job.weights, data=data.take(slice(0, 2)), extras=Extras(stateful=(True,))
    )
    found = stack.forward(job.plan, job.weights, x=data.x[2:], states=states)
    assert (found.p == expected.p).all()
    assert (carried.loss != run(job).loss).all()


def test_progress_counts_epochs_of_all_jobs() -> None:
    told: list[tuple[int, int]] = []
    jobs = [make_job(epochs=3), make_job(epochs=2)]
    train.train(jobs, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (5, 5)


def test_an_interrupted_run_leaves_nothing_behind() -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    job, expected = make_job(), run(make_job())
    with pytest.raises(KeyboardInterrupt):
        run(job, progress=interrupt)
    assert (run(job).loss == expected.loss).all()


def test_any_dtype() -> None:
    found = run(make_job(), dtype=np.longdouble)
    assert found.weights[0].dtype == np.longdouble
    np.testing.assert_allclose(found.loss, run(make_job()).loss, rtol=1e-13)


@pytest.mark.parametrize(
    ("units", "steps", "samples"), [(1, 1, 1), (257, 1, 2), (1, 200, 2), (4, 6, 1)]
)
def test_extreme_sizes(units: int, steps: int, samples: int) -> None:
    plan = NetworkPlan(2, (LayerPlan(units, dropout=0.5), LayerPlan(units)), HeadPlan(1))
    g = np.random.default_rng(0)
    weights = tuple(g.normal(size=shape) * 0.1 for _, shape in checks.weight_shapes(plan))
    job = Job(
        plan, Training(epochs=2), weights, g.normal(size=(samples, steps, 2)), np.ones((samples, 1))
    )
    assert np.isfinite(run(job).loss).all()


def test_constant_targets_are_learnt() -> None:
    job = make_job(PLANS["one layer"], epochs=200, learning_rate=0.03, loss=Loss("mse"))
    job = dataclasses.replace(job, y=np.full_like(job.y, 0.7), val_x=None, val_y=None)
    assert run(job).loss[-1] < 1e-3


def test_a_custom_activation_can_be_trained() -> None:
    name = activations.get((np.sin, np.cos)).name
    plan = NetworkPlan(3, (LayerPlan(4, name),), HeadPlan(1))
    check_gradients(make_job(plan, loss=Loss("mse")))
