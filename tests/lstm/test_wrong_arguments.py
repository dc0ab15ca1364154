"""Arguments of the wrong type: a ValueError that names them, never an error from inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calloff import lstm
from calloff.lstm import (
    LSTM,
    Adam,
    Cosine,
    Dense,
    EarlyStopping,
    Loss,
    ModelCheckpoint,
    Network,
    ReduceLROnPlateau,
    StorageError,
)

NETWORK = Network([LSTM(3), Dense(1)])
X = np.random.default_rng(0).normal(size=(8, 3, 2))
Y = X[:, 0, 0]
WRONG: tuple[Any, ...] = ("a", (), {}, object(), [1, 2], np.zeros((2, 2)))
NOT_NUMBERS: tuple[Any, ...] = (None, True, *WRONG)


def fit(engine: str, **options: Any) -> object:
    return NETWORK.fit(X, Y, validation_split=0.25, engine=engine, verbose=0, **options)


# name in the message -> a call that takes the value
FITS: dict[str, Callable[[str, Any], object]] = {
    "epochs": lambda engine, v: fit(engine, epochs=v),
    "batch_size": lambda engine, v: fit(engine, batch_size=v),
    "learning_rate": lambda engine, v: fit(engine, optimizer=Adam(v)),
    "learning_rate must": lambda engine, v: fit(engine, optimizer=Adam(Cosine(v))),
    "final": lambda engine, v: fit(engine, optimizer=Adam(Cosine(final=v))),
    "beta_1": lambda engine, v: fit(engine, optimizer=Adam(beta_1=v)),
    "epsilon": lambda engine, v: fit(engine, optimizer=Adam(epsilon=v)),
    "delta": lambda engine, v: fit(engine, loss=Loss("huber", delta=v)),
    "min_delta": lambda engine, v: fit(engine, callbacks=[EarlyStopping(min_delta=v)]),
    "min_delta of": lambda engine, v: fit(engine, callbacks=[ReduceLROnPlateau(min_delta=v)]),
    "min_rate": lambda engine, v: fit(engine, callbacks=[ReduceLROnPlateau(min_lr=v)]),
}
OTHERS: dict[str, Callable[[str, Any], object]] = {
    "shuffle": lambda engine, v: fit(engine, shuffle=v),
    "patience": lambda engine, v: fit(engine, callbacks=[ReduceLROnPlateau(patience=v)]),
    "threads": lambda engine, v: fit(engine, threads=v),
    "monitor": lambda engine, v: fit(engine, callbacks=[ModelCheckpoint(monitor=v)]),
    "loss": lambda engine, v: fit(engine, loss=v),
    "clipnorm": lambda engine, v: fit(engine, optimizer=Adam(clipnorm=v)),
}


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize("name", FITS)
def test_what_is_no_number_is_refused_by_name(name: str, engine: str) -> None:
    for value in NOT_NUMBERS:
        if value is True and name in ("epochs", "batch_size"):
            continue  # an integer to Python, and to Keras
        with pytest.raises(ValueError, match=name):
            FITS[name](engine, value)


@pytest.mark.parametrize("engine", ["numpy", "auto"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_options_of_wrong_types(name: str, engine: str) -> None:
    for value in WRONG:
        with pytest.raises(ValueError, match=name):
            OTHERS[name](engine, value)


def test_options_that_are_lists() -> None:
    with pytest.raises(ValueError, match="callbacks must be a list, not None"):
        fit("auto", callbacks=None)
    with pytest.raises(ValueError, match=r"quantiles must be a list of levels, not 0\.5"):
        fit("auto", loss=Loss("pinball", quantiles=0.5))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quantiles must lie between 0 and 1"):
        fit("auto", loss=Loss("pinball", quantiles=("0.5",)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="initial_weights must be a list of arrays, not 3"):
        fit("auto", initial_weights=3)
    with pytest.raises(ValueError, match=r"validation_split must lie in 0\.\.1"):
        NETWORK.fit(X, Y, validation_split="a", verbose=0)


def test_layers_and_data_sets() -> None:
    for value in NOT_NUMBERS:
        with pytest.raises(ValueError, match="a network must be one or more LSTM"):
            Network(value)
        with pytest.raises(ValueError, match="dropout must be a number from 0 to 1"):
            LSTM(2, dropout=value)
        with pytest.raises(ValueError, match='a config must be a dict with a list of "layers"'):
            Network.from_config(value)
        with pytest.raises(ValueError, match="data set 0 must be a Dataset"):
            NETWORK.fit_many([value], verbose=0)
        with pytest.raises(ValueError, match="features must be a positive integer"):
            NETWORK.summary(value)
        with pytest.raises(ValueError, match="seed must be an integer"):
            NETWORK.build(2, seed=value)
        with pytest.raises(ValueError, match="factor must lie between 0 and 1"):
            ReduceLROnPlateau(factor=value)
    with pytest.raises(ValueError, match="datasets must be a list of Dataset, not 3"):
        NETWORK.fit_many(3, verbose=0)  # type: ignore[arg-type]


def test_folders() -> None:
    fitted = fit("auto")
    for value in (None, 3, ["a"]):
        with pytest.raises(StorageError, match="path must name a folder"):
            fitted.save(value)  # type: ignore[attr-defined]
        with pytest.raises(StorageError, match="path must name a folder"):
            lstm.load(value)  # type: ignore[arg-type]
