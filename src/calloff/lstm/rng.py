"""Random numbers that need no memory: Philox4x32-10, a counter-based generator.

A word is a pure function of (seed, stream, a, b, position). So every engine draws the same numbers,
in any order, on any number of threads, and nothing has to be carried along.

Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Words = NDArray[np.uint32]

SHUFFLE, INPUT_DROPOUT, RECURRENT_DROPOUT = 1, 2, 3  # the streams

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = 0x9E3779B9, 0xBB67AE85  # key increments: golden ratio and sqrt(3) - 1, 32 bits of each
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def philox(*, counter: NDArray[Any], key: tuple[int, int]) -> Words:
    """Apply ten rounds of Philox4x32.

    Args:
        counter: counters (n, 4) of 32-bit words.
        key: two words of 32 bits.

    Returns:
        As many random words (n, 4).

    Source:
        Salmon, Moraes, Dror & Shaw (2011), section 3.3.
    """
    w0, w1, w2, w3 = np.asarray(counter, dtype=np.uint64).T
    k0, k1 = key
    for _ in range(10):
        p0 = _MULTIPLIERS[0] * w0
        p1 = _MULTIPLIERS[1] * w2
        w0, w1, w2, w3 = (
            (p1 >> _32) ^ w1 ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> _32) ^ w3 ^ np.uint64(k1),
            p0 & _LOW,
        )
        k0 = (k0 + _WEYL[0]) & 0xFFFFFFFF
        k1 = (k1 + _WEYL[1]) & 0xFFFFFFFF
    return np.stack([w0, w1, w2, w3], axis=1).astype(np.uint32)  # (n, 4)


def words(seed: int, *, stream: int, a: int, b: int, count: int) -> Words:
    """Draw random words of 32 bits.

    Args:
        seed: the seed, below 2^64.
        stream: which of the streams SHUFFLE, INPUT_DROPOUT, RECURRENT_DROPOUT.
        a: first number that tells draws of a stream apart.
        b: second such number.
        count: how many words.

    Returns:
        The words (count,), of which element e is word e % 4 of the counter e // 4.
    """
    blocks = -(-count // 4)
    counter = np.empty((blocks, 4), dtype=np.uint64)
    counter[:, 0] = np.arange(blocks)
    counter[:, 1:] = a, b, stream
    key = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    return philox(counter=counter, key=key).reshape(-1)[:count]  # (count,)


def shuffle(seed: int, *, epoch: int, count: int) -> NDArray[np.intp]:
    """Draw the order of the samples in one epoch, by Fisher and Yates from the back.

    j = floor(word * (i + 1) / 2^32): its bias is below count / 2^32.

    Args:
        seed: the seed.
        epoch: the epoch, from 0.
        count: how many samples.

    Returns:
        Their order (count,).
    """
    draws = words(seed, stream=SHUFFLE, a=epoch, b=0, count=count).astype(np.uint64)
    targets = (draws * np.arange(1, count + 1).astype(np.uint64)) >> _32
    order = list(range(count))
    for i, j in zip(range(count - 1, 0, -1), targets[:0:-1].tolist(), strict=True):
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.intp)


def dropout_mask(
    seed: int,
    *,
    stream: int,
    batch: int,
    layer: int,
    shape: tuple[int, ...],
    rate: float,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Draw a dropout mask.

    A uniform number has 24 bits, which float32 holds exactly; it is compared with the rate in
    float64, whatever the dtype.

    Args:
        seed: the seed.
        stream: INPUT_DROPOUT or RECURRENT_DROPOUT.
        batch: the batch, from 0, counted from the start of training.
        layer: the layer, from 0.
        shape: shape of the mask.
        rate: probability of 0.
        dtype: of the mask.

    Returns:
        The mask, 0 with that probability, else 1 / (1 - rate), so that the mean stays 1.
    """
    draws = words(seed, stream=stream, a=batch, b=layer, count=math.prod(shape))
    uniform = (draws >> np.uint32(8)) * 2.0**-24
    scale = 1.0 / (1.0 - rate) if rate < 1.0 else 0.0
    return np.where(uniform >= rate, scale, 0.0).astype(dtype).reshape(shape)
