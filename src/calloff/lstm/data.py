"""The samples that a network is fitted to, as they come from outside, checked once.

Dimensions: N samples, T steps, F features of a step, D static ones, O outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm import sequences
from calloff.lstm.options import is_number

Array = NDArray[Any]


@dataclass(frozen=True)
class Dataset:
    """Samples for one network.

    Attributes:
        x: inputs (N, T, F), or a list of sequences (T_n, F) of unequal length.
        y: targets (N,) or (N, O).
        sample_weight: weight of each sample in the loss (N,); None: all weigh the same.
        mask: False where a step is to be passed over (N, T); None: nowhere.
        validation: samples for validation.
        seed: seed of first weights, shuffling and dropout; None: that of the fit.
        name: what messages call it.
        static: features that are the same at all steps of a sample (N, D), read behind those of x
            at each; None: there are none.
    """

    x: Any
    y: Any
    sample_weight: Any = None
    mask: Any = None
    validation: Dataset | None = None
    seed: int | None = None
    name: str = ""
    static: Any = None

    def checked(self) -> Dataset:
        """Check the samples.

        Returns:
            The same as arrays of one kind.

        Raises:
            ValueError: shapes or numbers do not fit, with what is wrong and where.
        """
        x, mask = as_inputs(self.x, self.mask)
        y = _as_numbers("y", self.y)
        y = y[:, None] if y.ndim == 1 else y  # (N, O)
        if y.ndim != 2 or len(y) != len(x):
            raise ValueError(
                f"y must have one row for each of the {len(x)} samples of x, so shape ({len(x)},)"
                f" or ({len(x)}, outputs), not {y.shape}"
            )
        require_finite("y", y)
        weight = None if self.sample_weight is None else _as_weights(self.sample_weight, len(x))
        static = as_static(self.static, len(x))
        validation = None if self.validation is None else self.validation.checked()
        _require_alike(static, validation)
        return replace(
            self, x=x, y=y, sample_weight=weight, mask=mask, static=static, validation=validation
        )

    def split(self, fraction: float) -> Dataset:
        """Set samples aside for validation, as Keras does.

        Args:
            fraction: share of the samples, the last ones, from 0, below 1.

        Returns:
            The others, with these as ``validation``; the same samples for 0 or where there are
            some.

        Raises:
            ValueError: the fraction is none, or leaves no samples on one side.
        """
        if not (is_number(fraction) and 0 <= fraction < 1):
            raise ValueError(f"validation_split must lie in 0..1, below 1, not {fraction!r}")
        if fraction == 0 or self.validation is not None:
            return self
        kept = int(len(self.x) * (1 - fraction))
        if not 0 < kept < len(self.x):
            raise ValueError(
                f"validation_split {fraction!r} of {len(self.x)} samples leaves none for"
                f" {'training' if kept == 0 else 'validation'}"
            )
        return replace(self.rows(slice(0, kept)), validation=self.rows(slice(kept, None)))

    def of_one_length(self) -> Dataset:
        """The same, its training and validation sequences made as long as the longer of the two."""
        if self.validation is None:
            return self
        steps = max(self.x.shape[1], self.validation.x.shape[1])
        x, mask = sequences.lengthen(self.x, self.mask, steps=steps)
        val_x, val_mask = sequences.lengthen(self.validation.x, self.validation.mask, steps=steps)
        validation = replace(self.validation, x=val_x, mask=val_mask)
        return replace(self, x=x, mask=mask, validation=validation)

    def rows(self, rows: slice) -> Dataset:
        """The samples that ``rows`` selects, without validation data."""
        weight, mask, static = self.sample_weight, self.mask, self.static
        return replace(
            self,
            x=self.x[rows],
            y=self.y[rows],
            sample_weight=None if weight is None else weight[rows],
            mask=None if mask is None else mask[rows],
            static=None if static is None else static[rows],
        )


def as_validation(given: Any) -> Dataset | None:
    """Make a data set of Keras's form of validation data.

    Args:
        given: (x, y), (x, y, sample_weight), a Dataset, or None.

    Returns:
        The data set; None for None.

    Raises:
        ValueError: it is none of these.
    """
    if given is None or isinstance(given, Dataset):
        return given
    if isinstance(given, Sequence) and len(given) in (2, 3):
        return Dataset(*given)
    raise ValueError(
        "validation_data must be (x, y), (x, y, sample_weight) or a Dataset,"
        f" not {type(given).__name__}"
    )


def as_inputs(x: Any, mask: Any = None) -> tuple[Array, Array | None]:
    """Make one array of inputs.

    Args:
        x: inputs (N, T, F), or a list or ragged tensor of sequences (T_n, F), which are padded.
        mask: False where a step is to be passed over, (N, T) or (N, T, 1); lists will do.

    Returns:
        The inputs (N, T, F), zero where masked, and the mask (N, T) or None.

    Raises:
        ValueError: shapes do not fit, or numbers are not finite.
    """
    parts = sequences.parts(x)
    if parts is not None and (mask is None or len({np.shape(part) for part in parts}) > 1):
        if mask is not None:
            raise ValueError("sequences of unequal length have their own mask: give none")
        x, padding = sequences.pad(parts)
        mask = None if padding.all() else padding
    x = _as_numbers("x", x)
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(
            f"x must have shape (samples, steps, features), none of them 0, not {x.shape}"
        )
    if mask is not None:
        mask = sequences.as_mask(mask, shape=(x.shape[0], x.shape[1]))
        x = np.where(mask[:, :, None], x, x.dtype.type(0))  # masked steps may hold anything
    require_finite("x", x)
    return x, mask


def as_static(static: Any, samples: int) -> Array | None:
    """Make an array of static features.

    Args:
        static: features that are the same at all steps (N, D); None: there are none.
        samples: how many there are, N.

    Returns:
        The features (N, D), or None.

    Raises:
        ValueError: the shape does not fit, or numbers are not finite.
    """
    if static is None:
        return None
    features = _as_numbers("static", static)
    if features.ndim != 2 or len(features) != samples or not features.shape[1]:
        raise ValueError(
            f"static must have one row of features for each of the {samples} samples of x, so"
            f" shape ({samples}, features), not {features.shape}"
        )
    require_finite("static", features, column="feature")
    return features


def _require_alike(static: Array | None, validation: Dataset | None) -> None:
    """Samples for validation must have as many static features."""
    if validation is None:
        return
    here, there = sequences.count_static(static), sequences.count_static(validation.static)
    if here != there:
        raise ValueError(
            f"samples for validation must have {here} static features, as those for training, not"
            f" {there}: give them as Dataset(x, y, static=...)"
        )


def _as_numbers(name: str, given: Any) -> Array:
    """Real numbers: float32 and float64 as they are, the rest as float64."""
    array = sequences.as_numbers(name, given)
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must be an array of real numbers, not of complex ones")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _as_weights(sample_weight: Any, samples: int) -> Array:
    weight = _as_numbers("sample_weight", sample_weight)
    if weight.shape != (samples,):
        raise ValueError(
            f"sample_weight must have shape ({samples},), one for each sample, not {weight.shape}"
        )
    require_finite("sample_weight", weight)
    if (weight < 0).any():
        place = int(np.argmax(weight < 0))
        raise ValueError(
            f"sample_weight must not be negative, as it is at sample {place}: {weight[place]}"
        )
    return weight


_AXES = ("sample", "step", "feature")


def require_finite(name: str, array: Array, *, column: str = "output") -> None:
    """Refuse NaN and infinity; the message counts them and names the place of the first.

    Args:
        name: what the message calls the array.
        array: the array (N, T, F), (N, D) or (N, O).
        column: what the message calls one of a table.

    Raises:
        ValueError: there are some.
    """
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    first = np.unravel_index(int(np.argmax(bad)), array.shape)
    axes = _AXES if array.ndim == 3 else ("sample", column)
    masking = ", mask the step, or" if array.ndim == 3 else " or"
    where = ", ".join(f"{axis} {int(k)}" for axis, k in zip(axes, first, strict=False))
    raise ValueError(
        f"{name} must hold finite numbers only, but {int(bad.sum())} of {array.size} are not;"
        f" the first is {array[first]} at {where}. Fill it{masking} leave the sample out"
    )
