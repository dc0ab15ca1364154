"""What the readable engine carries while it trains: samples, weights, the best epoch, figures.

Dimensions: N samples, T steps, F features, O outputs.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import DTypeLike, NDArray

from calloff.lstm import optim
from calloff.lstm.contract import Job
from calloff.lstm.stack import Extras

Array = NDArray[Any]
Arrays = tuple[Array, ...]


class Data(NamedTuple):
    """Samples of one dtype, or a batch of them.

    Attributes:
        x: inputs (N, T, F).
        y: targets (N, O).
        sample_weight: weight of each sample (N,); None: all weigh 1.
        mask: False where a step is passed over (N, T); None: nowhere.
    """

    x: Array
    y: Array
    sample_weight: Array | None = None
    mask: Array | None = None

    def take(self, rows: Array | slice) -> Data:
        """The samples that ``rows`` selects."""
        return Data(*(None if array is None else array[rows] for array in self))  # type: ignore[arg-type]

    def astype(self, dtype: DTypeLike) -> Data:
        """The same in another ``dtype``."""
        w = self.sample_weight
        return Data(
            self.x.astype(dtype),
            self.y.astype(dtype),
            None if w is None else w.astype(dtype),
            None if self.mask is None else self.mask.astype(bool),
        )


class Task(NamedTuple):
    """A job with its data in the dtype of the calculation.

    Attributes:
        job: the job.
        extras: options that are not in its plan.
        data: samples for training.
        validation: samples for validation; None: there are none.
    """

    job: Job
    extras: Extras
    data: Data
    validation: Data | None


class TrainingState(NamedTuple):
    """What every batch changes.

    Attributes:
        weights: the weights.
        adam: where the optimizer stands.
        batch: batches since the start, by which dropout masks are drawn.
    """

    weights: Arrays
    adam: optim.AdamState
    batch: int = 0


class BestEpoch(NamedTuple):
    """The best epoch so far, and how long ago it was.

    Attributes:
        weights: weights after it.
        best: its loss.
        epoch: the epoch, from 0; -1: there is none yet.
        wait: epochs since then.
    """

    weights: Arrays
    best: float = math.inf
    epoch: int = -1
    wait: int = 0

    def after(
        self, *, epoch: int, monitored: float, weights: Arrays, min_delta: float
    ) -> BestEpoch:
        """Take an epoch into account.

        Args:
            epoch: the epoch, from 0.
            monitored: its loss.
            weights: weights after it.
            min_delta: by how much it must be better than the best so far.

        Returns:
            The best epoch then.
        """
        if monitored + min_delta < self.best:
            return BestEpoch(weights, monitored, epoch, 0)
        return self._replace(wait=self.wait + 1)

    def is_over(self, patience: int | None, epoch: int) -> bool:
        """Whether early stopping with this ``patience`` ends the run after an ``epoch``, as in
        Keras."""
        waited_for = self.wait > 0 and epoch > 0
        return patience is not None and waited_for and self.wait >= patience


class RunState(NamedTuple):
    """What every epoch changes.

    Attributes:
        state: weights and optimizer.
        best_epoch: the best epoch so far.
        plateau: where a schedule "plateau" stands.
        history: loss, validation loss and learning rate of each epoch.
    """

    state: TrainingState
    best_epoch: BestEpoch
    plateau: optim.Plateau
    history: tuple[tuple[float, float, float], ...] = ()
