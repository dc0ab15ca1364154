"""Networks as a Keras user writes them: ``Network([LSTM(8, return_sequences=True), LSTM(8),
Dense(1)]).fit(x, y, epochs=100)``.

A network is a frozen value. ``fit`` returns another one, ``Fitted``, and changes nothing.

Dimensions: N samples, T steps, F features of a step, D static ones, O outputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import describe, engines, regularizers
from calloff.lstm.contract import Job, NetworkPlan, Outcome
from calloff.lstm.data import Dataset, as_validation
from calloff.lstm.dense import Dense
from calloff.lstm.engines import Choice
from calloff.lstm.fitted import Fitted as Fitted
from calloff.lstm.fitting import FitOptions
from calloff.lstm.layer import LSTM
from calloff.lstm.options import positive_integer
from calloff.lstm.sequences import count_static
from calloff.lstm.stack import NO_EXTRAS, Extras

Array = NDArray[Any]


@dataclass(frozen=True, init=False)
class Network:
    """LSTM layers and a dense head. Immutable: it holds no weights.

    Attributes:
        layers: the LSTM layers; all but the last have return_sequences.
        head: the dense layer.

    Args:
        layers: LSTM layers, and a Dense one at the end.

    Raises:
        ValueError: the layers are no such list.
    """

    layers: tuple[LSTM, ...]
    head: Dense

    def __init__(self, layers: Sequence[LSTM | Dense]) -> None:
        _check_layers(layers)
        object.__setattr__(self, "layers", tuple(layers[:-1]))
        object.__setattr__(self, "head", layers[-1])

    def plan(self, features: int) -> NetworkPlan:
        """What an engine needs to know of the network, for inputs of so many ``features``."""
        positive_integer("features", features)
        return NetworkPlan(features, tuple(layer.plan() for layer in self.layers), self.head.plan())

    def build(
        self, features: int, *, seed: int = 0, dtype: DTypeLike = np.float32
    ) -> tuple[Array, ...]:
        """Make first weights; always the same for the same seed.

        Args:
            features: inputs of a step with the static ones, F + D.
            seed: the seed.
            dtype: of the weights.

        Returns:
            The weights, layer by layer, and those of the head.

        Raises:
            ValueError: ``features`` or ``seed`` is none.
        """
        positive_integer("features", features)
        rng = np.random.default_rng(_seed(seed))
        arrays: list[Array | None] = []
        for layer in self.layers:
            arrays.extend(layer.build(features, rng, dtype))
            features = layer.units
        arrays.extend(self.head.build(features, rng, dtype))
        return tuple(array for array in arrays if array is not None)

    def extras(self) -> Extras:
        """Options that a plan cannot express."""
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
        static: Any = None,
        validation_data: Any = None,
        initial_weights: Sequence[Array] | None = None,
        **options: Any,
    ) -> Fitted:
        """Train the network.

        Args:
            x: inputs (N, T, F), or a list of sequences (T_n, F) of unequal length.
            y: targets (N,) or (N, O).
            sample_weight: weight of each sample in the loss (N,).
            mask: False where a step is passed over (N, T).
            static: features that are the same at all steps of a sample (N, D), read behind those of
                x at each; engine "cpp" multiplies them once. The network has F + D features.
            validation_data: (x, y), (x, y, sample_weight) or a Dataset; one where there are static
                features.
            initial_weights: first weights, in the order of ``build``; by default, drawn by the
                seed.
            options: those of FitOptions: optimizer, loss, epochs, batch_size, shuffle, callbacks,
                validation_split, seed, verbose, engine, threads, instruction_set.

        Returns:
            The network with the weights it has learnt. A loss that is not finite is warned of.

        Raises:
            ValueError: data or options cannot be used.
            TypeError: there is no such option.
        """
        dataset = Dataset(x, y, sample_weight, mask, as_validation(validation_data), static=static)
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
        """Train one network for each data set, all at once, over all cores.

        Args:
            datasets: the data sets.
            initial_weights: first weights of all; by default, drawn by the seed of each.
            options: as in ``fit``.

        Returns:
            The fitted networks. One whose loss is not finite stops alone, and has a ``problem``.

        Raises:
            ValueError: data or options cannot be used.
            TypeError: there is no such option.
        """
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
        features = data.x.shape[2] + count_static(data.static)
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
            static=data.static,
            val_static=validation.static,
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
            static=count_static(job.static),
        )

    def _parts(self) -> list[LSTM | Dense]:
        return [*self.layers, self.head]

    def summary(self, features: int) -> str:
        """A table of the layers, their outputs and their weights, for so many ``features``."""
        return describe.summary(self.plan(features))

    def get_config(self) -> dict[str, Any]:
        """The layers as Keras writes those of a Sequential model."""
        return {
            "layers": [
                {"class_name": type(part).__name__, "config": part.get_config()}
                for part in self._parts()
            ]
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make a network of a config.

        Args:
            config: what ``get_config`` gave.

        Returns:
            The network.

        Raises:
            ValueError: it is no such config.
        """
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
