"""The face: what a Keras user writes, what comes back, and what is said when it cannot be done."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff.lstm import (
    LSTM,
    Adam,
    Cosine,
    Dataset,
    Dense,
    EarlyStopping,
    Loss,
    ModelCheckpoint,
    Network,
    ReduceLROnPlateau,
    load,
)
from calloff.lstm.contract import Schedule, Training
from calloff.lstm.fitting import FitOptions

g = np.random.default_rng(2)
X, Y = g.normal(size=(30, 3, 4)), g.normal(size=30)
VALIDATION = g.normal(size=(5, 3, 4)), g.normal(size=5)

NOTEBOOK = Network(
    [
        LSTM(8, activation="relu", dropout=0.2, return_sequences=True),
        LSTM(8, activation="relu", dropout=0.2),
        Dense(1),
    ]
)
SMALL = Network([LSTM(3), Dense(1)])


def fit(network: Network = SMALL, **options: Any) -> Any:
    return network.fit(X, Y, **{"engine": "numpy", "verbose": 0, **options})


def test_the_notebook_has_969_weights() -> None:
    assert sum(w.size for w in NOTEBOOK.build(4)) == 969
    summary = NOTEBOOK.summary(4)
    assert summary.splitlines()[0].split() == ["layer", "output", "weights"]
    assert [line.split()[-1] for line in summary.splitlines()] == [
        "weights",
        "416",
        "544",
        "9",
        "969",
    ]


def test_fit_returns_another_value_and_changes_nothing() -> None:
    before = NOTEBOOK.get_config()
    fitted = fit(NOTEBOOK, epochs=3, batch_size=4, validation_data=VALIDATION)
    assert NOTEBOOK.get_config() == before
    assert set(fitted.history) == {"loss", "val_loss", "learning_rate"}
    assert {len(column) for column in fitted.history.values()} == {3}
    assert fitted.predict(X).shape == (30, 1)
    assert fitted.engine == ("numpy", "asked for", "")
    assert fitted.summary() == NOTEBOOK.summary(4)
    assert fitted.problem is None
    with pytest.raises(dataclasses.FrozenInstanceError):
        fitted.name = "other"


def test_a_seed_repeats_and_another_differs() -> None:
    first, again, other = fit(seed=1), fit(seed=1), fit(seed=2)
    assert first.history == again.history
    assert first.history != other.history


def test_learning_learns() -> None:
    """The last step's first feature: a network of three units finds it."""
    fitted = SMALL.fit(
        X, X[:, -1, 0], epochs=200, batch_size=8, optimizer=Adam(0.02), engine="numpy"
    )
    assert fitted.history["loss"][-1] < 0.15 * fitted.history["loss"][0]


def test_evaluate_is_the_validation_loss() -> None:
    network = Network([LSTM(3, kernel_regularizer="l2", activity_regularizer="l1"), Dense(1)])
    fitted = fit(network, epochs=2, validation_data=VALIDATION)
    assert fitted.evaluate(*VALIDATION) == pytest.approx(fitted.history["val_loss"][-1], rel=1e-12)
    error = np.abs(fitted.predict(VALIDATION[0])[:, 0] - VALIDATION[1]).mean()
    assert fitted.evaluate(*VALIDATION) > error  # the penalties come on top


def test_validation_split_takes_the_last_samples() -> None:
    split = fit(epochs=2, validation_split=0.2)
    by_hand = SMALL.fit(
        X[:24], Y[:24], validation_data=(X[24:], Y[24:]), epochs=2, engine="numpy", verbose=0
    )
    assert split.history == by_hand.history


def test_targets_may_be_a_column_or_a_matrix() -> None:
    assert fit().history == SMALL.fit(X, Y[:, None], engine="numpy", verbose=0).history
    quantiles = Loss("pinball", quantiles=(0.1, 0.5, 0.9))
    three = Network([LSTM(3), Dense(3)])
    fitted = three.fit(X, np.repeat(Y[:, None], 3, axis=1), loss=quantiles, engine="numpy")
    assert fitted.predict(X).shape == (30, 3)


def test_initial_weights_go_on_from_another_fit() -> None:
    start = fit(seed=5)
    ahead = fit(initial_weights=start.weights, optimizer=Adam(learning_rate=0.0))
    for kept, first in zip(ahead.weights, start.weights, strict=True):
        assert (kept == first).all()


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    parts = [Dataset(X, Y, name="Part 94"), Dataset(-X, Y[::-1], seed=3, name="Part 95")]
    together = SMALL.fit_many(parts, epochs=2, engine="numpy", verbose=0)
    alone = SMALL.fit(-X, Y[::-1], seed=3, epochs=2, engine="numpy", verbose=0)
    assert [one.name for one in together] == ["Part 94", "Part 95"]
    assert together[1].history == alone.history
    assert together[0].history == fit(epochs=2).history
    assert SMALL.fit_many([], engine="numpy") == []


def test_a_loss_that_is_not_finite_is_told_and_the_others_go_on() -> None:
    parts = [Dataset(X, Y * 1e200, name="Part 1"), Dataset(X, Y, name="Part 2")]
    bad, good = SMALL.fit_many(parts, loss="mse", engine="numpy", verbose=0)
    assert good.problem is None
    assert bad.failed_epoch == 0
    assert "Part 1: the loss was not finite in epoch 1" in bad.problem
    with pytest.warns(RuntimeWarning, match="not finite in epoch 1"):
        SMALL.fit(X, Y * 1e200, loss="mse", engine="numpy", verbose=0)


def test_sequences_of_unequal_length() -> None:
    ragged = [x[: 1 + n % 3] for n, x in enumerate(X)]
    fitted = SMALL.fit(ragged, Y, epochs=2, engine="numpy", verbose=0)
    assert fitted.predict(ragged[:1]) == pytest.approx(fitted.predict(X[:1, :1]))


def test_validation_sequences_may_be_longer_or_shorter() -> None:
    """Both are made equally long, for the engines; the numbers are those of each by itself."""
    short = VALIDATION[0][:, :2], VALIDATION[1]
    fitted = fit(epochs=2, validation_data=short)
    assert fitted.history["loss"] == fit(epochs=2).history["loss"]
    assert fitted.history["val_loss"][-1] == pytest.approx(fitted.evaluate(*short), rel=1e-12)
    other_way = SMALL.fit(X[:, :2], Y, epochs=2, validation_data=VALIDATION, engine="numpy")
    expected = SMALL.fit(X[:, :2], Y, epochs=2, engine="numpy").history["loss"]
    np.testing.assert_allclose(other_way.history["loss"], expected, rtol=1e-12)


def test_masked_steps_may_hold_anything() -> None:
    mask = g.random((30, 3)) < 0.7
    holes = np.where(mask[:, :, None], X, np.nan)
    found = SMALL.fit(holes, Y, mask=mask, epochs=2, engine="numpy", verbose=0)
    assert found.history == SMALL.fit(X, Y, mask=mask, epochs=2, engine="numpy").history
    assert (found.predict(holes, mask=mask) == found.predict(X, mask=mask)).all()


def test_predict_in_pieces_is_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit()
    whole, loss = fitted.predict(X), fitted.evaluate(X, Y)
    monkeypatch.setattr("calloff.lstm.train.PASS_SIZE", 7)
    np.testing.assert_allclose(fitted.predict(X), whole, rtol=1e-12)
    assert fitted.evaluate(X, Y) == pytest.approx(loss, rel=1e-12)


def test_stateful_layers_carry_on_from_batch_to_batch() -> None:
    network = Network([LSTM(3, stateful=True), Dense(1)])
    fitted = fit(network, shuffle=False, batch_size=10, epochs=2)
    assert fitted.history != fit(shuffle=False, batch_size=10, epochs=2).history
    carried = fitted.predict(X, batch_size=10)
    fresh = fitted.predict(X[10:], batch_size=10)
    assert (carried[10:] != fresh).any()
    with pytest.raises(ValueError, match="shuffle=False"):
        fit(network, batch_size=10)
    with pytest.raises(ValueError, match="does not divide 30"):
        fit(network, batch_size=4, shuffle=False)


def test_regularizers_and_constraints_reach_the_training() -> None:
    network = Network(
        [LSTM(3, kernel_constraint="non_neg", recurrent_regularizer="l2"), Dense(1, use_bias=False)]
    )
    fitted = fit(network, epochs=2)
    assert (fitted.weights[0] >= 0).all()
    assert len(fitted.weights) == 4
    assert fitted.history["loss"] != fit(Network([LSTM(3), Dense(1, use_bias=False)])).history


def test_a_pair_of_functions_can_be_trained() -> None:
    network = Network([LSTM(3, activation=(np.sin, np.cos)), Dense(1)])
    assert np.isfinite(fit(network, epochs=2).history["loss"]).all()


def test_keras_names_become_the_words_of_the_engines() -> None:
    options = FitOptions(
        optimizer=Adam(0.01, weight_decay=0.1, clipnorm=1.0),
        loss="mean_squared_error",
        epochs=7,
        callbacks=[
            EarlyStopping(patience=4, min_delta=0.1, monitor="loss"),
            ReduceLROnPlateau(factor=0.5, patience=2, min_lr=1e-5, monitor="loss"),
            ModelCheckpoint(monitor="loss"),
        ],
    )
    assert options.training() == Training(
        loss=Loss("mse"),
        epochs=7,
        learning_rate=0.01,
        weight_decay=0.1,
        clipnorm=1.0,
        schedule=Schedule("plateau", factor=0.5, patience=2, min_rate=1e-5),
        early_stopping=4,
        min_delta=0.1,
        restore_best=True,
        monitor="loss",
    )
    assert FitOptions().training() == Training()
    cosine = FitOptions(optimizer=Adam(Cosine(0.1, final=0.2))).training()
    assert (cosine.learning_rate, cosine.schedule) == (0.1, Schedule("cosine", final=0.2))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"epoch": 3}, "fit has no option epoch; it has optimizer"),
        ({"epochs": 0}, "epochs must be an integer, at least 1, not 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer, at least 1, not 2.5"),
        ({"seed": -1}, "seed must be an integer from 0 up, below 2.64, not -1"),
        ({"optimizer": Adam(beta_2=1.0)}, "beta_2 must be a number from 0 up, below 1, not 1.0"),
        ({"loss": "rmse"}, "loss must be one of mae.*not 'rmse'"),
        ({"loss": Loss("pinball", quantiles=(0.1, 0.9))}, "one quantile for each of the 1 outputs"),
        ({"loss": Loss("huber", delta=0.0)}, "delta must be a positive number"),
        ({"optimizer": "sgd"}, "optimizer must be \"adam\".*not 'sgd'"),
        ({"optimizer": Adam(float("nan"))}, "learning_rate must be a number from 0 up, not nan"),
        ({"optimizer": Adam(clipnorm=1.0, clipvalue=1.0)}, "at most one of clipnorm"),
        ({"optimizer": Adam(clipnorm=-1.0)}, "clipnorm must be a positive number"),
        ({"callbacks": [EarlyStopping()]}, 'monitor "val_loss" needs validation data'),
        ({"callbacks": [EarlyStopping(), EarlyStopping()]}, "one EarlyStopping, not 2"),
        ({"callbacks": ["stop"]}, "a callback must be EarlyStopping.*not 'stop'"),
        (
            {"callbacks": [EarlyStopping("loss"), ModelCheckpoint()]},
            "all callbacks must watch the same figure",
        ),
        (
            {"callbacks": [ReduceLROnPlateau("loss")], "optimizer": Adam(Cosine())},
            "exclude each other",
        ),
        ({"verbose": 3}, "verbose must be"),
        ({"engine": "jax"}, "engine must be one of auto, cpp, numpy, not 'jax'"),
        ({"validation_split": 1.0}, "validation_split must lie in 0..1"),
        ({"validation_split": 0.99}, "leaves none for training"),
        ({"validation_data": 3}, "validation_data must be"),
        ({"validation_data": (VALIDATION[0][:, :, :2], VALIDATION[1])}, "val_x must have shape"),
        ({"sample_weight": np.ones(3)}, r"sample_weight must have shape \(30,\)"),
        ({"sample_weight": -np.ones(30)}, "must not be negative, as it is at sample 0: -1.0"),
        ({"mask": np.ones((30, 2), dtype=bool)}, r"mask must be of dtype bool and shape \(30, 3\)"),
        ({"initial_weights": NOTEBOOK.build(4)}, "there must be 5 weight arrays, not 8"),
        ({"initial_weights": SMALL.build(3)}, r"layer 0 kernel must have shape \(4, 12\)"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_done_is_said(options: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        fit(**options)


def _spoilt(place: tuple[int, ...], value: float) -> np.ndarray:
    x = X.copy()
    x[place] = value
    return x


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        (_spoilt((3, 1, 2), np.nan), Y, "1 of 360 are not; the first is nan at sample 3, step 1"),
        (_spoilt((0, 0, 0), np.inf), Y, "the first is inf at sample 0, step 0, feature 0"),
        (X, np.where(np.arange(30) == 7, np.nan, Y), "y must hold finite.*sample 7"),
        (X[:0], Y[:0], r"none of them 0, not \(0, 3, 4\)"),
        (X[:, :0], Y, "none of them 0"),
        (X[:, :, 0], Y, r"not \(30, 3\)"),
        (X, Y[:5], "y must have one row for each of the 30 samples"),
        ([["a"]], Y, "x must be an array of numbers, not of str_"),
        (X + 0j, Y, "x must be an array of real numbers, not of complex ones"),
    ],
)
def test_hostile_data_is_refused_and_pointed_at(x: Any, y: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        SMALL.fit(x, y, engine="numpy", verbose=0)


@pytest.mark.parametrize("name", ["x", "y", "static", "sample_weight"])
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("M8[D]", "not of datetime64"),
        ("m8[s]", "not of timedelta64"),
        (str, "not of str_"),
        (bytes, "not of bytes_"),
    ],
)
@pytest.mark.parametrize("objects", [False, True])
def test_what_looks_like_numbers_to_numpy_is_refused(
    name: str, kind: Any, told: str, objects: bool
) -> None:
    usual = {"x": X, "y": Y, "static": X[:, 0], "sample_weight": np.ones(len(X))}
    wrong = np.ones(usual[name].shape, int).astype(kind)  # "1", the second of January 1970
    if objects:
        wrong = np.array([*list(wrong.flat), None], object)[:-1].reshape(wrong.shape)
    with pytest.raises(ValueError, match=f"{name} must be an array of numbers, {told}"):
        SMALL.fit(**{**usual, name: wrong}, engine="numpy", verbose=0)


@pytest.mark.parametrize("name", ["x", "y", "static", "sample_weight"])
def test_masked_values_are_not_read(name: str) -> None:
    usual = {"x": X, "y": Y, "static": X[:, 0], "sample_weight": np.ones(len(X))}
    masked = np.ma.array(usual[name], mask=np.arange(usual[name].size) == 3)
    with pytest.raises(ValueError, match=f"{name} must not hold masked values"):
        SMALL.fit(**{**usual, name: masked}, engine="numpy", verbose=0)
    SMALL.fit(**{**usual, name: np.ma.array(usual[name])}, engine="numpy", epochs=1, verbose=0)


def test_objects_that_are_numbers_are_read() -> None:
    y = np.array([Decimal(1), Fraction(1, 2), 3, 4.5, True] * 6, object)
    made = [SMALL.fit(X, each, epochs=1, verbose=0) for each in (y, y.astype(float))]
    assert made[0].history["loss"] == made[1].history["loss"]


def test_the_data_set_is_named() -> None:
    with pytest.raises(ValueError, match="data set Part 9: y must have"):
        SMALL.fit_many([Dataset(X, Y), Dataset(X, Y[:1], name="Part 9")], engine="numpy")


def test_other_features_are_refused() -> None:
    fitted = fit()
    with pytest.raises(ValueError, match="fitted to 4 features; x has 3"):
        fitted.predict(X[:, :, :3])
    with pytest.raises(ValueError, match="fitted to 4 features; x has 3"):
        fitted.evaluate(X[:, :, :3], Y)


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([], "one or more LSTM layers and a Dense one at the end"),
        ([LSTM(3)], "Dense one at the end"),
        ([Dense(1)], "one or more LSTM layers"),
        ([Dense(1), Dense(1)], "layer 0 must be an LSTM, not Dense"),
        ([LSTM(3), LSTM(3), Dense(1)], "layer 0 must have return_sequences=True"),
        ([LSTM(3, return_sequences=True), Dense(1)], "layer 0 must have return_sequences=False"),
        ([LSTM(3, return_state=True), Dense(1)], "layer 0 has return_state=True"),
        ([LSTM(3, time_major=True), Dense(1)], "layer 0 has time_major=True"),
    ],
)
def test_a_wrong_stack_is_refused(layers: list[Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Network(layers)


def test_config_round_trip() -> None:
    assert Network.from_config(NOTEBOOK.get_config()) == NOTEBOOK
    with pytest.raises(ValueError, match="not 'GRU'"):
        Network.from_config({"layers": [{"class_name": "GRU", "config": {}}]})


def test_verbose_shows_progress_or_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    fit(epochs=3, verbose=1)
    assert capsys.readouterr().err.endswith("3 of 3 epochs\n")
    fit(epochs=2, verbose=2, validation_data=VALIDATION)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("epoch 1 of 2: loss ")
    assert "val_loss" in lines[0]
    fit(verbose="auto")
    assert capsys.readouterr() == ("", "")


def test_a_checkpoint_is_saved(tmp_path: Path) -> None:
    checkpoint = ModelCheckpoint(tmp_path / "best")
    fitted = fit(epochs=4, callbacks=[checkpoint], validation_data=VALIDATION)
    assert (load(tmp_path / "best").predict(X) == fitted.predict(X)).all()
    with pytest.raises(ValueError, match="filepath is for one network"):
        SMALL.fit_many([Dataset(X, Y)] * 2, callbacks=[checkpoint], validation_split=0.2)
    with pytest.raises(ValueError, match="best epoch only"):
        ModelCheckpoint(save_best_only=False)
    with pytest.raises(ValueError, match="factor"):
        ReduceLROnPlateau(factor=1.5)
