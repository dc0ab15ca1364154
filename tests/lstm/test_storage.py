"""Saving and loading; and every way in which a folder can be wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calloff.lstm import LSTM, Dense, Fitted, Loss, Network, StorageError, load, storage

g = np.random.default_rng(4)
X, Y = g.normal(size=(12, 3, 2)), g.normal(size=(12, 2))


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    network = Network(
        [LSTM(3, dropout=0.1, kernel_regularizer="l2", return_sequences=True), LSTM(2), Dense(2)]
    )
    loss = Loss("pinball", quantiles=(0.2, 0.7))
    return network.fit(X, Y, loss=loss, epochs=2, validation_split=0.25, engine="numpy", verbose=0)


@pytest.fixture
def folder(fitted: Fitted, tmp_path: Path) -> Path:
    fitted.save(tmp_path / "net")
    return tmp_path / "net"


def test_what_is_loaded_is_what_was_saved(fitted: Fitted, folder: Path) -> None:
    again = load(folder)
    assert again.network == fitted.network
    assert (again.loss, again.history, again.engine) == (fitted.loss, fitted.history, fitted.engine)
    assert (again.predict(X) == fitted.predict(X)).all()
    assert again.evaluate(X, Y) == fitted.evaluate(X, Y)
    assert sorted(path.name for path in folder.iterdir()) == [storage.DESCRIPTION, storage.WEIGHTS]


def test_saving_again_replaces(fitted: Fitted, folder: Path) -> None:
    load(folder).save(folder)
    assert (load(folder).predict(X) == fitted.predict(X)).all()


def _edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        file = folder / storage.DESCRIPTION
        description = json.loads(file.read_text())
        change(description)
        file.write_text(json.dumps(description))

    return spoil


def _cut(folder: Path) -> None:
    file = folder / storage.WEIGHTS
    file.write_bytes(file.read_bytes()[:-5])


def _flip(folder: Path) -> None:
    file = folder / storage.WEIGHTS
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (shutil.rmtree, "there is no saved network: .*network.json is missing"),
        (lambda f: (f / storage.WEIGHTS).unlink(), "weights.safetensors is missing"),
        (_cut, "damaged, or of another network"),
        (_flip, "damaged, or of another network"),
        (lambda f: (f / storage.DESCRIPTION).write_text("{"), "network.json cannot be read"),
        (lambda f: (f / storage.DESCRIPTION).write_bytes(b"\xff\xfe\x00"), "cannot be read"),
        (lambda f: (f / storage.DESCRIPTION).write_text("[1]"), "does not describe a network"),
        (lambda f: (f / storage.DESCRIPTION).write_text("{}"), "does not describe a network"),
        (_edit(lambda d: d.update(version=2)), "of version 2; this calloff reads version 1"),
        (_edit(lambda d: d.pop("network")), "KeyError"),
        (_edit(lambda d: d.update(network=[])), "a config must be a dict"),
        (_edit(lambda d: d.update(features="two")), "features must be a positive integer"),
        (_edit(lambda d: d.update(static="six")), "static must be below the features, not 'six'"),
        (_edit(lambda d: d.update(static=-1)), "static must be below the features, not -1"),
        (_edit(lambda d: d.update(static=None)), "static must be below the features, not None"),
        (_edit(lambda d: d.update(static=d["features"])), "static must be below the features"),
        (_edit(lambda d: d.update(features=7)), r"layer 0 kernel .* must have shape \(7, 12\)"),
        (_edit(lambda d: d["network"]["layers"].pop(0)), "must hold"),
        (_edit(lambda d: d["network"]["layers"][0].update(class_name="GRU")), "not 'GRU'"),
        (_edit(lambda d: d["network"]["layers"][0]["config"].update(units=0)), "not 0"),
    ],
)
def test_a_damaged_or_foreign_folder_is_a_clear_error(
    folder: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(folder)
    with pytest.raises(StorageError, match=told):
        load(folder)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="there is no saved network"):
        load(tmp_path / "file")


def test_a_function_of_ones_own_cannot_be_saved(tmp_path: Path) -> None:
    fitted = Network([LSTM(3, activation=(np.sin, np.cos)), Dense(2)]).fit(X, Y, engine="numpy")
    with pytest.raises(ValueError, match="function of your own"):
        fitted.save(tmp_path / "net")
    assert not (tmp_path / "net").exists()
