"""A network with the weights it has learnt: it predicts, is scored, and is saved.

Dimensions: N samples, T steps, F features of a step, D static ones, O outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from calloff.lstm import engines, stack, storage
from calloff.lstm import train as readable
from calloff.lstm.contract import Job, Loss, Training
from calloff.lstm.data import Dataset, as_inputs, as_static
from calloff.lstm.engines import Choice
from calloff.lstm.options import positive_integer
from calloff.lstm.sequences import count_static, with_static

if TYPE_CHECKING:
    from calloff.lstm.network import Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network with the weights it has learnt, how it learnt them, and which engine did it.

    Attributes:
        network: the network.
        features: inputs, F + D.
        weights: the weights, in the order of ``Network.build``.
        loss: the loss that was minimised.
        history: figures of each epoch: "loss", "learning_rate", and "val_loss" if validated.
        best_epoch: the epoch with the least monitored loss, from 0; -1 if none was finite.
        stopped_epoch: the epoch after which early stopping ended the run, from 0; None: it did not.
        failed_epoch: the epoch whose loss was not finite, from 0; None: none.
        engine: which engine, and why.
        name: what messages call it.
        static: how many of the features were given as static ones, D.
    """

    network: Network
    features: int
    weights: tuple[Array, ...]
    loss: Loss
    history: dict[str, list[float]]
    best_epoch: int
    stopped_epoch: int | None
    failed_epoch: int | None
    engine: Choice
    name: str = ""
    static: int = 0

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

    def prediction_engine(self, engine: str = "auto") -> Choice:
        """Tell which engine ``predict`` runs, and why: the C++ one wherever it can.

        Args:
            engine: "auto", "cpp" or "numpy".

        Returns:
            The engine, the reason, and the instruction set that runs.

        Raises:
            EngineCannot: the engine asked for cannot predict this.
            EngineMissing: it is not in this installation.
            ValueError: there is no such engine.
        """
        return engines.choose_for_prediction(
            engine,
            self.network.plan(self.features),
            weights=self.weights,
            extras=self.network.extras(),
        )

    def predict(
        self,
        x: Any,
        *,
        mask: Any = None,
        static: Any = None,
        batch_size: int | None = None,
        engine: str = "auto",
        threads: int | None = None,
    ) -> Array:
        """Predict, by the engine that ``prediction_engine`` names.

        Args:
            x: inputs (N, T, F), or a list or ragged tensor of sequences (T_n, F) of unequal length.
            mask: False where a step is passed over, (N, T) or (N, T, 1).
            static: features that are the same at all steps of a sample (N, D), as in ``fit``.
            batch_size: samples at a time; matters only to stateful layers, which carry on from
                batch to batch.
            engine: "auto", "cpp" or "numpy".
            threads: of engine "cpp"; None: one for each core.

        Returns:
            The predictions (N, O).

        Raises:
            ValueError: the inputs cannot be used, or there is no such engine.
            EngineCannot: the engine asked for cannot predict this.
            EngineMissing: it is not in this installation.
        """
        x, mask = as_inputs(x, mask)
        static = as_static(static, len(x))
        self._check_features(x, static)
        size = positive_integer("batch_size", batch_size or readable.PASS_SIZE)
        if threads is not None:
            positive_integer("threads", threads)
        plan = self.network.plan(self.features)
        if self.prediction_engine(engine).name == "cpp":
            fast = engines.fast_engine()
            found: Array = fast.predict(plan, self.weights, x, mask, static=static, threads=threads)
            return found
        passes = stack.passes(
            plan,
            self.weights,
            x=with_static(x, static).astype(self.weights[0].dtype),
            mask=mask,
            size=size,
            extras=self.network.extras(),
        )
        return np.concatenate([forward_pass.p for _, forward_pass in passes])

    def evaluate(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        mask: Any = None,
        static: Any = None,
        batch_size: int = 32,
    ) -> float:
        """Give the loss on other samples, penalties included, as ``val_loss`` in the history.
        Always by NumPy.

        Args:
            x: inputs (N, T, F), or a list of sequences (T_n, F) of unequal length.
            y: targets (N,) or (N, O).
            sample_weight: weight of each sample (N,).
            mask: False where a step is passed over (N, T).
            static: features that are the same at all steps of a sample (N, D), as in ``fit``.
            batch_size: samples at a time; matters only to stateful layers.

        Returns:
            The loss.

        Raises:
            ValueError: the samples cannot be used.
        """
        data = Dataset(x, y, sample_weight, mask, static=static).checked()
        self._check_features(data.x, data.static)
        plan, training = (
            self.network.plan(self.features),
            Training(self.loss, batch_size=batch_size),
        )
        job = Job(
            plan=plan,
            training=training,
            weights=self.weights,
            x=data.x,
            y=data.y,
            sample_weight=data.sample_weight,
            mask=data.mask,
            static=data.static,
        )
        arrays = readable.training_data(job, self.weights[0].dtype)
        found = readable.evaluate(job, self.weights, data=arrays, extras=self.network.extras())
        assert found is not None
        return found

    def _check_features(self, x: Array, static: Array | None) -> None:
        """Static features may also be given with each step; and where none were fitted as such,
        the last of each step as static ones."""
        given = count_static(static)
        alike = not given or not self.static or given == self.static
        if alike and x.shape[2] + given == self.features:
            return
        own = f", {self.static} of them static" if self.static else ""
        more = f" and static {given}" if given else ""
        raise ValueError(
            f"this network was fitted to {self.features} features{own}; x has {x.shape[2]}{more}"
        )

    def summary(self) -> str:
        """A table of the layers, their outputs and their weights."""
        return self.network.summary(self.features)

    def save(self, path: str | Path) -> None:
        """Save the network to a folder, as ``weights.safetensors`` and ``network.json``.

        Args:
            path: the folder, which is made where it is not there.

        Raises:
            StorageError: ``path`` names no folder.
            OSError: it cannot be written to.
        """
        plain = {name: vars(self)[name] for name in (*_PLAIN, "static")}
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
        """Read a network from the folder that ``save`` wrote.

        Args:
            path: the folder.

        Returns:
            The network.

        Raises:
            StorageError: the folder does not hold a network of ours, or not a whole one.
        """
        from calloff.lstm.network import Network  # which makes values of this class

        found = storage.read(path)
        with storage.explained(path):
            network = Network.from_config(found["network"])
            plain = {name: found[name] for name in _PLAIN} | {"static": found.get("static", 0)}
            loss = Loss(**{**found["loss"], "quantiles": tuple(found["loss"]["quantiles"])})
            engine = Choice(**found["engine"])
            weights = storage.read_weights(
                path, plan=network.plan(found["features"]), description=found
            )
            if plain["static"] not in range(found["features"]):
                raise storage.StorageError(
                    f"{path}: static must be below the features, not {plain['static']!r}"
                )
            return cls(network=network, loss=loss, engine=engine, weights=weights, **plain)


_PLAIN = ("features", "history", "best_epoch", "stopped_epoch", "failed_epoch", "name")
