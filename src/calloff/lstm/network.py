"""Networks as a Keras user writes them: ``Network([LSTM(8, return_sequences=True), LSTM(8),
Dense(1)]).fit(x, y, epochs=100)``.

A network is a frozen value. ``fit`` returns another one, ``Fitted``, and changes nothing.

Dimensions: N samples, T steps, F features, O outputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import describe, engines, regularizers, stack, storage
from calloff.lstm import train as readable
from calloff.lstm.contract import Job, Loss, NetworkPlan, Outcome, Training
from calloff.lstm.data import Dataset, as_inputs, as_validation
from calloff.lstm.dense import Dense
from calloff.lstm.engines import Choice
from calloff.lstm.fitting import FitOptions
from calloff.lstm.layer import LSTM
from calloff.lstm.options import positive_integer
from calloff.lstm.stack import NO_EXTRAS, Extras

Array = NDArray[Any]


@dataclass(frozen=True, init=False)
class Network:
    """LSTM layers and a dense head. Immutable: it holds no weights."""

    layers: tuple[LSTM, ...]
    head: Dense

    def __init__(self, layers: Sequence[LSTM | Dense]) -> None:
        _check_layers(layers)
        object.__setattr__(self, "layers", tuple(layers[:-1]))
        object.__setattr__(self, "head", layers[-1])

    def plan(self, features: int) -> NetworkPlan:
        """What an engine needs to know, for inputs of so many features."""
        positive_integer("features", features)
        return NetworkPlan(features, tuple(layer.plan() for layer in self.layers), self.head.plan())

    def build(
        self, features: int, *, seed: int = 0, dtype: DTypeLike = np.float32
    ) -> tuple[Array, ...]:
        """First weights: layer by layer, and the head's. The same always for the same seed."""
        positive_integer("features", features)
        rng = np.random.default_rng(_seed(seed))
        arrays: list[Array | None] = []
        for layer in self.layers:
            arrays.extend(layer.build(features, rng, dtype))
            features = layer.units
        arrays.extend(self.head.build(features, rng, dtype))
        return tuple(array for array in arrays if array is not None)

    def extras(self) -> Extras:
        """What a plan cannot say."""
        parts = self._parts()
        extras = Extras(
            tuple(r for part in parts for r in part.weight_regularizers()),
            tuple(c for part in parts for c in part.weight_constraints()),
            tuple(regularizers.get(layer.activity_regularizer) for layer in self.layers),
            tuple(layer.zero_output_for_mask for layer in self.layers),
            tuple(layer.stateful for layer in self.layers),
        )
        used = extras.used()
        return Extras(**{name: vars(extras)[name] for name in used}) if used else NO_EXTRAS

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        mask: Any = None,
        validation_data: Any = None,
        initial_weights: Sequence[Array] | None = None,
        **options: Any,
    ) -> Fitted:
        """Train on samples x (N, T, F) with targets y (N, O); ``options`` are those of FitOptions:
        optimizer, loss, epochs, batch_size, shuffle, callbacks, validation_split, seed, verbose,
        engine, threads, instruction_set."""
        dataset = Dataset(x, y, sample_weight, mask, as_validation(validation_data))
        (fitted,) = self.fit_many([dataset], initial_weights=initial_weights, **options)
        if fitted.problem is not None:
            warnings.warn(fitted.problem, RuntimeWarning, stacklevel=2)
        return fitted

    def fit_many(
        self,
        datasets: Iterable[Dataset],
        *,
        initial_weights: Sequence[Array] | None = None,
        **options: Any,
    ) -> list[Fitted]:
        """One network for each data set, all at once, over all cores. One whose loss is not finite
        stops alone: look at its ``problem``. ``options`` as in ``fit``."""
        chosen = FitOptions.of(options)
        if not isinstance(datasets, Iterable):
            raise ValueError(f"datasets must be a list of Dataset, not {datasets!r}")
        if not isinstance(initial_weights, Sequence | None):
            raise ValueError(f"initial_weights must be a list of arrays, not {initial_weights!r}")
        extras = self.extras()
        jobs = [
            self._job(dataset, number, chosen, initial_weights)
            for number, dataset in enumerate(datasets)
        ]
        checkpoint = chosen.checkpoint()
        path = None if checkpoint is None else checkpoint.filepath
        if path is not None and len(jobs) != 1:
            raise ValueError(
                "a checkpoint's filepath is for one network: save each that comes back"
            )
        done = engines.train(
            jobs,
            engine=chosen.engine,
            threads=chosen.threads,
            progress=describe.progress(chosen.verbose),
            extras=[extras] * len(jobs),
            instruction_set=chosen.instruction_set,
        )
        fitted = [self._fitted(job, *found) for job, found in zip(jobs, done, strict=True)]
        describe.epochs(chosen.verbose, [one.history for one in fitted])
        if path is not None:
            fitted[0].save(path)
        return fitted

    def _job(
        self,
        dataset: Dataset,
        number: int,
        options: FitOptions,
        initial_weights: Sequence[Array] | None,
    ) -> Job:
        if not isinstance(dataset, Dataset):
            raise ValueError(f"data set {number} must be a Dataset, not {type(dataset).__name__}")
        try:
            data = dataset.checked().split(options.validation_split).of_one_length()
            _check_stateful(self, data, options)
        except ValueError as error:
            name = f"data set {dataset.name or number}: " if dataset.name or number else ""
            raise ValueError(f"{name}{error}") from None
        seed = _seed(options.seed if data.seed is None else data.seed)
        validation = data.validation or Dataset(None, None)
        features = data.x.shape[2]
        return Job(
            plan=self.plan(features),
            training=options.training(),
            weights=tuple(initial_weights or self.build(features, seed=seed)),
            x=data.x,
            y=data.y,
            seed=seed,
            sample_weight=data.sample_weight,
            mask=data.mask,
            val_x=validation.x,
            val_y=validation.y,
            val_sample_weight=validation.sample_weight,
            val_mask=validation.mask,
            name=data.name,
        )

    def _fitted(self, job: Job, outcome: Outcome, choice: Choice) -> Fitted:
        history = {"loss": outcome.loss.tolist(), "learning_rate": outcome.learning_rate.tolist()}
        if job.val_x is not None:
            history["val_loss"] = outcome.val_loss.tolist()
        return Fitted(
            network=self,
            features=job.plan.features,
            weights=tuple(outcome.weights),
            loss=job.training.loss,
            history=history,
            best_epoch=outcome.best_epoch,
            stopped_epoch=outcome.stopped_epoch,
            failed_epoch=outcome.failed_epoch,
            engine=choice,
            name=job.name,
        )

    def _parts(self) -> list[LSTM | Dense]:
        return [*self.layers, self.head]

    def summary(self, features: int) -> str:
        """The layers, what they give, and how many weights they have for so many features."""
        return describe.summary(self.plan(features))

    def get_config(self) -> dict[str, Any]:
        """As Keras writes a Sequential model, so far as it concerns us."""
        return {
            "layers": [
                {"class_name": type(part).__name__, "config": part.get_config()}
                for part in self._parts()
            ]
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        kinds: dict[str, type[LSTM | Dense]] = {"LSTM": LSTM, "Dense": Dense}
        if not isinstance(config, dict) or not isinstance(config.get("layers"), list | tuple):
            raise ValueError(f'a config must be a dict with a list of "layers", not {config!r}')
        layers = []
        for part in config["layers"]:
            kind = part.get("class_name") if isinstance(part, dict) else part
            if kind not in tuple(kinds):
                raise ValueError(f"a layer must be LSTM or Dense, not {kind!r}")
            layers.append(kinds[kind].from_config(part["config"]))
        return cls(layers)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network with the weights it has learnt, how it learnt them, and which engine did it."""

    network: Network
    features: int
    weights: tuple[Array, ...]
    loss: Loss
    history: dict[str, list[float]]  # "loss", "learning_rate", and "val_loss" if validated
    best_epoch: int  # counted from 0, as those below; -1: none was finite
    stopped_epoch: int | None  # early stopping ended the run after it
    failed_epoch: int | None  # its loss was not finite
    engine: Choice
    name: str = ""

    @property
    def problem(self) -> str | None:
        """What went wrong, for a person to read; None if nothing did."""
        if self.failed_epoch is None:
            return None
        who = f"{self.name}: " if self.name else ""
        return (
            f"{who}the loss was not finite in epoch {self.failed_epoch + 1}; the weights are those"
            " before it. Try a lower learning rate, clipnorm=1.0, or activation tanh"
        )

    def predict(self, x: Any, *, mask: Any = None, batch_size: int | None = None) -> Array:
        """Predictions (N, O) for x (N, T, F) or a list of sequences of unequal length.

        ``batch_size`` matters only to stateful layers, whose states pass from batch to batch.
        """
        x, mask = as_inputs(x, mask)
        self._check_features(x)
        passes = stack.passes(
            self.network.plan(self.features),
            self.weights,
            x=x.astype(self.weights[0].dtype),
            mask=mask,
            size=positive_integer("batch_size", batch_size or readable.PASS_SIZE),
            extras=self.network.extras(),
        )
        return np.concatenate([forward_pass.p for _, forward_pass in passes])

    def evaluate(
        self, x: Any, y: Any, *, sample_weight: Any = None, mask: Any = None, batch_size: int = 32
    ) -> float:
        """The loss on other samples, penalties included, as ``val_loss`` in the history."""
        data = Dataset(x, y, sample_weight, mask).checked()
        self._check_features(data.x)
        plan, training = (
            self.network.plan(self.features),
            Training(self.loss, batch_size=batch_size),
        )
        job = Job(plan, training, self.weights, data.x, data.y, 0, data.sample_weight, data.mask)
        arrays = readable.training_data(job, self.weights[0].dtype)
        found = readable.evaluate(job, self.weights, data=arrays, extras=self.network.extras())
        assert found is not None
        return found

    def _check_features(self, x: Array) -> None:
        if x.shape[2] != self.features:
            raise ValueError(
                f"this network was fitted to {self.features} features; x has {x.shape[2]}"
            )

    def summary(self) -> str:
        return self.network.summary(self.features)

    def save(self, path: str | Path) -> None:
        """Into a folder: ``weights.safetensors`` and ``network.json``."""
        plain = {name: vars(self)[name] for name in _PLAIN}
        description = {
            "network": self.network.get_config(),
            "loss": vars(self.loss),
            "engine": self.engine._asdict(),
            **plain,
        }
        storage.write(
            path,
            plan=self.network.plan(self.features),
            weights=self.weights,
            description=description,
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """From such a folder; StorageError says what is wrong with it."""
        found = storage.read(path)
        with storage.explained(path):
            network = Network.from_config(found["network"])
            plain = {name: found[name] for name in _PLAIN}
            loss = Loss(**{**found["loss"], "quantiles": tuple(found["loss"]["quantiles"])})
            engine = Choice(**found["engine"])
            weights = storage.read_weights(
                path, plan=network.plan(found["features"]), description=found
            )
            return cls(network=network, loss=loss, engine=engine, weights=weights, **plain)


_PLAIN = ("features", "history", "best_epoch", "stopped_epoch", "failed_epoch", "name")


def _check_layers(layers: Sequence[LSTM | Dense]) -> None:
    if not isinstance(layers, Sequence) or len(layers) < 2 or not isinstance(layers[-1], Dense):
        raise ValueError("a network must be one or more LSTM layers and a Dense one at the end")
    for k, layer in enumerate(layers[:-1]):
        last = k == len(layers) - 2
        if not isinstance(layer, LSTM):
            raise ValueError(f"layer {k} must be an LSTM, not {type(layer).__name__}")
        if layer.return_sequences == last:
            raise ValueError(
                f"layer {k} must have return_sequences={not last}: every LSTM layer but the last"
                " outputs its whole sequence"
            )
        for option in ("return_state", "time_major"):
            if getattr(layer, option):
                raise ValueError(f"layer {k} has {option}=True, which is for a layer by itself")


def _seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**64:
        raise ValueError(f"seed must be an integer from 0 up, below 2^64, not {seed!r}")
    return int(seed)


def _check_stateful(network: Network, data: Dataset, options: FitOptions) -> None:
    """State goes from a sample to the one at the same place in the next batch."""
    if not any(layer.stateful for layer in network.layers):
        return
    if options.shuffle:
        raise ValueError(
            "stateful layers need shuffle=False: their states pass from batch to batch"
        )
    for part in (data, data.validation):
        if part is not None and len(part.x) % options.batch_size:
            raise ValueError(
                f"stateful layers need full batches: batch_size {options.batch_size} does not"
                f" divide {len(part.x)} samples"
            )
