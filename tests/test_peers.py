"""Parts whose plans are changed alike are found, whatever their size; strangers are not."""

from __future__ import annotations

import numpy as np

from calloff.features.peers import LEADERS, _changes, find_peers, relative_change
from support import triangle


def lines(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Changes (9, 40): parts 0-3 share a line, 4-7 another, 8 is alone."""
    rng = np.random.default_rng(seed)
    line = rng.normal(0, 0.3, (3, 40))[[0, 0, 0, 0, 1, 1, 1, 1, 2]]
    changes = line + rng.normal(0, 0.05, (9, 40))
    return changes.astype(np.float32), np.arange(1.0, 10.0)


def test_parts_of_a_line_are_peers() -> None:
    changes, size = lines()
    weight = find_peers(changes, size, np.ones(9, bool)).weight
    same = np.kron(np.eye(2), np.ones((4, 4))) - np.eye(8) > 0
    assert weight[:8, :8][same].min() > 0.25
    assert weight[:8, :8][~same].max() < 0.2


def test_totals_count_a_part_once_and_parts_left_out_never() -> None:
    changes, size = lines()
    pooled = np.arange(9) != 1
    peers = find_peers(changes, size, pooled)
    assert 1 not in peers.leaders
    sizes = size[:, None]
    by_hand = sizes + peers.weight @ sizes[peers.leaders]
    np.testing.assert_allclose(peers.total(sizes), by_hand)
    assert (find_peers(changes[:, :0], size, pooled).total(sizes) == sizes).all()


def test_peers_of_many_parts_are_sought_among_the_biggest() -> None:
    size = np.arange(3.0 * LEADERS)
    peers = find_peers(np.ones((len(size), 2), np.float32), size, np.ones(len(size), bool))
    assert sorted(peers.leaders) == list(range(2 * LEADERS, 3 * LEADERS))


def test_changes_are_relative_and_bounded() -> None:
    before, after = np.array([100.0, 0, 0, np.nan]), np.array([50.0, 200, 0, 7])
    found = relative_change(before, after, np.full(4, 100.0))
    np.testing.assert_allclose(found, [-50 / 85, 1, 0, 0])


def test_the_changes_of_plans_some_days_apart_lie_beside_each_other() -> None:
    """Friday's plans are followed by Monday's: compared for the days that both have."""
    days = {"2024-01-04": [5, 6, 7, 8, 9], "2024-01-05": [6, 7, 8, 9, 10],
            "2024-01-08": [20, 30, 1, 1, 1], "2024-01-09": [30, 3, 3, 3, 3]}  # fmt: skip
    past = triangle({"A": days, "B": {day: [2.0] * 5 for day in days}}).as_of()
    size = np.array([10.0, 2.0])
    found = _changes(past, size)
    before = np.array([6, 7, 8, 9, 30, 1, 1, 1, 9, 10], np.float32)
    after = np.array([6, 7, 8, 9, 30, 3, 3, 3, 20, 30], np.float32)
    np.testing.assert_array_equal(found[0], relative_change(before, after, np.float32(10)))
    assert not found[1].any()


def test_the_last_forty_plans_are_compared_for_the_nearest_fourteen_days() -> None:
    days = np.datetime64("2024-01-01") + np.arange(45).astype("m8[D]")
    past = triangle({"A": {str(day): [1.0 + at] * 20 for at, day in enumerate(days)}}).as_of()
    found = _changes(past, np.array([10.0]))
    assert found.shape == (1, 39 * 13)  # from a plan to the next one, for the days that both have
    before = np.arange(6, 45, dtype=np.float32).repeat(13)
    np.testing.assert_array_equal(found[0], relative_change(before, before + 1, np.float32(10)))
