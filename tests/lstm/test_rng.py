from __future__ import annotations

import numpy as np
import pytest

from calloff.lstm import rng

# The three lines "philox4x32 10" of kat_vectors in the Random123 distribution: counter, key, words.
KNOWN_ANSWERS = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def _hex(line: str) -> list[int]:
    return [int(word, 16) for word in line.split()]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter: str, key: str, words: str) -> None:
    k0, k1 = _hex(key)
    actual = rng.philox(counter=np.array([_hex(counter)]), key=(k0, k1))
    assert actual.tolist() == [_hex(words)]


def test_many_counters_at_once_are_the_same_as_one_by_one() -> None:
    counters = np.array([_hex(counter) for counter, _, _ in KNOWN_ANSWERS])
    together = rng.philox(counter=counters, key=(1, 2))
    for counter, words in zip(counters, together, strict=True):
        assert rng.philox(counter=counter[None], key=(1, 2))[0].tolist() == words.tolist()


def test_words_are_laid_out_as_said() -> None:
    seed = 0x299F31D0_A4093822  # key: low word, high word
    found = rng.words(seed, stream=7, a=5, b=6, count=11)
    second_block = rng.philox(counter=np.array([[1, 5, 6, 7]]), key=(0xA4093822, 0x299F31D0))
    assert found.dtype == np.uint32
    assert found[4:8].tolist() == second_block[0].tolist()
    assert rng.words(seed, stream=7, a=5, b=6, count=9).tolist() == found[:9].tolist()
    assert rng.words(seed, stream=7, a=5, b=6, count=0).size == 0


@pytest.mark.parametrize("change", [{"stream": 2}, {"a": 1}, {"b": 1}])
def test_every_coordinate_changes_the_words(change: dict[str, int]) -> None:
    base = {"stream": 1, "a": 0, "b": 0}
    first = rng.words(3, count=64, **base)
    assert (first != rng.words(3, count=64, **(base | change))).sum() > 60
    assert (first != rng.words(4, count=64, **base)).sum() > 60


def test_shuffle_by_hand() -> None:
    """Fisher and Yates from the back, written as the definition says it."""
    words = rng.words(9, stream=rng.SHUFFLE, a=3, b=0, count=10).tolist()
    order = list(range(10))
    for i in range(9, 0, -1):
        j = (words[i] * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    assert rng.shuffle(9, epoch=3, count=10).tolist() == order


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_shuffle_is_a_permutation(count: int) -> None:
    assert sorted(rng.shuffle(0, epoch=0, count=count)) == list(range(count))


def test_shuffles_are_fair() -> None:
    """Each of the 6 orders of 3 comes about 1000 times in 6000 (standard deviation 29)."""
    orders = [tuple(rng.shuffle(seed, epoch=1, count=3).tolist()) for seed in range(6000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert max(abs(count - 1000) for count in counts) < 4 * 29


def _mask(rate: float, **more: object) -> np.ndarray:
    where = {"stream": rng.INPUT_DROPOUT, "batch": 0, "layer": 0, "shape": (4, 50, 50)}
    return rng.dropout_mask(5, rate=rate, **(where | more))  # type: ignore[arg-type]


def test_dropout_mask_keeps_the_mean() -> None:
    mask = _mask(0.2)
    assert set(np.unique(mask)) == {0.0, 1.25}
    assert abs(mask.mean() - 1.0) < 4 * 0.5 / np.sqrt(mask.size)


def test_dropout_mask_is_the_words_in_c_order() -> None:
    words = rng.words(5, stream=rng.INPUT_DROPOUT, a=0, b=0, count=10_000)
    kept = (words >> 8) / 2**24 >= 0.2
    assert (_mask(0.2) > 0).reshape(-1).tolist() == kept.tolist()


def test_a_number_equal_to_the_rate_is_kept() -> None:
    words = rng.words(5, stream=rng.INPUT_DROPOUT, a=0, b=0, count=10_000)
    rate = float((words >> 8)[7] / 2**24)
    assert _mask(rate).reshape(-1)[7] > 0
    assert _mask(rate + 2.0**-24).reshape(-1)[7] == 0


def test_dropout_ladder() -> None:
    assert (_mask(0.0) == 1.0).all()
    assert (_mask(1.0) == 0.0).all()
    assert _mask(0.5, dtype=np.float32).dtype == np.float32
    assert (_mask(0.5) != _mask(0.5, batch=1)).any()
    assert (_mask(0.5) != _mask(0.5, layer=1)).any()
    assert (_mask(0.5) != _mask(0.5, stream=rng.RECURRENT_DROPOUT)).any()
